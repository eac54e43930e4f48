import type { LogColumn, LogTable, RowOf, SqlValue } from '../../core/columns.ts';
import { GexlakeError } from '../../core/errors.ts';
import { Recorder } from '../journal/recorder.ts';
import type { Sql } from './session.ts';

/**
 * A transaction that writes. Every row that the log gains, changes or loses passes here, whole and as it is afterwards: values come
 * from the program, never from the database. A change names what it expects of a row's state and holder, and must change that row.
 */
export class LogChange {
  readonly sql: Sql;
  /** The one time of this transaction, ISO 8601 in UTC. */
  readonly now: string;
  /** What this transaction does to rows. */
  readonly recorded = new Recorder();

  /** The number of the newest event, this transaction's own among them; null as long as nobody has asked. */
  #lastEvent: number | null = null;

  constructor(sql: Sql, now: string) {
    this.sql = sql;
    this.now = now;
  }

  /** Takes numbers for so many events, and gives the first of them. */
  async countEvents(count: number, lastNumber: (sql: Sql) => Promise<number>): Promise<number> {
    const last = this.#lastEvent ?? (await lastNumber(this.sql));
    this.#lastEvent = last + count;
    return last + 1;
  }

  /** Adds rows in one statement. Columns that are null in all of them are left out: a thousand new jobs take 0.5 s instead of 0.7. */
  async insert<T extends LogTable>(table: T, rows: readonly RowOf<T>[]): Promise<void> {
    if (rows.length === 0) return;
    const columns = columnsOf(table).filter(([name]) => rows.some((row) => read(row, name) !== null));
    const values = new Bound();
    const places = rows.map(
      (row) => `(${columns.map(([name, column]) => values.add(column, read(row, name))).join(', ')})`,
    );
    const names = columns.map(([name]) => name).join(', ');
    await this.sql.all(`INSERT INTO ${table.name} (${names}) VALUES ${places.join(', ')}`, values.list);
    for (const row of rows) this.recorded.is(table, row);
  }

  /** Changes one row as it was read in this transaction, and gives it as it is then. */
  async update<T extends LogTable>(table: T, row: RowOf<T>, change: Partial<RowOf<T>>): Promise<RowOf<T>> {
    const values = new Bound();
    const changed = columnsOf(table).filter(([name]) => name in change);
    const set = changed.map(([name, column]) => `${name} = ${values.add(column, read(change, name))}`);
    const sql = `UPDATE ${table.name} SET ${set.join(', ')} WHERE ${expected(table, row, values)} RETURNING 1 AS changed`;
    mustBeOne(table, await this.sql.all(sql, values.list));
    const changedRow = { ...row, ...change };
    this.recorded.becomes(table, changedRow, Object.keys(change));
    return changedRow;
  }

  /** Takes one row away, as it was read in this transaction. */
  async remove<T extends LogTable>(table: T, row: RowOf<T>): Promise<void> {
    const values = new Bound();
    const sql = `DELETE FROM ${table.name} WHERE ${expected(table, row, values)} RETURNING 1 AS changed`;
    mustBeOne(table, await this.sql.all(sql, values.list));
    this.recorded.goes(table, row);
  }
}

/** What a row is found by, and the state and holder that it must still have. */
function expected<T extends LogTable>(table: T, row: RowOf<T>, values: Bound): string {
  const names = new Set<string>([...table.key, ...table.held]);
  const columns = columnsOf(table).filter(([name]) => names.has(name));
  return columns.map(([name, column]) => sameAs(name, column, read(row, name), values)).join(' AND ');
}

function sameAs(name: string, column: LogColumn<unknown>, value: unknown, values: Bound): string {
  return value === null ? `${name} IS NULL` : `${name} = ${values.add(column, value)}`;
}

function mustBeOne(table: LogTable, changed: readonly unknown[]): void {
  if (changed.length === 1) return;
  throw new GexlakeError('DATABASE_DAMAGED', `${table.name} has ${changed.length} rows where one is to be changed`, {
    hint: 'Somebody has written into the job log. `gexlake verify` says what is wrong, and how to put it right.',
  });
}

function columnsOf(table: LogTable): [string, LogColumn<unknown>][] {
  return Object.entries(table.columns);
}

function read(row: object, name: string): unknown {
  return (row as Readonly<Record<string, unknown>>)[name];
}

/** SQL that gives a value, as it is bound or read from JSON, the type of its column. */
export function asColumn(type: LogColumn<unknown>['type'], value: string): string {
  if (type === 'VARCHAR') return value;
  return `CAST(${type === 'DATE[]' ? `string_to_array(${value}, ',')` : value} AS ${type})`;
}

/** The values of a statement, each with the placeholder that stands for it. */
class Bound {
  readonly list: SqlValue[] = [];

  add(column: LogColumn<unknown>, value: unknown): string {
    return asColumn(column.type, `$${this.list.push(column.write(value))}`);
  }
}
