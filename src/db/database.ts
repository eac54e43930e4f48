import type { DuckDBConnection, DuckDBResult, DuckDBValue, JS } from '@duckdb/node-api';
import { unlessDefect } from '../core/defects.ts';
import { toDatabaseError } from './database-errors.ts';

/** One result row: column name to JavaScript value (BIGINT as bigint, TIMESTAMP and DATE as Date, lists as arrays). */
export type Row = Readonly<Record<string, JS>>;

export const inMemory = ':memory:';

/** What a statement's placeholders stand for: by place (`?`), or by name (`$name`). */
type Values = readonly DuckDBValue[] | Readonly<Record<string, DuckDBValue>>;

/** One open DuckDB file (or an engine in memory). Statements are bound, never pasted together from values. */
export class Database {
  readonly path: string;
  readonly #connection: DuckDBConnection;

  constructor(path: string, connection: DuckDBConnection) {
    this.path = path;
    this.#connection = connection;
  }

  async run(sql: string, values: Values = []): Promise<void> {
    await this.#translated(() => this.#connection.run(sql, copied(values)));
  }

  async all(sql: string, values: Values = []): Promise<Row[]> {
    const reader = await this.#translated(() => this.#connection.runAndReadAll(sql, copied(values)));
    tellOfChunks(reader.columnCount, reader.currentRowCount);
    return reader.getRowObjectsJS();
  }

  async first(sql: string, values: Values = []): Promise<Row | null> {
    return (await this.all(sql, values))[0] ?? null;
  }

  /** A result whose rows are made as they are fetched: see stream.ts. */
  async stream(sql: string): Promise<DuckDBResult> {
    return this.#translated(() => this.#connection.stream(sql));
  }

  /** Runs `act` in one transaction: all of it, or after any error none. */
  async transaction<T>(act: () => Promise<T>): Promise<T> {
    await this.run('BEGIN TRANSACTION');
    try {
      const result = await act();
      await this.run('COMMIT');
      return result;
    } catch (error) {
      await this.run('ROLLBACK').catch(unlessDefect(undefined));
      throw error;
    }
  }

  /** For the places that fetch rows as they come: query.ts, which runs a user's own SQL, and stream.ts. */
  get connection(): DuckDBConnection {
    return this.#connection;
  }

  async #translated<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw toDatabaseError(error, this.path === inMemory ? 'the engine' : this.path);
    }
  }
}

const chunk_rows = 2_048;
/** What a value takes in a chunk of a result, by its widest form. */
const value_bytes = 16;

/**
 * Lets V8 know of a result's chunks. They lie outside its heap until it collects what points to them, and it does not know how
 * large they are: a service with 10,000 jobs in its log, which reads the log four times a second, took up to 1 GB. A
 * buffer of their size that nobody touches costs little, is counted, and lets it collect in time.
 */
export function tellOfChunks(columns: number, rows: number): void {
  const chunks = Math.max(1, Math.ceil(rows / chunk_rows));
  void new ArrayBuffer(chunks * chunk_rows * columns * value_bytes);
}

function copied(values: Values): DuckDBValue[] | Record<string, DuckDBValue> {
  return Array.isArray(values)
    ? [...(values as readonly DuckDBValue[])]
    : { ...(values as Record<string, DuckDBValue>) };
}
