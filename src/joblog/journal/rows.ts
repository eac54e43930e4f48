import type { LogColumn, LogTable, SqlValue } from '../../core/columns.ts';
import { importJobs, logTables } from '../../core/log-tables.ts';
import { redactText, redactUrl } from '../../core/redact.ts';
import { secretHash, type JournalRow, type KeptSecret } from '../../journal/journal.ts';

/*
 * A row as the journal has it: the values that a statement would bind, without those that are null, without heartbeats, and without
 * secrets: a value that holds one, such as a URL with its query, is there as it may be shown, and the value as it is lies beside the
 * entries, which have its SHA-256.
 */

/** Of a running job: written by whoever holds it, and not in the journal. */
export const heartbeat = 'heartbeat_at';
/** Ends the name of what has the SHA-256 of a value that the journal must not have. */
export const ofSecret = '_sha256';

type Columns = readonly (readonly [string, LogColumn<unknown>])[];

const governed = new Map<LogTable, Columns>();

/** The columns of a table that the journal has. */
export function governedColumns(table: LogTable): Columns {
  const known = governed.get(table);
  if (known !== undefined) return known;
  const columns = Object.entries(table.columns).filter(([name]) => name !== heartbeat);
  governed.set(table, columns);
  return columns;
}

export function tableNamed(name: string): LogTable {
  const table = logTables.find((one) => one.name === name);
  if (table === undefined) throw new Error(`the journal has rows of ${name}, which is no table of the log`);
  return table;
}

/** Makes the journal's form of a row. What it leaves out is told. */
export function toJournal(table: LogTable, row: object, onSecret: (kept: KeptSecret) => void): JournalRow {
  const values = row as Readonly<Record<string, unknown>>;
  const written: Record<string, SqlValue> = {};
  for (const [name, column] of governedColumns(table)) {
    const value = column.write(values[name] ?? null);
    if (value === null) continue;
    // A row must be found by its key, which is ids, numbers, times and paths that gexlake makes.
    const open = table.key.includes(name) ? value : shown(name, value);
    written[name] = open;
    if (open === value || typeof value !== 'string') continue;
    written[`${name}${ofSecret}`] = secretHash(value);
    onSecret({ of: rowName(table, written), column: name, value });
  }
  return written;
}

function shown(column: string, value: SqlValue): SqlValue {
  if (typeof value !== 'string') return value;
  return column === 'url' ? redactUrl(value) : redactText(value);
}

/** The values of a row as the log has it; a value whose secret is not kept any more is what may be shown of it. */
export function fromJournal(
  table: LogTable,
  row: JournalRow,
  { secrets, committed_at }: { readonly secrets: ReadonlyMap<string, string>; readonly committed_at: string },
): Record<string, SqlValue> {
  const values: Record<string, SqlValue> = {};
  for (const [name] of governedColumns(table)) {
    const [value, hash] = [row[name], row[`${name}${ofSecret}`]];
    if (value !== undefined) values[name] = typeof hash === 'string' ? (secrets.get(hash) ?? value) : value;
  }
  // Who holds it has said that it lives when the transaction was made; heartbeats since then are not in the journal.
  const isHeld = table.name === importJobs.name && row['started_at'] !== undefined;
  return isHeld ? { ...values, [heartbeat]: committed_at } : values;
}

/** Which row of which table it is. */
export function rowName(table: LogTable, row: JournalRow): string {
  return JSON.stringify([table.name, ...Object.values(keyOf(table, row))]);
}

/** What a row is found by. */
export function keyOf(table: LogTable, row: JournalRow): JournalRow {
  return Object.fromEntries(table.key.map((name) => [name, row[name] ?? null]));
}
