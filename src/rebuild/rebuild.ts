/*
 * The door of the room that makes the job log again from the files alone.
 */

export { rebuildLog } from './rebuild-log.ts';
