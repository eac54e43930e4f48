import { link, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { copyInto } from './copying.ts';
import { syncPath } from './entries.ts';
import { readOnlyMode, type FileHandle } from './files.ts';
import { labelled } from './labelled.ts';
import { isUnknownHere, setMode } from './modes.ts';
import type { Step } from './steps.ts';
import { replaceFile, takeAway } from './visible-names.ts';

/*
 * Files and folders that only this machine's processes work with, such as `.work/` and `.maintenance/`: nobody reads them, and no store
 * keeps them.
 */

/** Opens a new private file for writing; an existing one is an error. A crash leaves a stray part file, never a visible one. */
export async function openPart(step: Step, path: string, mode = 0o600): Promise<FileHandle> {
  return labelled(step, 'create', path, () => open(path, 'wx', mode));
}

export async function writeAll(step: Step, file: FileHandle, path: string, bytes: Uint8Array): Promise<void> {
  await labelled(step, 'write', path, () => writeFully(file, bytes));
}

/** A write may take fewer bytes than it was given. */
export async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done);
    done += bytesWritten;
  }
}

export async function syncFile(step: Step, file: FileHandle, path: string): Promise<void> {
  await labelled(step, 'sync', path, () => file.sync());
}

/** Brings what a file holds so far to the disk, while more is being written. */
export async function syncData(step: Step, file: FileHandle, path: string): Promise<void> {
  await labelled(step, 'sync', path, () => file.datasync());
}

/** Brings a file to the disk that another program has written, such as the engine. */
export async function syncWritten(step: Step, path: string): Promise<void> {
  await labelled(step, 'sync', path, () => syncPath(path));
}

/** Makes a private copy of a file, read-only and durable, with blocks of its own where the file system does not share them. */
export async function copyPrivate(step: Step, from: string, to: string): Promise<void> {
  await labelled(step, 'copy', to, async () => {
    await copyInto(from, to);
    setMode(to, readOnlyMode);
  });
  await syncWritten(step, to);
}

/** Gives a private folder a name of a file that never changes; false where this disk has no hard links, or no more of that file. */
export async function linkPrivate(step: Step, from: string, to: string): Promise<boolean> {
  return labelled(step, 'link', to, async () => {
    try {
      await link(from, to);
      return true;
    } catch (error) {
      const isLacking = isUnknownHere(error) || (error as NodeJS.ErrnoException).code === 'EMLINK';
      if (!isLacking) throw error;
      return false;
    }
  });
}

/** Makes a finished file read-only before it becomes visible. */
export async function makeReadOnly(step: Step, path: string): Promise<void> {
  await labelled(step, 'make read-only', path, async () => setMode(path, readOnlyMode));
}

/** Gives a private file the rights that it has once it is visible. */
export async function giveMode(step: Step, path: string, mode: number): Promise<void> {
  await labelled(step, 'set the rights of', path, async () => setMode(path, mode));
}

/** Removes a file or a folder with all in it; nothing there is fine. */
export async function remove(step: Step, path: string): Promise<void> {
  await labelled(step, 'remove', path, () => rm(path, { recursive: true, force: true }));
}

/** Moves what another process has of its work into a private folder of this one's; nothing there is fine. */
export async function seizeWork(step: Step, path: string, privateFolder: string): Promise<void> {
  await takeAway(step, path, privateFolder);
}

/** The labels of the steps in which a small file is written; null where it stays as it was made. */
export type SmallFileSteps = { readonly write: Step; readonly readOnly: Step | null; readonly sync: Step };

/** Writes a new private file whose bytes are at hand, and brings it to the disk. */
export async function writeSmall(steps: SmallFileSteps, path: string, bytes: Uint8Array): Promise<void> {
  const file = await openPart(steps.write, path);
  try {
    await writeAll(steps.write, file, path, bytes);
    if (steps.readOnly !== null) await makeReadOnly(steps.readOnly, path);
    await syncFile(steps.sync, file, path);
  } finally {
    await file.close();
  }
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

/** Gives a file or folder of this machine's processes another name, in the place of what has it. */
export async function moveInto(step: Step, from: string, to: string): Promise<void> {
  await replaceFile(step, from, to);
}
