/*
 * The door of the room that knows which sessions are here, and whether log, files and calendar agree.
 */

export { coverage } from './cover.ts';
export { reconcile } from './reconcile.ts';
