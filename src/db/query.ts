import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';
import { GexlakeError, type ErrorCode } from '../core/errors.ts';
import { redactText } from '../core/redact.ts';
import type { QueryResult, QueryRow, QueryRows } from '../core/query.ts';
import { toDatabaseError } from './database-errors.ts';
import { tellOfChunks, type Database } from './database.ts';
import { jsonColumn } from './json-values.ts';
import { parquetType } from './parquet-types.ts';
import { sqlName, sqlText } from './sql.ts';
import { hasEnded } from './stream.ts';
import { judge, prepareReading, type ReadingSql } from './user-sql.ts';

/** How a user's query runs. */
export type QueryControl = {
  /** At most so many rows; null for all. */
  readonly limit: number | null;
  /** Ends the query where it is. */
  readonly signal: AbortSignal;
  /** Hears now and then how much of what is to be read has been read, in percent. */
  readonly onProgress: (percent: number) => void;
};

/** A statement of a user, and how it runs. */
type UserQuery = QueryControl & { readonly sql: string };

const progressPause_ms = 250;

/**
 * Runs one reading statement of a user in a closed engine and hands its rows to `act` as they come, some thousand at a time; the
 * engine waits while `act` is busy with them. Nothing that could write is run: what is published changes only by jobs.
 * @throws QUERY_FAILED with DuckDB's words, INTERRUPTED
 */
export async function streamUserQuery<T>(
  database: Database,
  { sql, limit, signal, onProgress }: UserQuery,
  act: (rows: QueryRows) => Promise<T>,
): Promise<T> {
  const { connection } = database;
  return watched(connection, { signal, onProgress }, async () => {
    const reading = await told(() => judge(connection, sql));
    const result = await told(async () => (await prepareReading(connection, reading)).stream());
    const whole = () => mustBeWhole(connection, result, reading);
    const state = { hasMore: false };
    const rows: QueryRows = {
      columns: result.deduplicatedColumnNames(),
      types: result.columnTypes().map(String),
      blocks: () => blocksOf(result, { limit, signal, whole }, state),
      hasMore: () => state.hasMore,
    };
    return act(rows);
  });
}

/**
 * Runs one reading statement of a user and lets the engine write its rows into a new Parquet file, which has to be among those that
 * the closed engine may open. Gives their number.
 */
export async function copyUserQuery(
  database: Database,
  { sql, path, limit, signal, onProgress }: UserQuery & { readonly path: string },
): Promise<number> {
  const { connection } = database;
  return watched(connection, { signal, onProgress }, () =>
    told(async () => {
      const columns = await keptColumns(connection, sql);
      const from = `query(${sqlText(sql)}) AS result(${columns.map(({ place }) => place).join(', ')})`;
      const rows = `SELECT ${columns.map(({ value }) => value).join(', ')} FROM ${from} ${limit === null ? '' : `LIMIT ${limit}`}`;
      const options = 'FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false';
      const result = await connection.run(`COPY (${rows}) TO ${sqlText(path)} (${options})`);
      return result.rowsChanged;
    }),
  );
}

/** The columns of a statement by their places, with the names and types that they get in Parquet. */
async function keptColumns(
  connection: DuckDBConnection,
  sql: string,
): Promise<{ readonly place: string; readonly value: string }[]> {
  const engine = await import('@duckdb/node-api');
  const reading = await judge(connection, sql);
  if (reading.isExplain)
    throw new GexlakeError('QUERY_FAILED', 'EXPLAIN has no rows to keep', { hint: 'Leave it out.' });
  const statement = await prepareReading(connection, reading);
  const names = new Map<string, number>();
  const columns = Array.from({ length: statement.columnCount }, (_, at) => {
    const place = `c${at}`;
    const name = statement.columnName(at);
    const before = names.get(name) ?? 0;
    names.set(name, before + 1);
    const type = statement.columnType(at);
    const kept = parquetType(engine, type);
    const value = kept === String(type) ? place : `CAST(${place} AS ${kept})`;
    // Named like the fields of the same result in JSON.
    return { place, value: `${value} AS ${sqlName(before === 0 ? name : `${name}:${before}`)}` };
  });
  statement.destroySync();
  return columns;
}

/** All rows at once, for a query that is known to have few. */
export async function collect(rows: QueryRows): Promise<QueryResult> {
  const all: QueryRow[] = [];
  for await (const block of rows.blocks()) for (const row of block) all.push(row);
  return { columns: rows.columns, rows: all, more: rows.hasMore() };
}

async function* blocksOf(
  result: DuckDBResult,
  { limit, signal, whole }: Pick<QueryControl, 'limit' | 'signal'> & { readonly whole: () => Promise<void> },
  state: { hasMore: boolean },
): AsyncGenerator<readonly QueryRow[], void, void> {
  const engine = await import('@duckdb/node-api');
  const convert = result.columnTypes().map((type) => jsonColumn(engine, type));
  for (let left = limit ?? Infinity; ;) {
    const chunk = await told(() => result.fetchChunk());
    if (signal.aborted) throw interrupted();
    if (chunk === null || chunk.rowCount === 0) return whole();
    tellOfChunks(chunk.columnCount, chunk.rowCount);
    const rows = rowsOf(chunk, convert);
    if (rows.length > left) {
      state.hasMore = true;
      yield rows.slice(0, left);
      return;
    }
    left -= rows.length;
    yield rows;
  }
}

/** Makes sure that a result has come to its end. @throws QUERY_FAILED, with the engine's words where it has any */
async function mustBeWhole(connection: DuckDBConnection, result: DuckDBResult, { select }: ReadingSql): Promise<void> {
  if (await told(() => hasEnded(connection, result, select))) return;
  throw new GexlakeError('QUERY_FAILED', 'the result ended before all of its rows had come', {
    hint: 'Run the query again. What has been printed of it is not all.',
  });
}

/** Column by column, so that each is converted by one function in one go. */
function rowsOf(chunk: DuckDBDataChunk, convert: readonly ReturnType<typeof jsonColumn>[]): QueryRow[] {
  const rows: unknown[][] = Array.from({ length: chunk.rowCount }, () => []);
  for (const [at, toJson] of convert.entries()) {
    const vector = chunk.getColumnVector(at);
    for (const [index, row] of rows.entries()) row.push(toJson(vector.getItem(index)));
  }
  return rows;
}

/** Tells how far a connection is, and lets a signal end what it does; what failed by that is no failure of the query. */
async function watched<T>(
  connection: DuckDBConnection,
  { signal, onProgress }: Pick<QueryControl, 'signal' | 'onProgress'>,
  act: () => Promise<T>,
): Promise<T> {
  const interrupt = () => {
    connection.interrupt();
  };
  if (signal.aborted) throw interrupted();
  const timer = setInterval(() => {
    onProgress(Math.max(0, connection.progress.percentage));
  }, progressPause_ms);
  signal.addEventListener('abort', interrupt);
  try {
    const result = await act();
    if (!signal.aborted) return result;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', interrupt);
    clearInterval(timer);
  }
  throw interrupted();
}

function interrupted(): GexlakeError {
  return new GexlakeError('INTERRUPTED', 'the query was interrupted', { hint: 'It has changed nothing.' });
}

/** What is no fault of the query's words. */
const notOfQuery: ReadonlySet<ErrorCode> = new Set(['DISK_FULL', 'RESOURCES_EXHAUSTED', 'INTERNAL']);

/** Puts what the engine says of a query into words for who wrote it. */
async function told<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const meant = toDatabaseError(error, 'what the query makes');
    if (error instanceof GexlakeError || notOfQuery.has(meant.code)) throw meant;
    const text = redactText(error instanceof Error ? error.message : String(error));
    throw new GexlakeError('QUERY_FAILED', text, { hint: hintFor(text), cause: error });
  }
}

function hintFor(text: string): string {
  if (text.includes('file system operations are disabled')) {
    return 'A query reads the views and tables, and what is named with --read <file or folder>.';
  }
  return 'Tables: strikes, snapshots, import_jobs, job_events, parquet_files. Try: DESCRIBE strikes';
}
