import { parquetColumns, sqlText, type Database } from '../db/db.ts';
import { withUrls, type EngineUrls, type WithUrl } from './engine-urls.ts';
import type { PlacedVersion } from './placed.ts';
import { emptyQuery, viewColumns } from './views.ts';

/** In the engine of one query: which version the rows of a file are of. */
const spansTable = 'versions.files';

const spans = ['known_from TIMESTAMPTZ', 'known_to TIMESTAMPTZ', 'job_id VARCHAR'];
const facts = ['version.known_from', 'version.known_to', 'version.job_id'].join(', ');

/**
 * Makes the views `strikes_versions` and `snapshots_versions`: the rows of every file that counts or ever has, each with since when and until
 * when it counted, and whose job's it is. What an engine calls a file by says which version its rows are of.
 */
export async function createVersionViews(
  database: Database,
  versions: readonly PlacedVersion[],
  store: EngineUrls,
): Promise<void> {
  await database.run(`CREATE SCHEMA versions; CREATE TABLE ${spansTable} (url VARCHAR, ${spans.join(', ')})`);
  const named = await withUrls(versions, store);
  await keepSpans(database, named);
  for (const dataset of ['strikes', 'snapshots'] as const) {
    const ofDataset = named.filter(({ file }) => file.dataset === dataset);
    const branches = [...Map.groupBy(ofDataset, ({ file }) => file.endpoint)].map(([endpoint, files]) => {
      const urls = [...new Set(files.map(({ url }) => url))];
      const rows = parquetColumns(urls, viewColumns(endpoint, dataset), { filename: true });
      return `SELECT ${sqlText(endpoint)} AS endpoint, row.* EXCLUDE (filename), ${facts}
        FROM ${rows} AS row JOIN ${spansTable} AS version ON version.url = row.filename`;
    });
    const none = `SELECT *, ${spans.map((span) => `NULL::${span.replace(/^(\w+) (\w+)$/, '$2 AS $1')}`).join(', ')} FROM (${emptyQuery(dataset)})`;
    const rows = branches.length === 0 ? none : branches.join('\nUNION ALL BY NAME\n');
    await database.run(`CREATE VIEW ${dataset}_versions AS ${rows}`);
  }
}

async function keepSpans(database: Database, named: readonly WithUrl<PlacedVersion>[]): Promise<void> {
  const rows = named.map(({ file, url }) => ({
    url,
    known_from: file.committed_at,
    known_to: file.superseded_at,
    job_id: file.job_id,
  }));
  const form = '[{"url":"VARCHAR","known_from":"VARCHAR","known_to":"VARCHAR","job_id":"VARCHAR"}]';
  await database.run(
    `INSERT INTO ${spansTable} SELECT row.url, row.known_from::TIMESTAMPTZ, row.known_to::TIMESTAMPTZ, row.job_id
     FROM (SELECT unnest(from_json(?, '${form}')) AS row)`,
    [JSON.stringify(rows)],
  );
}
