import { link, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exists } from './entries.ts';
import { labelled } from './labelled.ts';
import { isUnknownHere } from './modes.ts';
import type { Step } from './steps.ts';
import { copyNew } from './without-links.ts';

/*
 * How a file gets, changes or loses its visible name: each by one link or rename. For the store only, and where work is local.
 */

/**
 * Gives a finished private file its visible name. Never replaces: FILE_EXISTS where the name is taken. The private name
 * stays until it is removed, so a crash right here leaves one whole file under two names. Without hard links it is a copy that gets the name.
 */
export async function linkNew(step: Step, from: string, to: string): Promise<void> {
  await labelled(step, 'publish', to, async () => {
    try {
      await link(from, to);
    } catch (error) {
      // EMLINK: a file system may have links, and not so many of one file.
      if (!isUnknownHere(error) && (error as NodeJS.ErrnoException).code !== 'EMLINK') throw error;
      await copyNew(from, to);
    }
  });
}

/** Replaces a file by a finished private one in a single rename: a reader meets the old file or the new one, never neither. */
export async function replaceFile(step: Step, from: string, to: string): Promise<void> {
  await labelled(step, 'replace', to, () => rename(from, to));
}

/**
 * Gives a file, or a folder with all in it, another name on the same disk. Never replaces: FILE_EXISTS where the name is taken. Only
 * for places where nobody else makes that very name.
 */
export async function moveNew(step: Step, from: string, to: string): Promise<void> {
  await labelled(step, 'move', to, async () => {
    if (await exists(to)) throw Object.assign(new Error('taken'), { code: 'EEXIST' });
    await rename(from, to);
  });
}

let taken = 0;

/**
 * Takes a file, or a folder with all in it, away into a private folder by one rename; nothing there is fine. Where the private folder
 * is gone, nothing is taken and that is an error: another process has taken over what this one was about to do.
 */
export async function takeAway(step: Step, path: string, privateFolder: string): Promise<void> {
  await labelled(step, 'take away', path, async () => {
    const to = join(privateFolder, `taken-${taken++}-${basename(path)}`);
    try {
      await rename(path, to);
    } catch (error) {
      const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!isGone || !(await exists(privateFolder))) throw error;
    }
  });
}
