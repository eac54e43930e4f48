/*
 * The door of the room that kept files live in. Whatever becomes visible in the data folder, is replaced there or leaves it, goes through
 * a FileStore. Work in progress does not: it stays local.
 */

export { openLocalStore } from './local.ts';
export { localFile } from './local-file.ts';
export type { Expected, FileStore, FileToPut, LocalFile, Match, PutCondition } from './file-store.ts';
