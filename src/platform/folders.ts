import { mkdirSync, rmSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import { syncPath } from './entries.ts';
import { labelled } from './labelled.ts';
import { isUnknownHere, setMode } from './modes.ts';
import { usersMode } from './new-files.ts';
import type { Step } from './steps.ts';

/**
 * Makes a folder and its parents and syncs each parent that gained an entry, so that the folder survives a power cut. A new folder has
 * the rights of the one that it lies in: who may look into the data folder may look into what comes to it later.
 */
export async function makeFolder(step: Step, path: string): Promise<void> {
  await makeFolders(step, path, (first) => statSync(dirname(first)).mode & 0o775);
}

/** The mode that a data folder has when gexlake makes it: readers are a group, and nobody else has a look. */
const dataFolderMode = 0o750;

/** Makes a data folder where there is none yet. */
export async function makeDataFolder(step: Step, path: string): Promise<void> {
  await makeFolders(step, path, () => usersMode(dataFolderMode));
}

async function makeFolders(step: Step, path: string, rightsFrom: (first: string) => number): Promise<void> {
  // Made and given its rights at once, for a folder that a kill leaves without them would be closed to its readers.
  const first = await labelled(step, 'make the folder', path, async () => {
    const made = mkdirSync(path, { recursive: true });
    if (made !== undefined) for (const folder of between(made, path)) setMode(folder, rightsFrom(made));
    return made;
  });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolderNow(dirname(made), step);
}

/** Makes a private folder in one that is there and stays nobody's but this process's; it need not survive a power cut. */
export async function makePrivateFolder(step: Step, path: string): Promise<void> {
  await labelled(step, 'make the folder', path, () => mkdir(path).catch(unless('EEXIST')));
}

/**
 * Runs `act` with a new folder of this user's in the system's temporary one, for what must not go into the data folder. A name that
 * others could foresee could be theirs already. Null where no folder can be made. It goes, too, where the process ends in between.
 */
export async function withTemporaryFolder<T>(prefix: string, act: (folder: string | null) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), prefix)).catch(unlessDefect(null));
  const removeNow = () => {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', removeNow);
  try {
    return await act(folder);
  } finally {
    process.off('exit', removeNow);
    if (folder !== null) await rm(folder, { recursive: true, force: true }).catch(unlessDefect(undefined));
  }
}

/** The folders from `first` down to `last`. */
function between(first: string, last: string): string[] {
  const found: string[] = [];
  for (let at = last; at.length >= first.length; at = dirname(at)) found.unshift(at);
  return found;
}

export async function syncFolder(step: Step, path: string): Promise<void> {
  await syncFolderNow(path, step);
}

async function syncFolderNow(path: string, step: Step): Promise<void> {
  await labelled(step, 'sync the folder', path, async () => {
    try {
      await syncPath(path);
    } catch (error) {
      // SMB and some file systems in user space sync no folders: names are on their disk, or in their server's care, at once.
      if (!isUnknownHere(error) && (error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
    }
  });
}

/** Removes a folder if it is empty. */
export async function removeEmpty(step: Step, path: string): Promise<void> {
  await labelled(step, 'remove', path, () => rmdir(path).catch(unless('ENOENT', 'ENOTEMPTY', 'EEXIST')));
}

function unless(...codes: string[]): (error: unknown) => void {
  return (error) => {
    if (!codes.some((code) => isCode(error, code))) throw error;
  };
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
