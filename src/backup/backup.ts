import { join } from 'node:path';
import { snapshotPath } from '../core/kept-places.ts';
import { makePlan, type Plan, type PlannedAction } from '../core/plan.ts';
import { parseStoredPath } from '../core/stored-path.ts';
import { exists, sizeOf } from '../platform/files.ts';
import { sizeOfFolder } from '../platform/listing.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { listSnapshots } from './manifest.ts';
import { runPlan, type Ask, type PlanReport } from '../maintenance/maintenance.ts';
import { makeSnapshot } from './snapshot.ts';
import { moveToTrash } from '../maintenance/maintenance.ts';

export { checkedManifest, listSnapshots } from './manifest.ts';
export { MassImports } from './mass-imports.ts';
export { isUnusable, putInPlace, refuseWhileRunning } from './put-in-place.ts';
export { isOfJournal } from './restored-journal.ts';
export { keepAsideAction, restoreSnapshot, saveIfUsable, type RestoreAction, type RestoreReport } from './restore.ts';
export { makeSnapshot, snapshotBeforeUpgrade } from './snapshot.ts';

export type BackupAction = PlannedAction & { readonly action: 'snapshot' | 'trash' };

export type BackupReport = PlanReport<BackupAction> & {
  /** The path of the snapshot that was made, relative to the data folder. */
  readonly snapshot: string | null;
  readonly left_out: readonly string[];
};

/** Plans or makes a snapshot of the databases; with `keep`, all but the newest so many go to the trash. */
export async function backUp(context: GovernContext, ask: Ask, keep: number | null): Promise<BackupReport> {
  const plan = await planBackup(context, keep);
  let made: Awaited<ReturnType<typeof makeSnapshot>> = null;
  const report = await runPlan(plan, ask, async () => {
    made = await makeSnapshot(context, 'asked for', { lenient: false });
    for (const { action, path } of plan.actions)
      if (action === 'trash') await moveToTrash(context, parseStoredPath(path));
  });
  const { path = null, leftOut = [] } = made ?? {};
  return { ...report, snapshot: path, left_out: leftOut };
}

/** Empty where there is no job log, and so nothing to save. */
async function planBackup(context: GovernContext, keep: number | null): Promise<Plan<BackupAction>> {
  const { folder, log } = context;
  if (!(await log.whole.isThere())) return makePlan([]);
  const actions: BackupAction[] = [];
  for (const path of ['gex_history.db', 'gex_data.db']) {
    if (!(await exists(join(folder.root, path)))) continue;
    const reason = 'saved under its lock, opened and compared';
    actions.push({ action: 'snapshot', path, bytes: await sizeOf(join(folder.root, path)), reversible: true, reason });
  }
  const snapshots = await listSnapshots(folder.backups);
  for (const name of keep === null ? [] : snapshots.slice(0, Math.max(0, snapshots.length + 1 - keep))) {
    const bytes = await sizeOfFolder(join(folder.backups, name));
    const reason = `older than the newest ${keep}`;
    actions.push({ action: 'trash', path: snapshotPath(name), bytes, reversible: true, reason });
  }
  return makePlan(actions);
}
