import type { PrivateFile } from '../core/journey.ts';
import { sqlName, sqlText, type Database } from '../db/db.ts';

/** The name of a job's staging table in `gex_data.db`. */
export function stagingTableName(jobId: string): string {
  return `staging_strikes_${jobId}`;
}

/**
 * Shows a job's checked rows as `staging_strikes_<job_id>`: its strikes, or its snapshots where the endpoint has no ladder.
 * A view over the private files while a job runs, since copying the rows would take longer than everything else; a table of
 * its own where they are to stay for inspection.
 */
export async function createStagingTable(
  database: Database,
  jobId: string,
  files: readonly PrivateFile[],
  kind: 'VIEW' | 'TABLE',
): Promise<string> {
  const name = stagingTableName(jobId);
  const strikes = files.filter((file) => file.dataset === 'strikes');
  const paths = (strikes.length > 0 ? strikes : files).map((file) => sqlText(file.path));
  await database.run(`CREATE OR REPLACE ${kind} ${sqlName(name)} AS SELECT * FROM read_parquet([${paths.join(', ')}])`);
  return name;
}

/** Removes a job's staging table or view; none there is fine. */
export async function dropStagingTable(database: Database, jobId: string): Promise<void> {
  const name = stagingTableName(jobId);
  const row = await database.first(
    `SELECT CASE WHEN count(*) FILTER (WHERE table_type = 'VIEW') > 0 THEN 'VIEW' ELSE 'TABLE' END AS kind, count(*) AS found
     FROM information_schema.tables WHERE table_name = ?`,
    [name],
  );
  if (Number(row?.['found'] ?? 0) > 0)
    await database.run(`DROP ${row?.['kind'] === 'VIEW' ? 'VIEW' : 'TABLE'} ${sqlName(name)}`);
}
