import { createHash } from 'node:crypto';
import type { LogColumn, LogTable, SqlValue } from '../../core/columns.ts';
import { logTables } from '../../core/log-tables.ts';
import type { JournalRow, KeptQuery } from '../../journal/journal.ts';

/*
 * A row as the journal has it: the values that a statement would bind, without those that are null, without heartbeats, and a URL
 * without its query string, which is a secret, but with the query's SHA-256. The queries themselves lie beside the journal.
 */

const heartbeat = 'heartbeat_at';
const queryHash = 'url_query_sha256';

/** The columns of a table that the journal has. */
export function governedColumns(table: LogTable): [string, LogColumn<unknown>][] {
  return Object.entries(table.columns).filter(([name]) => name !== heartbeat);
}

export function tableNamed(name: string): LogTable {
  const table = logTables.find((one) => one.name === name);
  if (table === undefined) throw new Error(`the journal has rows of ${name}, which is no table of the log`);
  return table;
}

/** Makes the journal's form of a row. A query that it leaves out is told. */
export function toJournal(table: LogTable, row: object, onQuery: (kept: KeptQuery) => void): JournalRow {
  const values = row as Readonly<Record<string, unknown>>;
  const written: Record<string, SqlValue> = {};
  for (const [name, column] of governedColumns(table)) {
    const value = column.write(values[name] ?? null);
    if (value !== null) written[name] = value;
  }
  const { url, id } = written;
  if (table.name !== 'import_jobs' || typeof url !== 'string' || typeof id !== 'string') return written;
  const at = /^https?:/i.test(url) ? url.indexOf('?') : -1;
  if (at === -1) return written;
  const query = url.slice(at);
  onQuery({ job_id: id, query });
  return { ...written, url: url.slice(0, at), [queryHash]: sha256(query) };
}

/** The values of a row as the log has it; where the query of its URL is not kept any more, the URL goes without. */
export function fromJournal(
  table: LogTable,
  row: JournalRow,
  { queries, committed_at }: { readonly queries: ReadonlyMap<string, string>; readonly committed_at: string },
): Record<string, SqlValue> {
  const { [queryHash]: hash, ...values } = row;
  if (table.name !== 'import_jobs') return values;
  const query = queries.get(String(row['id'])) ?? '';
  const url = hash !== undefined && sha256(query) === hash ? `${String(row['url'])}${query}` : row['url'];
  // Who holds it has said that it lives when the transaction was made; heartbeats since then are not in the journal.
  const sign = row['started_at'] === undefined ? {} : { [heartbeat]: committed_at };
  return { ...values, url: url ?? null, ...sign };
}

/** What a row is found by. */
export function keyOf(table: LogTable, row: JournalRow): JournalRow {
  return Object.fromEntries(table.key.map((name) => [name, row[name] ?? null]));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
