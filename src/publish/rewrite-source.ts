import { columnsOf, type Column, type Dataset } from '../core/contract.ts';
import type { ParquetFile } from '../core/job.ts';
import type { PrivateFile } from '../core/journey.ts';
import { parseEndpoint } from '../core/names.ts';
import { parquetFacts, parquetRows, sqlName, sqlText, type Database } from '../db/db.ts';
import { contractVersions } from './contract-versions.ts';
import { withUrls, type EngineUrls } from './engine-urls.ts';

/** Rows for a rewritten file: all of `files`, without those of `without`, and with those of a job's own private files. */
export type RewriteSource = {
  readonly dataset: Dataset;
  readonly files: readonly ParquetFile[];
  readonly without: readonly string[];
  readonly added: readonly PrivateFile[];
};

/** One file that rows come from, with the version of its contract. */
export type SourceFile = {
  readonly path: string;
  readonly version: string;
  /** Sessions whose rows are left out. */
  readonly without: readonly string[];
  readonly first_ms: number;
  readonly last_ms: number;
};

/** The files of a source in the order of their first seconds. */
export async function sourceFiles(
  database: Database,
  store: EngineUrls,
  { files, without, added }: RewriteSource,
): Promise<SourceFile[]> {
  const known = (await withUrls(files, store)).map((file) => ({
    path: file.url,
    without,
    first_ms: Date.parse(file.first_timestamp),
    last_ms: Date.parse(file.last_timestamp),
  }));
  const own = added.map((file) => ({
    path: file.path,
    without: [],
    first_ms: file.first_timestamp_s * 1000,
    last_ms: file.last_timestamp_s * 1000,
  }));
  const all = [...known, ...own].sort((left, right) => left.first_ms - right.first_ms);
  const versions = await contractVersions(
    database,
    all.map(({ path }) => path),
  );
  return all.map((file) => Object.assign(file, { version: versions.get(file.path) ?? '' }));
}

/** Whether the rows are in order where one file follows the other. */
export function followEachOther(files: readonly SourceFile[]): boolean {
  return files.every((file, at) => at === 0 || (files[at - 1]?.last_ms ?? 0) < file.first_ms);
}

export type RowsAsked = {
  readonly dataset: Dataset;
  readonly endpoint: string;
  /** The columns that every row shall have. */
  readonly columns: readonly Column[];
};

/** SQL for the rows of a file with just these columns: null where its contract has not got one, and behind them `file_row_number`. */
export function rowsOfFile({ path, version, without }: SourceFile, { dataset, endpoint, columns }: RowsAsked): string {
  const own = new Set(columnsOf(parseEndpoint(endpoint), dataset, version).map(({ name }) => name));
  const selected = columns.map(({ name, type }) => {
    const value = name === 'endpoint' ? sqlText(endpoint) : own.has(name) ? sqlName(name) : 'NULL';
    // JSON is a text to whoever reads it, so it can be compared over all versions.
    return `CAST(${value} AS ${type === 'JSON' ? 'VARCHAR' : type}) AS ${sqlName(name)}`;
  });
  const dates = without.map((date) => `DATE ${sqlText(date)}`);
  const where = dates.length === 0 ? '' : `WHERE session_date NOT IN (${dates.join(', ')})`;
  return `SELECT ${selected.join(', ')}, file_row_number FROM ${parquetRows([path], { rowNumber: true })} ${where}`;
}

/** The checksums of all sources whose rows are in files, as these themselves name them. */
export async function sourceChecksums(database: Database, paths: readonly string[]): Promise<string[]> {
  const rows = await database.all(
    `SELECT DISTINCT unnest(string_split(decode(value), ',')) AS checksum
     FROM ${parquetFacts('parquet_kv_metadata', paths)} WHERE decode(key) = 'gexlake.source_checksum' ORDER BY 1`,
  );
  return rows.map(({ checksum }) => (typeof checksum === 'string' ? checksum : ''));
}
