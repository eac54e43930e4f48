import { dirname, join, resolve } from 'node:path';
import type { DataFolder } from '../core/data-folder.ts';
import {
  exists,
  linkNew,
  listFiles,
  listFolders,
  makeFolder,
  moveNew,
  remove,
  sizeOf,
  syncFolder,
} from '../platform/files.ts';

/*
 * What commands that govern remove goes here first: `.trash/<YYYY-MM-DD>/<path>`, the UTC day it was moved in and the path that it
 * had in the data folder. Moving it back there undoes the removal.
 */

const day_ms = 86_400_000;

/** Days that things stay in the trash at least; those of a day go together, once the whole of that day is longer ago. */
const trash_days = 7;

/**
 * Moves a file or folder of the data folder, by its path relative to it, into the trash and gives the path that it has there. What
 * lies elsewhere on the same disk has an absolute path, and gets the `name` given in the trash.
 */
export async function moveToTrash(folder: DataFolder, path: string, now_ms: number, name = path): Promise<string> {
  const from = resolve(folder.root, path);
  const target = await freePlace(folder, name, now_ms);
  // A crash before the syncs may leave it under either name, never under none.
  await moveNew('trash:move', from, target);
  await syncFolder('trash:sync-folder', dirname(target));
  await syncFolder('trash:sync-folder', dirname(from));
  return `.trash/${target.slice(folder.trash.length + 1)}`;
}

/** Keeps what a file holds now in the trash, too, for one that is about to be replaced under its name. */
export async function keepInTrash(folder: DataFolder, path: string, now_ms: number): Promise<void> {
  const target = await freePlace(folder, path, now_ms);
  await linkNew('trash:move', join(folder.root, path), target);
  await syncFolder('trash:sync-folder', dirname(target));
}

/** All that was moved into the trash on one day. */
export type TrashDay = {
  readonly day: string;
  readonly path: string;
  readonly files: number;
  readonly size_bytes: number;
};

/** What is in the trash, oldest day first. Folders whose name is no day are not gexlake's. */
export async function listTrash(folder: DataFolder): Promise<TrashDay[]> {
  const days = (await listFolders(folder.trash)).filter((name) => /^\d{4}-\d{2}-\d{2}$/.test(name)).sort();
  return Promise.all(
    days.map(async (day) => {
      const path = join(folder.trash, day);
      const files = await listFiles(path);
      const sizes = await Promise.all(files.map((file) => sizeOf(join(path, file))));
      const size_bytes = sizes.reduce((sum, size) => sum + size, 0);
      return { day, path: `.trash/${day}`, files: files.length, size_bytes };
    }),
  );
}

/** Whether all of a day of the trash is there for longer than it has to be. */
export function isTrashDue(day: string, now_ms: number): boolean {
  const end_ms = Date.parse(`${day}T00:00:00Z`) + day_ms;
  return now_ms - end_ms >= trash_days * day_ms;
}

/** Removes all that was moved into the trash on one day, for good. */
export async function emptyTrash(folder: DataFolder, day: string): Promise<void> {
  await remove('trash:remove', join(folder.trash, day));
}

/** A name in the trash that nothing has yet; a second thing of the same path and day gets a number. */
async function freePlace(folder: DataFolder, path: string, now_ms: number): Promise<string> {
  const place = join(folder.trash, dayOf(now_ms), path);
  await makeFolder('trash:folder', dirname(place));
  let target = place;
  for (let count = 2; await exists(target); count++) target = `${place}~${count}`;
  return target;
}

function dayOf(now_ms: number): string {
  return new Date(now_ms).toISOString().slice(0, 10);
}
