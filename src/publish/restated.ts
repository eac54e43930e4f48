import { columnsOf, contractOf, contractVersion, datasetsOf, type Dataset } from '../core/contract.ts';
import type { ParquetFile } from '../core/job.ts';
import type { PrivateFile } from '../core/journey.ts';
import { parseEndpoint, type Endpoint } from '../core/names.ts';
import type { ColumnRestated, MinutesAffected, RecheckSeconds, RecheckSummary } from '../core/recheck.ts';
import { sqlName, sqlText, type Database } from '../db/db.ts';
import { numbered } from './changes.ts';
import type { EngineUrls } from './engine-urls.ts';
import { addMoved, movedLevels } from './moved.ts';

/** What a source was found to hold, and what is live of the same sessions. */
export type Restating = {
  readonly database: Database;
  readonly store: EngineUrls;
  readonly endpoint: string;
  readonly sessionDates: readonly string[];
  readonly live: readonly ParquetFile[];
  readonly found: readonly PrivateFile[];
};

/** How a source differs from what is published; `behind`: seconds that have come behind the last published one. */
export type Restatement = RecheckSummary & { readonly behind: number };

const sides = ['before', 'after'] as const;

/** How many seconds have their rows in the database at a time: 200,000 strike rows of a wide ticker. */
const secondsAtOnce = 2_000;

/** Spans of minutes that are told one by one. */
const mostSpans = 50;

/**
 * Holds the rows of a source against those that are live, second by second and column by column. Columns that a live file's contract has not
 * got are not compared. Rows are held in the database for a part of the seconds at a time, and only of those that may differ: of a day with
 * 2.3 million strike rows all of them took 1 GB.
 */
export async function restatement(restating: Restating): Promise<Restatement> {
  const { database, sessionDates, live } = restating;
  const endpoint = parseEndpoint(restating.endpoint);
  await database.run('CREATE TEMP TABLE touched (timestamp TIMESTAMPTZ, how VARCHAR)');
  await database.run('CREATE TEMP TABLE suspected (timestamp TIMESTAMPTZ)');
  const datasets = datasetsOf(endpoint)
    .toReversed()
    .map((dataset) => ({ dataset, names: comparedColumns(endpoint, dataset, live) }));
  for (const { dataset, names } of datasets) {
    for (const side of sides)
      await database.run(
        `CREATE TEMP TABLE ${side}_${dataset}_sums AS ${sumsOf(await rowsOf(restating, { dataset, side }), names)}`,
      );
    if (dataset === 'snapshots') await noteComings(database);
    await suspect(database, dataset);
  }
  const parts: PartRestated[] = [];
  for (const span of await spansOf(database)) parts.push(await restatedPart(restating, { endpoint, datasets, span }));
  const { behind, ...seconds } = await countSeconds(database);
  const minutes = await minutesOf(database);
  const columns = addColumns(parts.flatMap((part) => part.columns));
  const moved = addMoved(parts.flatMap((part) => part.moved));
  return { session_dates: sessionDates, seconds, columns, moved, minutes, behind };
}

type ComparedDataset = { readonly dataset: Dataset; readonly names: readonly string[] };

/** The first and the last of some seconds that may differ. */
type Span = { readonly first_s: number; readonly last_s: number };

/** What a part of the seconds that may differ comes to. */
type PartRestated = Pick<RecheckSummary, 'columns' | 'moved'>;

/** Leaves `before_…` and `after_…` of each dataset with the rows of the part. */
async function restatedPart(
  restating: Restating,
  {
    endpoint,
    datasets,
    span: { first_s, last_s },
  }: { readonly endpoint: Endpoint; readonly datasets: readonly ComparedDataset[]; readonly span: Span },
): Promise<PartRestated> {
  const { database } = restating;
  const columns: ColumnRestated[] = [];
  for (const { dataset, names } of datasets) {
    for (const side of sides) {
      const rows = await rowsOf(restating, { dataset, side });
      await database.run(
        `CREATE OR REPLACE TEMP TABLE ${side}_${dataset} AS
         SELECT *, row_number() OVER (PARTITION BY timestamp ORDER BY file_row_number) AS position
         FROM (FROM ${rows} SEMI JOIN suspected USING (timestamp)
               WHERE timestamp BETWEEN to_timestamp(${first_s}) AND to_timestamp(${last_s}))`,
      );
    }
    columns.push(...(await changedColumns(database, dataset, names)));
  }
  return { columns, moved: columns.length === 0 ? [] : await movedLevels(database, endpoint) };
}

/** The seconds that may differ, in parts of so many. */
async function spansOf(database: Database): Promise<Span[]> {
  const rows = await database.all(
    `WITH placed AS (SELECT timestamp, (row_number() OVER (ORDER BY timestamp) - 1) // ${secondsAtOnce} AS part FROM suspected)
     SELECT epoch(min(timestamp))::DOUBLE AS first, epoch(max(timestamp))::DOUBLE AS last
     FROM placed GROUP BY part ORDER BY part`,
  );
  return rows.map(({ first, last }) => ({ first_s: Number(first), last_s: Number(last) }));
}

/** Columns of all parts, most seconds first. */
function addColumns(found: readonly ColumnRestated[]): ColumnRestated[] {
  const parts = Map.groupBy(found, ({ dataset, column }) => `${dataset}.${column}`);
  return [...parts.values()]
    .flatMap((all) => {
      const [one] = all;
      return one === undefined ? [] : [{ ...one, seconds: all.reduce((sum, { seconds }) => sum + seconds, 0) }];
    })
    .sort(byDatasetAndSeconds);
}

function byDatasetAndSeconds(one: ColumnRestated, other: ColumnRestated): number {
  if (one.dataset !== other.dataset) return one.dataset === 'snapshots' ? -1 : 1;
  return other.seconds - one.seconds;
}

function rowsOf(
  { live, found, ...rest }: Restating,
  { dataset, side }: { readonly dataset: Dataset; readonly side: (typeof sides)[number] },
): Promise<string> {
  return numbered({ ...rest, dataset, live, found }, side === 'before' ? live : [], side === 'after' ? found : []);
}

/**
 * For each second its rows, their sum, and one that other places of the same rows change. Equal rows have equal sums; two different ones have
 * them once in 2^64.
 */
function sumsOf(rows: string, names: readonly string[]): string {
  const summed = names.length === 0 ? "''" : names.map(sqlName).join(', ');
  return `SELECT timestamp, count(*) AS rows, sum(hashed) AS sum,
            sum((hashed & 4294967295)::HUGEINT * file_row_number) - min(file_row_number) * sum(hashed & 4294967295) AS places
          FROM (SELECT timestamp, file_row_number, hash(${summed}) AS hashed FROM ${rows}) GROUP BY timestamp`;
}

/** Notes the seconds of both sides whose rows are not the same. */
async function suspect(database: Database, dataset: Dataset): Promise<void> {
  await database.run(
    `INSERT INTO suspected SELECT timestamp FROM (
       SELECT coalesce(b.timestamp, a.timestamp) AS timestamp FROM before_${dataset}_sums AS b FULL JOIN after_${dataset}_sums AS a USING (timestamp)
       WHERE b.rows IS DISTINCT FROM a.rows OR b.sum IS DISTINCT FROM a.sum OR b.places IS DISTINCT FROM a.places)
     SEMI JOIN before_snapshots_sums USING (timestamp) SEMI JOIN after_snapshots_sums USING (timestamp)
     ANTI JOIN suspected USING (timestamp)`,
  );
}

/** The columns that every live file has, without those that say where a row belongs. */
function comparedColumns(endpoint: Endpoint, dataset: Dataset, live: readonly ParquetFile[]): string[] {
  const versions = new Set(live.map(({ contract_version }) => contract_version ?? '1'));
  const ofBlock = new Set(contractOf(contractVersion).block.map(({ name }) => name));
  const all = columnsOf(endpoint, dataset).map(({ name }) => name);
  return all.filter(
    (name) =>
      !ofBlock.has(name) &&
      [...versions].every((version) => columnsOf(endpoint, dataset, version).some((column) => column.name === name)),
  );
}

/** Seconds that only one side has. */
async function noteComings(database: Database): Promise<void> {
  await database.run(
    `INSERT INTO touched
     SELECT timestamp, 'added' FROM after_snapshots_sums ANTI JOIN before_snapshots_sums USING (timestamp)
     UNION ALL SELECT timestamp, 'gone' FROM before_snapshots_sums ANTI JOIN after_snapshots_sums USING (timestamp)`,
  );
}

/** Notes the seconds in which rows differ that both sides have, and counts them column by column, most first. */
async function changedColumns(
  database: Database,
  dataset: Dataset,
  names: readonly string[],
): Promise<ColumnRestated[]> {
  if (names.length === 0) return [];
  const differs = names.map((name) => `b.${sqlName(name)} IS DISTINCT FROM a.${sqlName(name)}`);
  const both = `SELECT coalesce(b.timestamp, a.timestamp) AS timestamp, ${differs.map((sql, at) => `${sql} AS d${at}`).join(', ')}
    FROM before_${dataset} AS b
    FULL JOIN after_${dataset} AS a
      ON a.timestamp = b.timestamp AND a.position = b.position
    WHERE ${differs.join(' OR ')}`;
  await database.run(`CREATE OR REPLACE TEMP TABLE differing_${dataset} AS ${both}`);
  await database.run(
    `INSERT INTO touched SELECT DISTINCT timestamp, 'changed' FROM differing_${dataset}
     WHERE timestamp NOT IN (SELECT timestamp FROM touched WHERE how = 'changed')`,
  );
  const counts = names.map((_, at) => `count(DISTINCT timestamp) FILTER (WHERE d${at}) AS c${at}`);
  const row = await database.first(`SELECT ${counts.join(', ')} FROM differing_${dataset}`);
  const found = names.map((column, at) => ({ dataset, column, seconds: Number(row?.[`c${at}`] ?? 0) }));
  return found.filter(({ seconds }) => seconds > 0).sort((one, other) => other.seconds - one.seconds);
}

async function countSeconds(database: Database): Promise<RecheckSeconds & { readonly behind: number }> {
  const count = (how: string) => `(SELECT count(*) FROM touched WHERE how = ${sqlText(how)})`;
  const row = await database.first(
    `SELECT (SELECT coalesce(sum(rows), 0) FROM before_snapshots_sums) AS published, (SELECT coalesce(sum(rows), 0) FROM after_snapshots_sums) AS found,
       ${count('changed')} AS changed, ${count('added')} AS added, ${count('gone')} AS gone,
       (SELECT count(*) FROM touched WHERE how = 'added' AND timestamp > (SELECT max(timestamp) FROM before_snapshots_sums)) AS behind`,
  );
  const number = (name: string) => Number(row?.[name] ?? 0);
  return {
    published: number('published'),
    found: number('found'),
    changed: number('changed'),
    added: number('added'),
    gone: number('gone'),
    behind: number('behind'),
  };
}

/** Minutes with a touched second, and how they follow each other. */
async function minutesOf(database: Database): Promise<MinutesAffected> {
  const rows = await database.all(
    `WITH minutes AS (SELECT DISTINCT epoch(timestamp)::BIGINT // 60 AS minute FROM touched),
       spans AS (SELECT minute, minute - row_number() OVER (ORDER BY minute) AS span FROM minutes)
     SELECT min(minute)::DOUBLE AS first, max(minute)::DOUBLE AS last, count(*)::DOUBLE AS minutes
     FROM spans GROUP BY span ORDER BY first`,
  );
  const iso = (minute: unknown) => `${new Date(Number(minute) * 60_000).toISOString().slice(0, 16)}Z`;
  return {
    affected: rows.reduce((sum, { minutes }) => sum + Number(minutes), 0),
    spans: rows.slice(0, mostSpans).map(({ first, last }) => ({ from: iso(first), to: iso(last) })),
  };
}
