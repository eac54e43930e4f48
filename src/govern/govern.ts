/*
 * The door of the room that looks after what imports have left.
 */

export type { GovernContext } from './context.ts';
export { coverage } from './coverage.ts';
export { reconcile } from './reconcile.ts';
export { repair, type RepairReport } from './repair.ts';
export { parseSample, type Reading } from './reading.ts';
export type { Ask } from './run-plan.ts';
export { verify, type VerifyReport } from './verify.ts';
