import { dirname, join } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { hashFile } from '../platform/checksum.ts';
import { exists, linkNew, listFiles, makeFolder, remove, sizeOf, syncFolder } from '../platform/files.ts';
import type { GovernContext } from './context.ts';

/*
 * What commands that govern remove goes to `.trash/<day>/<path>` first, with its path of the data folder below the day (UTC) on
 * which it went, and is deleted some days later. To take something back, move it.
 */

/** One file in the trash. `path` is where it lies now, `original` where it lay, both relative to the data folder. */
export type TrashedFile = {
  readonly path: string;
  readonly original: string;
  /** `YYYY-MM-DD`: its age counts from here, and not from file times, which a copy changes. */
  readonly day: string;
  readonly size_bytes: number;
};

type TrashContext = Pick<GovernContext, 'folder' | 'clock'>;

const trash = '.trash';
const day_ms = 86_400_000;

/**
 * Moves a file into the trash and gives its path there. Nothing is replaced: a second file of the same path and day gets a number.
 * A crash leaves the file under its own name, in the trash, or under both; doing it again is fine.
 */
export async function moveToTrash({ folder, clock }: TrashContext, path: string): Promise<string> {
  const from = join(folder.root, path);
  const day = new Date(clock.now_ms()).toISOString().slice(0, 10);
  const target = await linkIntoTrash(folder.root, from, `${trash}/${day}/${path}`);
  await syncFolder('trash:sync-folder', dirname(join(folder.root, target)));
  // Only now that the file is durable under its name in the trash.
  await remove('trash:remove', from);
  await syncFolder('trash:sync-folder', dirname(from));
  return target;
}

async function linkIntoTrash(root: string, from: string, wanted: string): Promise<string> {
  await makeFolder('trash:folder', dirname(join(root, wanted)));
  for (let copy = 1; ; copy++) {
    const target = copy === 1 ? wanted : `${wanted}.${copy}`;
    try {
      await linkNew('trash:link', from, join(root, target));
      return target;
    } catch (error) {
      if (!(error instanceof GexlakeError && error.code === 'FILE_EXISTS')) throw error;
      // An earlier try that was killed after it had linked the file: the same bytes are the same file.
      if ((await hashFile(join(root, target))) === (await hashFile(from))) return target;
    }
  }
}

/** All files in the trash, oldest first. */
export async function trashedFiles({ folder }: Pick<TrashContext, 'folder'>): Promise<TrashedFile[]> {
  const found: TrashedFile[] = [];
  for (const name of await listFiles(folder.trash)) {
    const [, day, original] = /^(\d{4}-\d{2}-\d{2})\/(.+)$/.exec(name) ?? [];
    if (day === undefined || original === undefined) continue;
    found.push({ path: `${trash}/${name}`, original, day, size_bytes: await sizeOf(join(folder.trash, name)) });
  }
  return found;
}

/** Whether a trashed file has been there for more than `days` whole days. */
export function isExpired({ day }: TrashedFile, now_ms: number, days: number): boolean {
  return now_ms - Date.parse(`${day}T00:00:00Z`) >= (days + 1) * day_ms;
}

/** Deletes a trashed file for good, and its day's folders that are empty then. */
export async function deleteTrashed({ folder }: Pick<TrashContext, 'folder'>, { path }: TrashedFile): Promise<void> {
  await remove('trash:delete', join(folder.root, path));
  for (let below = dirname(path); below !== '.'; below = dirname(below)) {
    const empty = join(folder.root, below);
    if (!(await exists(empty)) || (await listFiles(empty)).length > 0) break;
    await remove('trash:delete', empty);
  }
}
