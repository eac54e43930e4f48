import type { LogTable } from '../../core/columns.ts';
import { logTables } from '../../core/log-tables.ts';
import type { Database, Migration } from '../../db/db.ts';

/**
 * Shows a log of an older layout as one of the newest, to this connection only: views that add the missing columns by the very values
 * that a migration would write, and empty tables. Nothing is written, and nothing copied. The log's catalog must be the current one.
 */
export async function showAsNewest(database: Database, missing: readonly Migration[]): Promise<void> {
  for (const table of logTables) {
    const found = await database.first(
      'SELECT table_catalog FROM information_schema.tables WHERE table_catalog = current_database() AND table_name = $1',
      [table.name],
    );
    const catalog = found?.['table_catalog'];
    if (typeof catalog === 'string') await showWithAdded(database, { table: table.name, catalog }, missing);
    else await database.run(`CREATE TEMP TABLE ${table.name} (${declared(table)})`);
  }
}

/** Takes them away again. */
export async function hideNewest(database: Database): Promise<void> {
  for (const { name } of logTables) {
    const shown = await database.first(
      "SELECT table_type FROM information_schema.tables WHERE table_catalog = 'temp' AND table_name = $1",
      [name],
    );
    if (shown !== null)
      await database.run(`DROP ${shown['table_type'] === 'VIEW' ? 'VIEW' : 'TABLE'} temp.main.${name}`);
  }
}

async function showWithAdded(
  database: Database,
  { table, catalog }: { readonly table: string; readonly catalog: string },
  missing: readonly Migration[],
): Promise<void> {
  const steps = missing
    .map(({ adds = [] }) => adds.filter((one) => one.table === table))
    .filter(({ length }) => length > 0);
  if (steps.length === 0) return;
  const rows = steps.reduce((from, step) => {
    const added = step.map(({ column, type, value }) => `CAST(${value} AS ${type}) AS ${column}`);
    return `(SELECT *, ${added.join(', ')} FROM ${from}) AS ${table}`;
  }, `${catalog}.main.${table} AS ${table}`);
  await database.run(`CREATE TEMP VIEW ${table} AS SELECT * FROM ${rows}`);
}

function declared({ columns }: LogTable): string {
  return Object.entries(columns)
    .map(([name, { type }]) => `${name} ${type}`)
    .join(', ');
}
