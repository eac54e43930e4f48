/*
 * The door of the room that keeps a data folder in order.
 */

export { backUp, type BackupReport } from './backup.ts';
export type { GovernContext } from './context.ts';
export { archive, prune, type PruneReport } from './prune.ts';
export type { Ask } from './run-plan.ts';
export { withUpkeep } from './upkeep.ts';
