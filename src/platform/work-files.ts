import { join } from 'node:path';
import { openPart, writeAll } from './files.ts';
import type { Step } from './steps.ts';
import { replaceFile, takeAway } from './visible-names.ts';

/*
 * Files and folders that only this machine's processes work with, such as `.work/` and `.maintenance/`: nobody reads them, and no store
 * keeps them.
 */

/** Moves what another process has of its work into a private folder of this one's; nothing there is fine. */
export async function seizeWork(step: Step, path: string, privateFolder: string): Promise<void> {
  await takeAway(step, path, privateFolder);
}

/** Writes down a few words for other processes, in the place of those that are there. They need not survive a power cut. */
export async function writeNote(step: Step, path: string, text: string, privateFolder: string): Promise<void> {
  const part = join(privateFolder, 'note');
  const file = await openPart(step, part);
  try {
    await writeAll(step, file, part, Buffer.from(text));
  } finally {
    await file.close();
  }
  await replaceFile(step, part, path);
}
