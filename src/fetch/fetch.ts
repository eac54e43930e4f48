/*
 * The door of the room that knows what is wanted of the vendor, gets it, and when.
 */

export type { Brought } from './bring.ts';
export type { FetchContext } from './context.ts';
export { fetchNow, planNow, type FetchEnd } from './fetch-now.ts';
export { FetchKeeper } from './keeper.ts';
export type { LookAgain } from './look-back.ts';
export { overview } from './overview.ts';
