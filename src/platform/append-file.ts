import { randomUUID } from 'node:crypto';
import { chown, open, stat, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from './folders.ts';
import { labelled } from './labelled.ts';
import type { Step } from './steps.ts';
import { replaceFile } from './visible-names.ts';
import { openPart, syncFile, writeAll, writeFully } from './work-files.ts';

/**
 * Adds bytes at a place where a file ends, and brings them to the disk. Where that fails, what was written of them is taken away again.
 * The file is made where there is none; whoever makes it has to sync its folder.
 */
export async function appendAt(step: Step, path: string, at: number, bytes: Uint8Array): Promise<void> {
  await labelled(step, 'append to', path, async () => {
    const file = await open(path, 'a', 0o600);
    try {
      await writeFully(file, bytes);
      if (at === 0) await giveToOwnerOf(path, dirname(path));
      await file.datasync();
    } catch (error) {
      // If this fails, too, the rest is told by its sum, or counts although its writer was told that it does not.
      await file.truncate(at).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
  });
}

/**
 * Lets a new file or folder that root has made belong to who has another place: a service whose folder an administrator has worked in
 * could not go on otherwise.
 */
export async function giveToOwnerOf(path: string, place: string): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = await stat(place);
  if (uid !== 0) await chown(path, uid, gid);
}

/** Cuts what is behind a place in a file, which nobody has been told is there. */
export async function cutAt(step: Step, path: string, at: number): Promise<void> {
  await labelled(step, 'cut', path, () => truncate(path, at));
}

/** Gives a file that can be made again its bytes, by one rename: readers meet it whole or not at all. A power cut may take it. */
export async function placeLoose(step: Step, path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  const part = join(folder, `.${randomUUID()}.part`);
  const file = await openPart(step, part);
  try {
    await writeAll(step, file, part, bytes);
  } finally {
    await file.close();
  }
  await giveToOwnerOf(part, folder);
  await replaceFile(step, part, path);
}

/** Whether a name is that of a file that a crash has kept from getting its own. */
export function isPart(name: string): boolean {
  return name.startsWith('.') && name.endsWith('.part');
}

/**
 * Writes a file and gives it a name in its folder, whole and on the disk, in the place of what has it. The name is asked for when all
 * is written. What a crash leaves begins with a dot. Gives the path.
 */
export async function placeWhole(
  step: Step,
  folder: string,
  { blocks, name }: { readonly blocks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>; readonly name: () => string },
): Promise<string> {
  const part = join(folder, `.${randomUUID()}.part`);
  const file = await openPart(step, part, 0o400);
  try {
    for await (const block of blocks) await writeAll(step, file, part, block);
    await syncFile(step, file, part);
  } finally {
    await file.close();
  }
  await giveToOwnerOf(part, folder);
  const path = join(folder, name());
  await replaceFile(step, part, path);
  await syncFolder(step, folder);
  return path;
}
