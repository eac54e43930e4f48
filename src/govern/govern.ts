/*
 * The door of the room that looks after what imports have left.
 */

export type { GovernContext } from './context.ts';
export { parseSample, type Reading } from './reading.ts';
export { verify, type VerifyReport } from './verify.ts';
