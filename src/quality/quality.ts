/*
 * The door of the room that says how good the sessions are that are here: by what was found when they were loaded, and by looking at
 * the files of those that were not.
 */

export { assessQuality } from './assess.ts';
export { computeQuality, type Computed } from './compute.ts';
