import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import { tellOfChunks, type Database } from './database.ts';

/** Some rows of a result. Columns are counted from 0. */
export type Block = {
  readonly rows: number;
  /** A column of DOUBLE, NaN for null. */
  readonly numbers: (column: number) => Float64Array;
  readonly texts: (column: number) => (string | null)[];
  /** A column of lists, or of lists of lists, of numbers. */
  readonly lists: (column: number) => (NumberList | null)[];
};

export type NumberList = readonly (number | null | NumberList)[];

/** The rows of a statement as they come, some thousand at a time; the engine waits while the caller is busy with them. */
export async function* streamBlocks(database: Database, sql: string): AsyncGenerator<Block, void, void> {
  const result = await database.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    tellOfChunks(chunk.columnCount, chunk.rowCount);
    yield blockOf(chunk);
  }
  await mustHaveEnded(database.connection, result, sql);
}

/**
 * Makes sure that a result has come to its end. What fails while rows are fetched looks like their end to the driver; only the kind of
 * the result says that there was an error, and nothing says which. So that is found out by running the statement again, without rows.
 * False where it does not fail then.
 */
export async function hasEnded(connection: DuckDBConnection, result: DuckDBResult, sql: string): Promise<boolean> {
  const { ResultReturnType } = await import('@duckdb/node-api');
  if (result.returnType !== ResultReturnType.INVALID) return true;
  await connection.run(`EXPLAIN ANALYZE ${sql}`);
  return false;
}

async function mustHaveEnded(connection: DuckDBConnection, result: DuckDBResult, sql: string): Promise<void> {
  if (!(await hasEnded(connection, result, sql))) throw new Error('a result ended before all of its rows had come');
}

function blockOf(chunk: DuckDBDataChunk): Block {
  const rows = chunk.rowCount;
  const itemsOf = (column: number): ((row: number) => DuckDBValue) => {
    const vector = chunk.getColumnVector(column);
    return (row) => vector.getItem(row);
  };
  return {
    rows,
    numbers: (column) => {
      const item = itemsOf(column);
      const values = new Float64Array(rows);
      for (let row = 0; row < rows; row++) values[row] = (item(row) as number | null) ?? Number.NaN;
      return values;
    },
    texts: (column) => {
      const item = itemsOf(column);
      return Array.from({ length: rows }, (_, row) => item(row) as string | null);
    },
    lists: (column) => {
      const item = itemsOf(column);
      return Array.from({ length: rows }, (_, row) => toList(item(row)));
    },
  };
}

function toList(value: DuckDBValue): NumberList | null {
  if (value === null) return null;
  const { items } = value as { readonly items: readonly DuckDBValue[] };
  return items.map((item) => (typeof item === 'object' ? toList(item) : (item as number)));
}
