import type { PrivateFile } from '../core/journey.ts';
import { reach } from '../platform/steps.ts';
import { parquetRows, sqlName, type Database } from '../db/db.ts';

const prefix = 'staging_strikes_';

/**
 * Keeps a job's checked rows as `staging_strikes_<job_id>`: its strikes, or its snapshots where the endpoint has no ladder. What an
 * earlier attempt left under the name goes.
 */
export async function createStagingTable(
  database: Database,
  jobId: string,
  files: readonly PrivateFile[],
): Promise<string> {
  const name = prefix + jobId;
  const strikes = files.filter((file) => file.dataset === 'strikes');
  const paths = (strikes.length > 0 ? strikes : files).map((file) => file.path);
  await drop(database, name);
  await reach('engine:stage');
  await database.run(`CREATE TABLE ${sqlName(name)} AS SELECT * FROM ${parquetRows(paths)}`);
  return name;
}

/** Removes every staging table and view but those of the given jobs; gives the jobs whose it was. */
export async function dropStagingExcept(database: Database, jobIds: readonly string[]): Promise<string[]> {
  const kept = new Set(jobIds.map((jobId) => prefix + jobId));
  const stray = (await stagingNames(database)).filter((name) => !kept.has(name));
  for (const name of stray) await drop(database, name);
  return stray.map((name) => name.slice(prefix.length));
}

async function stagingNames(database: Database): Promise<string[]> {
  const rows = await database.all(
    'SELECT table_name AS name FROM information_schema.tables WHERE starts_with(table_name, ?)',
    [prefix],
  );
  return rows.map(({ name }) => name as string);
}

async function drop(database: Database, name: string): Promise<void> {
  const row = await database.first('SELECT table_type AS kind FROM information_schema.tables WHERE table_name = ?', [
    name,
  ]);
  if (row !== null) await database.run(`DROP ${row['kind'] === 'VIEW' ? 'VIEW' : 'TABLE'} ${sqlName(name)}`);
}
