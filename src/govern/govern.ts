/*
 * The door of the room that looks after what imports have left, and keeps it in order.
 */

export { backUp, type BackupReport } from './backup.ts';
export { clockDoubt } from './clock.ts';
export type { GovernContext } from './context.ts';
export { coverage } from './coverage.ts';
export { migrateFolder, type MigrationReport, type MigrationRequest } from './migrate.ts';
export { archiveNow, prune, type PruneReport } from './prune.ts';
export { parseSample, type Reading } from './reading.ts';
export { rebuildLog } from './rebuild/rebuild-log.ts';
export { reconcile } from './reconcile.ts';
export { repair, type RepairReport } from './repair.ts';
export { restoreSnapshot, type RestoreReport } from './restore.ts';
export { beginOn } from './disk-notes.ts';
export { examine, type DoctorReport } from './doctor.ts';
export { tighten, type TightenAction } from './open-modes.ts';
export type { Note } from './checks/problem.ts';
export type { Ask, PlanReport } from './run-plan.ts';
export { withUpkeep } from './upkeep.ts';
export { verify, type VerifyReport } from './verify.ts';
