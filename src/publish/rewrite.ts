import { join } from 'node:path';
import { columnsOf, newestContract, type Column, type Dataset } from '../core/contract.ts';
import { GexlakeError } from '../core/errors.ts';
import type { ParquetFile } from '../core/job.ts';
import type { PrivateFile } from '../core/journey.ts';
import { parseEndpoint } from '../core/names.ts';
import { fingerprint, parquetFacts, parquetRows, sqlName, sqlText, type Database } from '../db/db.ts';
import { hashFile } from '../platform/checksum.ts';
import { sizeOf } from '../platform/files.ts';
import { syncWritten } from '../platform/work-files.ts';
import { contractVersions } from './contract-versions.ts';

/** Rows for a rewritten file: all of `files`, without those of `without`, and with those of a job's own private files. */
export type RewriteSource = {
  readonly dataset: Dataset;
  readonly files: readonly ParquetFile[];
  readonly without: readonly string[];
  readonly added: readonly PrivateFile[];
};

/**
 * Writes the rows of a source into one private file, ordered by timestamp and then as they stood, so that the same rows give
 * the same bytes. It follows the newest contract of the files that it is made of, also under a gexlake that knows a newer one: what is
 * made again has to be what it was. Gives null where no row is left.
 */
export async function writeRewritten(
  database: Database,
  dataFolder: string,
  source: RewriteSource,
  target: { readonly path: string; readonly month: string; readonly endpoint: string },
): Promise<PrivateFile | null> {
  const rows = rewrittenRows(dataFolder, source);
  const versions = await contractVersions(database, pathsOf(dataFolder, source));
  const version = newestContract(versions.values());
  const endpoint = parseEndpoint(target.endpoint);
  const columns = columnsOf(endpoint, source.dataset, version).map((column) => sqlName(column.name));
  const before = await fingerprint(database, `SELECT ${columns.join(', ')} FROM (${rows})`);
  if (before.rows === 0) return null;
  const checksums = await sourceChecksums(database, dataFolder, source);
  const metadata = `{'gexlake.contract_version': ${sqlText(version)}, 'gexlake.source_checksum': ${sqlText(checksums.join(','))}}`;
  await database.run(
    `COPY (SELECT ${columns.join(', ')} FROM (${rows}) ORDER BY timestamp, file_row_number)
     TO ${sqlText(target.path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880, KV_METADATA ${metadata})`,
  );
  const after = await fingerprint(database, `SELECT * FROM ${parquetRows([target.path])}`);
  if (after.rows !== before.rows || after.hashes !== before.hashes) {
    throw new GexlakeError('EXPORT_MISMATCH', `the ${source.dataset} written for a rewrite read back differently`, {
      details: { path: target.path },
      hint: 'Nothing was changed. Check the disk and memory of this machine, and report it if it happens again.',
    });
  }
  // A power cut before this may take the private file; after it, it is as durable as one that an import writes.
  await syncWritten('load:sync', target.path);
  return describeFile(database, source.dataset, target.month, target.path);
}

function pathsOf(dataFolder: string, { files, added }: RewriteSource): string[] {
  return [...files.map((file) => join(dataFolder, file.path)), ...added.map((file) => file.path)];
}

function rewrittenRows(dataFolder: string, source: RewriteSource): string {
  const parts: string[] = [];
  if (source.files.length > 0) {
    const paths = source.files.map((file) => join(dataFolder, file.path));
    const dates = source.without.map((date) => `DATE ${sqlText(date)}`);
    const where = dates.length === 0 ? '' : `WHERE session_date NOT IN (${dates.join(', ')})`;
    parts.push(`SELECT * FROM ${readAll(paths)} ${where}`);
  }
  if (source.added.length > 0) parts.push(`SELECT * FROM ${readAll(source.added.map((file) => file.path))}`);
  return parts.join(' UNION ALL BY NAME ');
}

function readAll(paths: readonly string[]): string {
  return parquetRows(paths, { rowNumber: true });
}

/** The checksums of all sources whose rows are in a rewritten file, as the files themselves name them. */
async function sourceChecksums(database: Database, dataFolder: string, source: RewriteSource): Promise<string[]> {
  const paths = pathsOf(dataFolder, source);
  const rows = await database.all(
    `SELECT DISTINCT unnest(string_split(decode(value), ',')) AS checksum
     FROM ${parquetFacts('parquet_kv_metadata', paths)} WHERE decode(key) = 'gexlake.source_checksum' ORDER BY 1`,
  );
  return rows.map((row) => textOf(row['checksum']));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What the log keeps about a private file that DuckDB wrote. */
async function describeFile(database: Database, dataset: Dataset, month: string, path: string): Promise<PrivateFile> {
  const row = await database.first(
    `SELECT count(*) AS rows, epoch(min(timestamp))::BIGINT AS first_s, epoch(max(timestamp))::BIGINT AS last_s,
       list_sort(list(DISTINCT session_date::VARCHAR)) AS sessions FROM ${parquetRows([path])}`,
  );
  return {
    path,
    dataset,
    month,
    sessionDates: (row?.['sessions'] ?? []) as readonly string[],
    rows: Number(row?.['rows'] ?? 0),
    size_bytes: await sizeOf(path),
    checksum: await hashFile(path),
    contract: null,
    writer: null,
    contentHash: null,
    first_timestamp_s: Number(row?.['first_s'] ?? 0),
    last_timestamp_s: Number(row?.['last_s'] ?? 0),
    sums: {},
  };
}

/** How many seconds of private snapshots are in live ones too. */
export async function countSharedSeconds(
  database: Database,
  dataFolder: string,
  privatePaths: readonly string[],
  live: readonly ParquetFile[],
): Promise<number> {
  if (privatePaths.length === 0 || live.length === 0) return 0;
  const others = live.map((file) => join(dataFolder, file.path));
  const row = await database.first(
    `SELECT count(*) AS seconds FROM ${readAll(privatePaths)} AS found SEMI JOIN ${readAll(others)} AS live USING (timestamp)`,
  );
  return Number(row?.['seconds'] ?? 0);
}

/** How many rows a correction adds, removes and changes, by timestamp and place in the ladder. */
export type RowChanges = { readonly added: number; readonly removed: number; readonly changed: number };

/** Compares a block's rows as they are live with those that shall replace them. */
export async function countChanges(
  database: Database,
  dataFolder: string,
  dataset: Dataset,
  endpointName: string,
  sessionDates: readonly string[],
  live: readonly ParquetFile[],
  found: readonly PrivateFile[],
): Promise<RowChanges> {
  const endpoint = parseEndpoint(endpointName);
  const columns = columnsOf(endpoint, dataset).map((column) => sqlName(column.name));
  const olds = live.filter((file) => file.dataset === dataset).map((file) => join(dataFolder, file.path));
  const versions = new Set((await contractVersions(database, olds)).values());
  const known = new Set(
    [...versions].flatMap((version) => columnsOf(endpoint, dataset, version)).map(({ name }) => name),
  );
  // A column that no file has yet is null in all of them.
  const lacking = columnsOf(endpoint, dataset).filter(({ name }) => !known.has(name));
  const dates = sessionDates.map((date) => `DATE ${sqlText(date)}`).join(', ');
  const positioned = (paths: readonly string[], absent: readonly Column[]) =>
    paths.length === 0
      ? `(SELECT ${columns.map((name) => `NULL AS ${name}`).join(', ')}, NULL::BIGINT AS position WHERE false)`
      : `(SELECT *${absent.map(({ name, type }) => `, NULL::${type} AS ${sqlName(name)}`).join('')},
            row_number() OVER (PARTITION BY timestamp ORDER BY file_row_number) AS position
          FROM ${readAll(paths)} WHERE session_date IN (${dates}))`;
  const before = positioned(olds, lacking);
  const after = positioned(
    found.filter((file) => file.dataset === dataset).map((file) => file.path),
    [],
  );
  const differs = columns.map((name) => `b.${name} IS DISTINCT FROM a.${name}`).join(' OR ');
  const row = await database.first(
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
