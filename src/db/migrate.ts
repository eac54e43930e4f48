import { GexlakeError } from '../core/errors.ts';
import type { Database } from './database.ts';

/** A numbered change of a database's layout; numbers rise, and a migration never changes once released. */
export type Migration = { readonly version: number; readonly name: string; readonly statements: readonly string[] };

/**
 * Brings a database to the newest layout: every migration that it has not seen, oldest first, each in a transaction of its own with
 * its number.
 * @throws DATABASE_NEWER where a newer gexlake has written it: nothing is changed then
 */
export async function migrate(database: Database, migrations: readonly Migration[], now: string): Promise<void> {
  const seen = await seenVersions(database, migrations);
  if (seen.size === 0) await database.run(createTable);
  for (const migration of migrations.filter(({ version }) => !seen.has(version))) {
    await database.transaction(async () => {
      for (const statement of migration.statements) await database.run(statement);
      await database.run('INSERT INTO schema_migrations (version, name, applied_at) VALUES (?, ?, ?::TIMESTAMP)', [
        migration.version,
        migration.name,
        now,
      ]);
    });
  }
}

/** Whether a database has the newest layout. @throws DATABASE_NEWER where it has one beyond */
export async function isMigrated(database: Database, migrations: readonly Migration[]): Promise<boolean> {
  const seen = await seenVersions(database, migrations);
  return migrations.every(({ version }) => seen.has(version));
}

const createTable =
  'CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER, name VARCHAR, applied_at TIMESTAMP)';

/** The numbers of the migrations that a database has seen. */
async function seenVersions(database: Database, migrations: readonly Migration[]): Promise<ReadonlySet<number>> {
  const found = await database.first("SELECT 1 AS found FROM duckdb_tables() WHERE table_name = 'schema_migrations'");
  if (found === null) return new Set();
  const rows = await database.all('SELECT version FROM schema_migrations');
  const seen = new Set(rows.map((row) => Number(row['version'])));
  const newest = migrations.at(-1)?.version ?? 0;
  const current = Math.max(0, ...seen);
  if (current <= newest) return seen;
  const problem = `${database.path} has layout ${current}, this gexlake knows layouts up to ${newest}`;
  throw new GexlakeError('DATABASE_NEWER', problem, {
    details: { path: database.path },
    hint: 'Use the newer gexlake that wrote it. Nothing was changed.',
  });
}
