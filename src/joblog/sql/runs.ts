import { maintenanceRuns } from '../../core/log-tables.ts';
import type { LogChange } from './change.ts';

/**
 * Notes that a task has begun: now, or a little later where it has begun at that very time before, which a clock that was set back makes
 * possible. A run is known by its task and its time.
 */
export async function noteRun(change: LogChange, task: string, actor: string): Promise<void> {
  let started_at = change.now;
  while (await isKnown(change, task, started_at)) started_at = new Date(Date.parse(started_at) + 1).toISOString();
  await change.insert(maintenanceRuns, [{ task, started_at, actor }]);
}

async function isKnown({ sql }: LogChange, task: string, at: string): Promise<boolean> {
  const found = 'SELECT 1 AS found FROM maintenance_runs WHERE task = $1 AND started_at = CAST($2 AS TIMESTAMP)';
  return (await sql.first(found, [task, at])) !== null;
}
