/*
 * The door of the room that archives and removes what is due.
 */

export { archiveNow, prune, type PruneReport } from './prune.ts';
export { Pruner } from './pruner.ts';
