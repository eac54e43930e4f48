import { keptFolders, trashDayOf, trashPath } from '../core/kept-places.ts';
import { parseStoredPath, type StoredPath } from '../core/stored-path.ts';
import { hashFile } from '../platform/checksum.ts';
import { remove } from '../platform/work-files.ts';
import { localFile, type FileStore } from '../store/store.ts';
import type { GovernContext } from './context.ts';

/*
 * What commands that govern remove goes here first: `.trash/<YYYY-MM-DD>/<path>`, the UTC day it was moved in and the path that it
 * had in the data folder. Moving it back there undoes the removal.
 */

const day_ms = 86_400_000;

/** Days that things stay in the trash at least; those of a day go together, once the whole of that day is longer ago. */
const trash_days = 7;

type Trash = Pick<GovernContext, 'store' | 'clock'>;

/** Moves a file or folder of the data folder into the trash and gives the path that it has there. */
export async function moveToTrash(trash: Trash, path: StoredPath): Promise<StoredPath> {
  const target = await freePlace(trash, path);
  await trash.store.move(path, target, { purpose: 'trash' });
  return target;
}

/** Moves a file that lies elsewhere on the same disk into the trash, where it gets the path given. */
export async function bringIntoTrash(trash: Trash, local: string, path: StoredPath): Promise<void> {
  const found = await localFile(local);
  const target = await freePlace(trash, path);
  await trash.store.put([{ path: target, local: found, when: { ifAbsent: true } }], { purpose: 'trash' });
  // A crash before this leaves it in both places.
  await remove('trash:move', local);
}

/** Keeps what a file holds now in the trash, too, for one that is about to be replaced. `privateName` is a name for it meanwhile. */
export async function keepInTrash(trash: Trash, path: StoredPath, privateName: string): Promise<void> {
  const target = await freePlace(trash, path);
  await trash.store.get(path, privateName, { purpose: 'trash' });
  const local = { path: privateName, size_bytes: null, checksum: await hashFile(privateName) };
  await trash.store.put([{ path: target, local, when: { ifAbsent: true } }], { purpose: 'trash' });
}

/** All that was moved into the trash on one day. */
export type TrashDay = {
  readonly day: string;
  readonly path: StoredPath;
  readonly files: number;
  readonly size_bytes: number;
};

/** What is in the trash, oldest day first. Folders whose name is no day are not gexlake's. */
export async function listTrash(store: FileStore): Promise<TrashDay[]> {
  const days = new Map<string, StoredPath[]>();
  for (const path of await store.list(keptFolders.trash)) {
    const day = trashDayOf(path);
    if (day !== null) days.set(day, [...(days.get(day) ?? []), path]);
  }
  const found = [...days].sort(([left], [right]) => (left < right ? -1 : 1));
  return Promise.all(
    found.map(async ([day, paths]) => {
      const sizes = await Promise.all(paths.map(async (path) => (await store.stat(path))?.size_bytes ?? 0));
      const size_bytes = sizes.reduce((sum, size) => sum + size, 0);
      return { day, path: trashPath(day), files: paths.length, size_bytes };
    }),
  );
}

/** Whether all of a day of the trash is there for longer than it has to be. */
export function isTrashDue(day: string, now_ms: number): boolean {
  const end_ms = Date.parse(`${day}T00:00:00Z`) + day_ms;
  return now_ms - end_ms >= trash_days * day_ms;
}

/** Removes all that was moved into the trash on one day, for good: it goes with the private folder. */
export async function emptyTrash(store: FileStore, day: StoredPath, privateFolder: string): Promise<void> {
  await store.remove([day], { purpose: 'trash', workFolder: privateFolder });
}

/** A path in the trash that nothing has yet; a second thing of the same path and day gets a number. */
async function freePlace({ store, clock }: Trash, path: StoredPath): Promise<StoredPath> {
  const place = trashPath(new Date(clock.now_ms()).toISOString().slice(0, 10), path);
  let target = place;
  for (let count = 2; (await store.stat(target)) !== null; count++) target = parseStoredPath(`${place}~${count}`);
  return target;
}
