import { GexlakeError } from './errors.ts';
import { isStoredPath, type StoredPath } from './stored-path.ts';

/*
 * Columns of the job log, declared once (log-tables.ts). From a declaration follow the TypeScript type of a row, the column lists of
 * statements, the check of migrations, and the tables of docs/data-layout.md. The types mean the same in DuckDB and PostgreSQL.
 */

export type ColumnType = 'VARCHAR' | 'BIGINT' | 'INTEGER' | 'BOOLEAN' | 'TIMESTAMP' | 'DATE' | 'DATE[]';

/** What a statement's placeholder can stand for. */
export type SqlValue = string | number | boolean | null;

export type LogColumn<V> = {
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** What it means, as docs/data-layout.md says it. */
  readonly meaning: string;
  /** Methods, so that a column of any values is a column. */
  read(value: unknown): V;
  write(value: V): SqlValue;
};

type Columns = Readonly<Record<string, LogColumn<unknown>>>;

/** A declared table. `key` finds a row; `held` says whose it is and in which state: a change names what it expects of both. */
export type LogTable<C extends Columns = Columns> = {
  readonly name: string;
  readonly about: string;
  readonly columns: C;
  readonly key: readonly (keyof C & string)[];
  readonly held: readonly (keyof C & string)[];
};

export type ValuesOf<C extends Columns> = { readonly [N in keyof C]: C[N] extends LogColumn<infer V> ? V : never };

export type RowOf<T extends LogTable> = ValuesOf<T['columns']>;

const plain = (value: SqlValue): SqlValue => value;

/** A column whose values may be missing. */
export function optional<V>(column: LogColumn<V>): LogColumn<V | null> {
  return {
    ...column,
    nullable: true,
    read: (value) => (value === null || value === undefined ? null : column.read(value)),
    write: (value) => (value === null ? null : column.write(value)),
  };
}

export function text(meaning: string): LogColumn<string> {
  return oneOf<string>(meaning);
}

/** The path of a kept file, relative to the data folder. */
export function storedPath(meaning: string): LogColumn<StoredPath> {
  const read = (value: unknown) => (typeof value === 'string' && isStoredPath(value) ? value : damaged(value));
  return { type: 'VARCHAR', nullable: false, meaning, read, write: plain };
}

/** A text of which the table itself allows only some: a constraint, or who writes it. */
export function oneOf<V extends string>(meaning: string): LogColumn<V> {
  const read = (value: unknown) => (typeof value === 'string' ? (value as V) : damaged(value));
  return { type: 'VARCHAR', nullable: false, meaning, read, write: plain };
}

export function flag(meaning: string): LogColumn<boolean> {
  return { type: 'BOOLEAN', nullable: false, meaning, read: (value) => value === true, write: plain };
}

export function whole(meaning: string, type: 'BIGINT' | 'INTEGER' = 'BIGINT'): LogColumn<number> {
  const read = (value: unknown) =>
    typeof value === 'number' || typeof value === 'bigint' ? Number(value) : damaged(value);
  return { type, nullable: false, meaning, read, write: plain };
}

/** A time, as ISO 8601 in UTC with milliseconds. */
export function time(meaning: string): LogColumn<string> {
  const read = (value: unknown) => (value instanceof Date ? value.toISOString() : damaged(value));
  return { type: 'TIMESTAMP', nullable: false, meaning, read, write: plain };
}

/** A day, as `YYYY-MM-DD`. */
export function day(meaning: string): LogColumn<string> {
  return { type: 'DATE', nullable: false, meaning, read: dayOf, write: plain };
}

export function days(meaning: string): LogColumn<readonly string[]> {
  const read = (value: unknown) => (Array.isArray(value) ? value.map(dayOf) : damaged(value));
  return { type: 'DATE[]', nullable: false, meaning, read, write: (value) => value.join(',') };
}

/** A value with a form of its own, kept as JSON. */
export function json<V>(meaning: string): LogColumn<V> {
  // The log has what this program has written.
  const read = (value: unknown) => (typeof value === 'string' ? (JSON.parse(value) as V) : damaged(value));
  return { type: 'VARCHAR', nullable: false, meaning, read, write: (value) => JSON.stringify(value) };
}

/** Makes rows, with just these columns, of what the database gives. */
export function rowReader<C extends Columns>(columns: C): (row: Readonly<Record<string, unknown>>) => ValuesOf<C> {
  const all = Object.entries(columns);
  return (row) => {
    const values: Record<string, unknown> = {};
    for (const [name, column] of all) values[name] = column.read(row[name]);
    // Each value is what its column's declaration reads.
    return values as ValuesOf<C>;
  };
}

function dayOf(value: unknown): string {
  return value instanceof Date ? value.toISOString().slice(0, 10) : damaged(value);
}

function damaged(value: unknown): never {
  throw new GexlakeError('DATABASE_DAMAGED', `the job log has ${String(value)} where no row of it can`, {
    hint: 'Somebody has written into it. Put the log back from a backup: gexlake restore',
  });
}
