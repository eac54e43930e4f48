import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';
import { GexlakeError } from '../core/errors.ts';
import { redactText } from '../core/redact.ts';
import type { QueryResult, QueryRow, QueryRows } from '../core/query.ts';
import { tellOfChunks, type Database } from './database.ts';
import { jsonColumn } from './json-values.ts';
import { judge, prepareReading } from './user-sql.ts';

/** How a user's query runs. */
export type QueryControl = {
  /** At most so many rows; null for all. */
  readonly limit: number | null;
  /** Ends the query where it is. */
  readonly signal: AbortSignal;
  /** Hears now and then how much of what is to be read has been read, in percent. */
  readonly onProgress: (percent: number) => void;
};

const progressPause_ms = 250;

/**
 * Runs one reading statement of a user in a closed engine and hands its rows to `act` as they come, some thousand at a time; the
 * engine waits while `act` is busy with them. Nothing that could write is run: what is published changes only by jobs.
 * @throws QUERY_FAILED with DuckDB's words, INTERRUPTED
 */
export async function streamUserQuery<T>(
  database: Database,
  sql: string,
  { limit, signal, onProgress }: QueryControl,
  act: (rows: QueryRows) => Promise<T>,
): Promise<T> {
  const { connection } = database;
  return watched(connection, { signal, onProgress }, async () => {
    const result = await told(async () => {
      const statement = await prepareReading(connection, await judge(connection, sql));
      return statement.stream();
    });
    const state = { hasMore: false };
    const rows: QueryRows = {
      columns: result.deduplicatedColumnNames(),
      blocks: () => blocksOf(result, { limit, signal }, state),
      hasMore: () => state.hasMore,
    };
    return act(rows);
  });
}

/** All rows at once, for a query that is known to have few. */
export async function collect(rows: QueryRows): Promise<QueryResult> {
  const all: QueryRow[] = [];
  for await (const block of rows.blocks()) for (const row of block) all.push(row);
  return { columns: rows.columns, rows: all, more: rows.hasMore() };
}

async function* blocksOf(
  result: DuckDBResult,
  { limit, signal }: Pick<QueryControl, 'limit' | 'signal'>,
  state: { hasMore: boolean },
): AsyncGenerator<readonly QueryRow[], void, void> {
  const engine = await import('@duckdb/node-api');
  const convert = result.columnTypes().map((type) => jsonColumn(engine, type));
  for (let left = limit ?? Infinity; ;) {
    const chunk = await told(() => result.fetchChunk());
    if (signal.aborted) throw interrupted();
    if (chunk === null || chunk.rowCount === 0) return;
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

/** Puts what the engine says of a query into words for who wrote it. */
async function told<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof GexlakeError) throw error;
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
