import { GexlakeError } from '../core/errors.ts';
import type { Database } from './database.ts';

/** A numbered change of a database's layout; numbers rise, with gaps where one was never released, and a migration never changes once released. */
export type Migration = { readonly version: number; readonly name: string; readonly statements: readonly string[] };

/**
 * Brings a database to the newest layout, each step in a transaction of its own with its number.
 * @throws DATABASE_NEWER where a newer gexlake has written it: nothing is changed then
 */
export async function migrate(database: Database, migrations: readonly Migration[], now: string): Promise<void> {
  const current = await knownVersion(database, migrations);
  if (current === 0) await database.run(createTable);
  for (const migration of migrations.filter(({ version }) => version > current)) {
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
  return (await knownVersion(database, migrations)) === newestOf(migrations);
}

const createTable =
  'CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER, name VARCHAR, applied_at TIMESTAMP)';

/** The number of the newest migration that a database has seen; 0 where it has seen none. */
async function knownVersion(database: Database, migrations: readonly Migration[]): Promise<number> {
  const found = await database.first("SELECT 1 AS found FROM duckdb_tables() WHERE table_name = 'schema_migrations'");
  if (found === null) return 0;
  const row = await database.first('SELECT coalesce(max(version), 0)::INTEGER AS version FROM schema_migrations');
  const current = Number(row?.['version'] ?? 0);
  const newest = newestOf(migrations);
  if (current <= newest) return current;
  const problem = `${database.path} has layout ${current}, this gexlake knows layouts up to ${newest}`;
  throw new GexlakeError('DATABASE_NEWER', problem, {
    details: { path: database.path },
    hint: 'Use the newer gexlake that wrote it. Nothing was changed.',
  });
}

function newestOf(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}
