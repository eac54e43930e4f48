import { basename, dirname, join } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { isJobId } from '../core/ids.ts';
import { linkNew, makeFolder, remove, removeEmpty, syncFolder, takeAway } from '../platform/files.ts';
import { hashFile } from '../platform/checksum.ts';
import type { PrivateSource } from './receive.ts';

/*
 * The door of the room that keeps source JSON unchanged. A source is received into a private folder, and gets its visible
 * name when its job wants to keep it. Nothing visible is ever replaced.
 */

export { contentOfPacked, packSource } from './archive.ts';
export { isInInbox, listInbox, receiveIntoInbox, removeFromInbox } from './inbox.ts';
export { receiveSource, type PrivateSource, type ReceiveOptions } from './receive.ts';

export type StageOptions = {
  /** `<data>/source/gexbot`, absolute; made if it is not there. */
  readonly sourceFolder: string;
  readonly jobId: string;
  /** Whether another job has the plain name already, so that the file goes into the job's own folder at once. */
  readonly nameTaken?: boolean;
};

/**
 * Gives a received source its visible name, `<sourceFolder>/<name>`, or `<sourceFolder>/<job_id>/<name>` where another file
 * has that, and returns the absolute path. The file is then durable and read-only. Its private name stays until the job's folder
 * goes, because a job may be loading from it.
 */
export async function stageReceived(received: PrivateSource, options: StageOptions): Promise<string> {
  const { sourceFolder, jobId, nameTaken = false } = options;
  await received.synced;
  const plain = nameTaken ? null : await linkInto(sourceFolder, received);
  const staged = plain ?? (await linkInto(join(sourceFolder, jobId), received));
  if (staged !== null) return finishStaging(staged);
  const own = join(sourceFolder, jobId, received.name);
  // An earlier attempt of this same job was killed after it had linked the file: the same bytes are the same file.
  if ((await hashFile(own)) === received.checksum) return finishStaging(own);
  throw new GexlakeError(
    'FILE_EXISTS',
    `cannot stage ${received.name}: ${own} is there already and holds something else`,
    {
      details: { path: own, jobId },
      hint: 'gexlake never replaces a file. Move the other file away, then retry the job.',
    },
  );
}

/** Links the file into a folder; null where its name is taken. A crash after it leaves one whole file under two names. */
async function linkInto(folder: string, { path, name }: PrivateSource): Promise<string | null> {
  const visible = join(folder, name);
  await makeFolder('stage:folder', folder);
  try {
    await linkNew('stage:link', path, visible);
    return visible;
  } catch (error) {
    if (error instanceof GexlakeError && error.code === 'FILE_EXISTS') return null;
    throw error;
  }
}

async function finishStaging(staged: string): Promise<string> {
  // A crash before this sync may take the visible name away again, never the private one.
  await syncFolder('stage:sync-folder', dirname(staged));
  return staged;
}

/** Removes a received source that was not staged. */
export async function discardReceived(received: PrivateSource): Promise<void> {
  await received.synced.catch(() => undefined);
  await remove('clean:remove', received.path);
}

/** Removes a staged source that is kept elsewhere, and the job's own folder in `source/` if it is empty then. */
export async function removeStaged(path: string): Promise<void> {
  // A crash around here leaves the file or not; removing it again is fine.
  await remove('clean:remove', path);
  await removeOwnFolder(dirname(path));
}

/** The same for the source of an attempt that keeps no copy: it goes by way of the attempt's private folder, or not at all. */
export async function unstage(path: string, workFolder: string): Promise<void> {
  await takeAway('clean:remove', path, workFolder);
  await removeOwnFolder(dirname(path));
}

async function removeOwnFolder(folder: string): Promise<void> {
  const isOwn = isJobId(basename(folder));
  if (isOwn) await removeEmpty('clean:remove', folder);
  await syncFolder('stage:sync-folder', isOwn ? dirname(folder) : folder);
}
