import type { ImportResult } from '../../src/core/job.ts';
import type { Lake, Owner } from './gexlake.ts';
import { importDay } from './old-jobs.ts';
import { preparedOnce, type PreparedFolder } from './prepared-once.ts';

/**
 * A lake that has imported one session, 2025-10-22, with the result: imported once in a run, and a copy for each who asks. All copies
 * are one log, so that who needs two logs makes the other one by `makeLake`. With `setAside`, one record is in quarantine.
 */
export async function dayImported(owner: Owner, setAside = false): Promise<PreparedFolder<ImportResult>> {
  const import22 = (lake: Lake) => importDay(lake, 22, setAside);
  return preparedOnce(owner, setAside ? 'day-set-aside' : 'day', import22);
}
