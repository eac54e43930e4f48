import { columnsOf, scalarNames, type Dataset } from '../core/contract.ts';
import type { ParquetFile } from '../core/job.ts';
import { canonicalJson } from '../core/json-text.ts';
import type { Expectation, PrivateFile } from '../core/journey.ts';
import { parquetRows, sqlName, sqlText, type Database, type Row } from '../db/db.ts';
import { contractVersions } from './contract-versions.ts';
import { withUrls, type EngineUrls, type WithUrl } from './engine-urls.ts';

/** One value that differs between what is published and what would be. */
export type Conflict = {
  readonly timestamp: string;
  readonly dataset: Dataset;
  readonly column: string;
  readonly published: string;
  readonly found: string;
  readonly jobId: string;
  readonly seconds: number;
};

/** How the rows of a job relate to the live rows of its blocks. */
export type Comparison =
  | { readonly kind: 'new' }
  | { readonly kind: 'known'; readonly jobId: string }
  | { readonly kind: 'extends'; readonly known: ReadonlySet<number> }
  | { readonly kind: 'conflict'; readonly conflict: Conflict };

/** The columns to compare where the rows of a job do not have all of them; null: none of that dataset. */
export type ComparedColumns = { readonly [D in Dataset]: readonly string[] | null };

/** A column to compare; `in`: the live files that have it, where some have not. */
type ComparedColumn = { readonly name: string; readonly in: readonly string[] | null };

/** Private files and the live ones of the same blocks; `only` those columns are compared where not all are known. */
export type Comparing = {
  readonly expected: Expectation;
  readonly found: readonly PrivateFile[];
  readonly live: readonly ParquetFile[];
  readonly store: EngineUrls;
  readonly only: ComparedColumns | null;
};

type Sides = { readonly found: string; readonly live: string };

/**
 * Compares private files with the live files of the same blocks, second by second: every column of `snapshots`,
 * and every ladder entry by its position. All values are compared, exactly; null equals null. A live file of an older contract is
 * compared by the columns that it has.
 */
export async function compareWithLive(
  database: Database,
  { expected, found, live: files, store, only }: Comparing,
): Promise<Comparison> {
  const live = await withUrls(files, store);
  const liveUrls = (dataset: Dataset) => live.filter((file) => file.dataset === dataset).map(({ url }) => url);
  const sides = (dataset: Dataset): Sides => ({
    found: readFiles(found.filter((file) => file.dataset === dataset).map((file) => file.path)),
    live: readFiles(liveUrls(dataset)),
  });
  if (!live.some((file) => file.dataset === 'snapshots')) return { kind: 'new' };
  const snapshots = sides('snapshots');
  const known = await knownSeconds(database, snapshots);
  if (known.size === 0) return { kind: 'new' };
  const versions = await contractVersions(
    database,
    live.map(({ url }) => url),
  );
  const columns = (dataset: Dataset) =>
    columnsToCompare(
      { expected, dataset, only },
      new Map(liveUrls(dataset).map((url) => [url, versions.get(url) ?? ''])),
    );
  const later = laterColumns(expected, new Set(versions.values()));
  const conflict =
    (await snapshotConflict(database, columns('snapshots'), snapshots)) ??
    (await strikeConflict(database, columns('strikes'), () => sides('strikes'))) ??
    (await extraConflict(
      database,
      { isAsked: only === null || only.snapshots?.includes('extra') === true, later },
      snapshots,
    ));
  if (conflict !== null) {
    const filename = await fileOfSecond(database, snapshots, conflict['told_at']);
    return { kind: 'conflict', conflict: toConflict(conflict, ownerOf(filename, live)) };
  }
  const all = found.filter((file) => file.dataset === 'snapshots').reduce((sum, file) => sum + file.rows, 0);
  if (known.size < all) return { kind: 'extends', known };
  return { kind: 'known', jobId: await jobWithMost(database, snapshots, live) };
}

type Asked = {
  readonly expected: Expectation;
  readonly dataset: Dataset;
  readonly only: ComparedColumns | null;
};

/** The columns of a job's rows that live files have, too. `live`: the version of each by its path. */
function columnsToCompare({ expected, dataset, only }: Asked, live: ReadonlyMap<string, string>): ComparedColumn[] {
  const { endpoint } = expected;
  const all = columnsOf(endpoint, dataset).map((column) => column.name);
  const asked = only === null ? all : (only[dataset] ?? []);
  return asked.flatMap((name) => {
    const holders = [...live].filter(([, version]) =>
      columnsOf(endpoint, dataset, version).some((column) => column.name === name),
    );
    if (holders.length === 0 && live.size > 0) return [];
    return [{ name, in: holders.length === live.size ? null : holders.map(([path]) => path) }];
  });
}

/** Fields of records that are columns now, and that files of an older contract have in `extra`. */
function laterColumns({ endpoint }: Expectation, versions: ReadonlySet<string>): string[] {
  const isEverywhere = (name: string) =>
    [...versions].every((version) => scalarNames(endpoint, version).includes(name));
  return scalarNames(endpoint).filter((name) => !isEverywhere(name));
}

function readFiles(paths: readonly string[]): string {
  return parquetRows(paths, { filename: true, rowNumber: true });
}

async function knownSeconds(database: Database, sides: Sides): Promise<Set<number>> {
  const rows = await database.all(
    `SELECT epoch(timestamp)::BIGINT AS seconds FROM ${sides.found} SEMI JOIN ${sides.live} AS live USING (timestamp)`,
  );
  return new Set(rows.map((row) => Number(row['seconds'])));
}

/** The job whose live files hold most of the seconds that were found. */
async function jobWithMost(database: Database, sides: Sides, live: readonly WithUrl<ParquetFile>[]): Promise<string> {
  const row = await database.first(
    `SELECT filename FROM ${sides.live} SEMI JOIN ${sides.found} AS found USING (timestamp)
     GROUP BY filename ORDER BY count(*) DESC, filename LIMIT 1`,
  );
  return ownerOf(row?.['filename'], live);
}

/** The live file that holds a second: whether rows differ, or are missing on one side. */
async function fileOfSecond(database: Database, sides: Sides, timestamp: unknown): Promise<unknown> {
  const row = await database.first(`SELECT filename FROM ${sides.live} WHERE timestamp = ?::TIMESTAMPTZ LIMIT 1`, [
    String(timestamp),
  ]);
  return row?.['filename'];
}

async function snapshotConflict(
  database: Database,
  columns: readonly ComparedColumn[],
  sides: Sides,
): Promise<Row | null> {
  return firstDifference(database, {
    dataset: 'snapshots',
    columns: columns.filter(({ name }) => name !== 'extra'),
    joined: `${sides.found} AS found JOIN ${sides.live} AS live USING (timestamp)`,
    order: 'timestamp',
  });
}

/**
 * Fields that the contract does not know are kept in their own spelling, in which the same value can come another time otherwise:
 * `0` and `0.0`. They are compared by their values, without the `later` ones, which have become columns of one side.
 */
async function extraConflict(
  database: Database,
  { isAsked, later }: { readonly isAsked: boolean; readonly later: readonly string[] },
  sides: Sides,
): Promise<Row | null> {
  if (!isAsked) return null;
  const without = sqlText(JSON.stringify(Object.fromEntries(later.map((name) => [name, null]))));
  const extraOf = (side: string) =>
    later.length === 0
      ? `${side}.extra`
      : `CASE WHEN ${side}.extra IS NOT NULL THEN nullif(json_merge_patch(${side}.extra, ${without})::VARCHAR, '{}') END`;
  const rows = await database.all(
    `SELECT strftime(timestamp, '%Y-%m-%dT%H:%M:%SZ') AS timestamp, ${extraOf('found')}::VARCHAR AS found, ${extraOf('live')}::VARCHAR AS live
     FROM ${sides.found} AS found JOIN ${sides.live} AS live USING (timestamp)
     WHERE ${extraOf('found')} IS DISTINCT FROM ${extraOf('live')} ORDER BY 1`,
  );
  const differing = rows.filter((row) => valueOf(row['found']) !== valueOf(row['live']));
  const [first] = differing;
  if (first === undefined) return null;
  const difference = { name: 'extra', found: first['found'] ?? 'null', live: first['live'] ?? 'null' };
  return { told_at: first['timestamp'] ?? null, dataset: 'snapshots', difference, seconds: BigInt(differing.length) };
}

function valueOf(extra: unknown): string | null {
  return typeof extra === 'string' ? canonicalJson(extra) : null;
}

/** Ladders are compared entry by entry; a missing or additional entry shows as a null on one side. */
async function strikeConflict(
  database: Database,
  columns: readonly ComparedColumn[],
  sidesOf: () => Sides,
): Promise<Row | null> {
  if (columns.length === 0) return null;
  const sides = sidesOf();
  const positioned = (source: string, other: string) =>
    `(SELECT *, row_number() OVER (PARTITION BY timestamp ORDER BY filename, file_row_number) AS position
      FROM ${source} SEMI JOIN (SELECT DISTINCT timestamp FROM ${other}) AS other USING (timestamp))`;
  const joined = `${positioned(sides.found, sides.live)} AS found
    FULL JOIN ${positioned(sides.live, sides.found)} AS live USING (timestamp, position)`;
  return firstDifference(database, { dataset: 'strikes', columns, joined, order: 'timestamp, position' });
}

type JoinedSides = {
  readonly dataset: Dataset;
  readonly columns: readonly ComparedColumn[];
  readonly joined: string;
  /** What makes a row the first one: without it the engine's threads would decide. */
  readonly order: string;
};

async function firstDifference(
  database: Database,
  { dataset, columns, joined, order }: JoinedSides,
): Promise<Row | null> {
  // What tells most comes first; session, ticker and endpoint follow from the timestamp and the job.
  const isLast = ({ name }: ComparedColumn) => ['session_date', 'ticker', 'endpoint', 'spot'].includes(name);
  const others = columns.filter((column) => !isLast(column) && column.name !== 'timestamp');
  const values = [...others, ...columns.filter(isLast)];
  if (values.length === 0) return null;
  const differs = values.map(differsIn);
  const cases = values.map(
    ({ name }, at) => `WHEN ${differs[at]} THEN struct_pack(name := ${sqlText(name)},
    found := coalesce(found.${sqlName(name)}::VARCHAR, 'null'), live := coalesce(live.${sqlName(name)}::VARCHAR, 'null'))`,
  );
  return database.first(
    `SELECT strftime(timestamp, '%Y-%m-%dT%H:%M:%SZ') AS told_at, '${dataset}' AS dataset, CASE ${cases.join(' ')} END AS difference, count(DISTINCT timestamp) OVER () AS seconds
     FROM ${joined} WHERE ${differs.join(' OR ')} ORDER BY ${order} LIMIT 1`,
  );
}

function differsIn({ name, in: paths }: ComparedColumn): string {
  const differs = `found.${sqlName(name)} IS DISTINCT FROM live.${sqlName(name)}`;
  return paths === null ? differs : `(live.filename IN (${paths.map(sqlText).join(', ')}) AND ${differs})`;
}

function toConflict(row: Row, jobId: string): Conflict {
  // The shape that firstDifference selects.
  const found = row as unknown as {
    readonly told_at: string;
    readonly dataset: Dataset;
    readonly difference: { readonly name: string; readonly found: string; readonly live: string };
    readonly seconds: bigint;
  };
  return {
    timestamp: found.told_at,
    dataset: found.dataset,
    column: found.difference.name,
    published: found.difference.live,
    found: found.difference.found,
    jobId,
    seconds: Number(found.seconds),
  };
}

/** The job that published a file, by the path that the engine gives it. */
function ownerOf(filename: unknown, live: readonly WithUrl<ParquetFile>[]): string {
  return live.find(({ url }) => url === filename)?.job_id ?? '';
}
