import type { LogTable, SqlValue } from '../../core/columns.ts';
import type { Database } from '../../db/db.ts';
import type { Entry, Journal, JournalRow } from '../../journal/journal.ts';
import { asColumn } from '../sql/change.ts';
import { fromJournal, keyOf, tableNamed } from '../journal/rows.ts';

/** Applies one entry to the rows of an open transaction: each row that it names is as the entry has it afterwards. */
export async function applyEntry(
  database: Database,
  journal: Journal,
  { entry, secrets }: { readonly entry: Entry; readonly secrets: ReadonlyMap<string, string> },
): Promise<void> {
  for await (const change of journal.changes(entry)) {
    const table = tableNamed(change.table);
    const isGone = 'gone' in change;
    await removeRow(database, table, isGone ? change.gone : keyOf(table, change.row));
    if (isGone) continue;
    await insertRow(database, table, fromJournal(table, change.row, { secrets, committed_at: entry.committed_at }));
  }
}

async function removeRow(database: Database, table: LogTable, key: JournalRow): Promise<void> {
  const names = Object.keys(key);
  const found = names.map((name, at) => `${name} = ${placeOf(table, name, at)}`);
  await database.run(`DELETE FROM ${table.name} WHERE ${found.join(' AND ')}`, Object.values(key));
}

async function insertRow(database: Database, table: LogTable, row: Readonly<Record<string, SqlValue>>): Promise<void> {
  const names = Object.keys(row);
  const values = names.map((name, at) => placeOf(table, name, at));
  await database.run(
    `INSERT INTO ${table.name} (${names.join(', ')}) VALUES (${values.join(', ')})`,
    Object.values(row),
  );
}

function placeOf(table: LogTable, name: string, at: number): string {
  return asColumn(table.columns[name]?.type ?? 'VARCHAR', `$${at + 1}`);
}
