import { unlessDefect } from '../core/defects.ts';
import { GexlakeError } from '../core/errors.ts';
import { stagedPath } from '../core/kept-places.ts';
import type { StoredPath } from '../core/stored-path.ts';
import { remove } from '../platform/work-files.ts';
import type { FileStore } from '../store/store.ts';
import type { PrivateSource } from './receive.ts';

/*
 * The door of the room that keeps source JSON unchanged. A source is received into a private folder, and gets its visible
 * name when its job wants to keep it. Nothing visible is ever replaced.
 */

export { aheadOf, arrivedAhead, listAhead, receiveAhead, removeAhead, type Ahead } from './ahead.ts';
export { contentOfPacked, packSource } from './archive.ts';
export { isInInbox, keepInInbox, listInbox, receiveIntoInbox, removeFromInbox } from './inbox.ts';
export { receiveSource, type PrivateSource, type ReceiveOptions } from './receive.ts';

export type StageOptions = {
  readonly store: FileStore;
  readonly jobId: string;
  /** Whether another job has the plain name already, so that the file goes into the job's own folder at once. */
  readonly nameTaken?: boolean;
};

/**
 * Gives a received source its visible name, its own, or one in a folder of its job's where another file has that, and returns its
 * path. The file is then durable and read-only. Its private name stays until the job's folder goes, because a job may be loading from it.
 */
export async function stageReceived(received: PrivateSource, options: StageOptions): Promise<StoredPath> {
  const { store, jobId, nameTaken = false } = options;
  await received.synced;
  const plain = stagedPath(received.name, null);
  if (!nameTaken && (await isStagedNewly(store, received, plain))) return plain;
  const own = stagedPath(received.name, jobId);
  // Where an earlier attempt of this same job was killed after it had linked the file, the same bytes are the same file.
  await store.put([{ path: own, local: received, when: { ifAbsent: true } }], { purpose: 'stage' });
  return own;
}

/** False where the name is taken: the same bytes there are another job's, which may yet remove them. */
async function isStagedNewly(store: FileStore, received: PrivateSource, path: StoredPath): Promise<boolean> {
  try {
    const [outcome] = await store.put([{ path, local: received, when: { ifAbsent: true } }], { purpose: 'stage' });
    return outcome === 'put';
  } catch (error) {
    if (error instanceof GexlakeError && error.code === 'FILE_EXISTS') return false;
    throw error;
  }
}

/** Removes a received source that was not staged. */
export async function discardReceived(received: PrivateSource): Promise<void> {
  await received.synced.catch(unlessDefect(undefined));
  await remove('clean:remove', received.path);
}

/** Removes a staged source that is kept elsewhere, or whose job keeps no copy; one that is gone is fine. */
export async function unstage(store: FileStore, path: StoredPath, workFolder: string): Promise<void> {
  await store.remove([path], { purpose: 'stage', workFolder });
}
