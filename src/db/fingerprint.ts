import type { Database } from './database.ts';
import { sqlName } from './sql.ts';

/** How many rows a query gives, and the sum of their hashes over all columns: equal for equal rows in any order. */
export type Fingerprint = { readonly rows: number; readonly hashes: string };

export async function fingerprint(database: Database, query: string): Promise<Fingerprint> {
  const row = await database.first(
    `SELECT count(*) AS rows, coalesce(sum(hash(t)), 0)::VARCHAR AS hashes FROM (${query}) AS t`,
  );
  return { rows: Number(row?.['rows'] ?? 0), hashes: textOf(row?.['hashes']) };
}

/** A table of a database, or a view: then its definition is what is hashed, and it has no rows of its own. */
export type TablePrint = Fingerprint & { readonly name: string; readonly kind: 'table' | 'view' };

/** The fingerprints of all tables and views of an open database, by name. */
export async function fingerprintTables(database: Database): Promise<TablePrint[]> {
  const tables = await database.all(
    'SELECT table_name AS name FROM duckdb_tables() WHERE NOT internal AND database_name = current_database()',
  );
  const views = await database.all(
    'SELECT view_name AS name, hash(sql)::VARCHAR AS hashes FROM duckdb_views() WHERE NOT internal AND database_name = current_database()',
  );
  const prints: TablePrint[] = views.map((view) => {
    return { name: textOf(view['name']), kind: 'view', rows: 0, hashes: textOf(view['hashes']) };
  });
  for (const table of tables) {
    const name = textOf(table['name']);
    prints.push({ name, kind: 'table', ...(await fingerprint(database, `SELECT * FROM ${sqlName(name)}`)) });
  }
  return prints.sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** The version of DuckDB: fingerprints of different versions cannot be compared. */
export async function engineVersion(database: Database): Promise<string> {
  const row = await database.first('SELECT version() AS version');
  return textOf(row?.['version']);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
