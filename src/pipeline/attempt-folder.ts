import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { DataFolder } from '../core/data-folder.ts';
import type { Job } from '../core/job.ts';
import { makeFolder, removeEmpty } from '../platform/folders.ts';
import { listNames } from '../platform/listing.ts';
import { remove } from '../platform/work-files.ts';
import { seizeWork } from '../platform/work-files.ts';

/*
 * Each attempt at a job has a private folder of its own, `.work/<job_id>/<attempt>/`. It is also the attempt's licence: whatever an
 * attempt makes visible, replaces or takes away is one rename or link from this folder or into it. Whoever takes the job over moves
 * the folder away first. From there on a process that was only paused finds its folder gone and can change nothing any more,
 * whatever step it was at; it must not make the folder again.
 */

/** Where an attempt at a job works. */
export function attemptFolder(folder: DataFolder, job: Job): string {
  return join(folder.work, job.id, String(job.attempts));
}

/** Makes the private folder of an attempt that begins, in the place of all that earlier ones have left; gives its path. */
export async function openAttemptFolder(folder: DataFolder, job: Job): Promise<string> {
  const path = attemptFolder(folder, job);
  for (const name of await namesUpTo(folder, job)) await remove('clean:remove', join(folder.work, job.id, name));
  await makeFolder('load:folder', path);
  return path;
}

/** Moves all that earlier processes have of a job into a new folder of this process's; gives its path. */
export async function seizeAttemptFolder(folder: DataFolder, job: Job): Promise<string> {
  const names = await namesUpTo(folder, job);
  const path = join(folder.work, job.id, `${job.attempts}-${randomBytes(4).toString('hex')}`);
  await makeFolder('load:folder', path);
  // A crash in between leaves some of it moved; the next one moves all of it again.
  for (const name of names) await seizeWork('clean:take', join(folder.work, job.id, name), path);
  return path;
}

/** Removes what an attempt has in its private folder, which it needs to the end. */
export async function emptyAttemptFolder(path: string): Promise<void> {
  for (const name of await listNames(path)) await remove('clean:remove', join(path, name));
}

/** Removes the private folder of an attempt, and that of the job once nobody has one. */
export async function closeAttemptFolder(folder: DataFolder, job: Job, path: string): Promise<void> {
  await remove('clean:remove', path);
  await removeEmpty('clean:remove', join(folder.work, job.id));
}

/** Removes what attempts up to this one have left of a job that nobody runs. One that has begun since keeps its folder. */
export async function clearAttemptFolders(folder: DataFolder, job: Job): Promise<void> {
  for (const name of await namesUpTo(folder, job)) await remove('clean:remove', join(folder.work, job.id, name));
  await removeEmpty('clean:remove', join(folder.work, job.id));
}

/** What lies in a job's folder, other than of later attempts than this. Versions before this one had no folders for attempts. */
async function namesUpTo(folder: DataFolder, job: Job): Promise<string[]> {
  const names = await listNames(join(folder.work, job.id));
  return names.filter((name) => !(Number(/^(\d+)(?:-[0-9a-f]+)?$/.exec(name)?.[1] ?? 0) > job.attempts));
}
