import { columnsOf, type Dataset } from '../core/contract.ts';
import type { ParquetFile } from '../core/job.ts';
import type { PrivateFile } from '../core/journey.ts';
import { parseEndpoint } from '../core/names.ts';
import { parquetRows, sqlName, sqlText, type Database } from '../db/db.ts';
import { urlsOf, type EngineUrls } from './engine-urls.ts';
import { rowsOfFile, sourceFiles } from './rewrite-source.ts';

/** Private snapshots and live ones. */
export type Sharing = {
  readonly store: EngineUrls;
  readonly privatePaths: readonly string[];
  readonly live: readonly ParquetFile[];
};

/** How many seconds of private snapshots are in live ones too. */
export async function countSharedSeconds(database: Database, { store, privatePaths, live }: Sharing): Promise<number> {
  if (privatePaths.length === 0 || live.length === 0) return 0;
  const others = await urlsOf(live, store);
  const row = await database.first(
    `SELECT count(*) AS seconds FROM ${parquetRows(privatePaths)} AS found SEMI JOIN ${parquetRows(others)} AS live USING (timestamp)`,
  );
  return Number(row?.['seconds'] ?? 0);
}

/** How many rows a correction adds, removes and changes, by timestamp and place in the ladder. */
export type RowChanges = { readonly added: number; readonly removed: number; readonly changed: number };

export type Changing = {
  readonly database: Database;
  readonly store: EngineUrls;
  readonly dataset: Dataset;
  readonly endpoint: string;
  readonly sessionDates: readonly string[];
  readonly live: readonly ParquetFile[];
  readonly found: readonly PrivateFile[];
};

/** Compares a block's rows as they are live with those that shall replace them. A column that a file has not got is null there. */
export async function countChanges(changing: Changing): Promise<RowChanges> {
  const columns = columnsOf(parseEndpoint(changing.endpoint), changing.dataset).map(({ name }) => sqlName(name));
  const before = await positioned(changing, changing.live, []);
  const after = await positioned(changing, [], changing.found);
  const differs = columns.map((name) => `b.${name} IS DISTINCT FROM a.${name}`).join(' OR ');
  const row = await changing.database.first(
    `SELECT count(*) FILTER (WHERE b.position IS NULL) AS added, count(*) FILTER (WHERE a.position IS NULL) AS removed,
       count(*) FILTER (WHERE a.position IS NOT NULL AND b.position IS NOT NULL AND (${differs})) AS changed
     FROM ${before} AS b FULL JOIN ${after} AS a ON a.timestamp = b.timestamp AND a.position = b.position`,
  );
  return {
    added: Number(row?.['added'] ?? 0),
    removed: Number(row?.['removed'] ?? 0),
    changed: Number(row?.['changed'] ?? 0),
  };
}

/** The rows of the sessions in files of the dataset, each with its place among the rows of its second. */
async function positioned(
  changing: Changing,
  live: readonly ParquetFile[],
  found: readonly PrivateFile[],
): Promise<string> {
  const rows = await numbered(changing, live, found);
  return `(SELECT *, row_number() OVER (PARTITION BY timestamp ORDER BY file_row_number) AS position FROM ${rows})`;
}

/** The same with the place of each row in its file. The rows of a second are in one file, one behind the other. */
export async function numbered(
  { database, store, dataset, endpoint, sessionDates }: Changing,
  live: readonly ParquetFile[],
  found: readonly PrivateFile[],
): Promise<string> {
  const columns = columnsOf(parseEndpoint(endpoint), dataset);
  const files = await sourceFiles(database, store, {
    dataset,
    files: live.filter((file) => file.dataset === dataset),
    without: [],
    added: found.filter((file) => file.dataset === dataset),
  });
  if (files.length === 0) {
    const none = columns.map(({ name, type }) => `NULL::${type} AS ${sqlName(name)}`).join(', ');
    return `(SELECT ${none}, NULL::BIGINT AS file_row_number WHERE false)`;
  }
  const rows = files.map((file) => rowsOfFile(file, { dataset, endpoint, columns })).join(' UNION ALL ');
  const dates = sessionDates.map((date) => `DATE ${sqlText(date)}`).join(', ');
  return `(SELECT * FROM (${rows}) WHERE session_date IN (${dates}))`;
}
