import { lstat, open, readlink, stat, type FileHandle } from 'node:fs/promises';
import { constants, type Stats } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import type { DataFolder } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';

/*
 * What is no file where a file belongs, and no folder of ours where one belongs. A FIFO lets whoever opens it wait for ever, and what
 * is done below a link happens somewhere else.
 */

/** What a directory entry is that is no regular file, in words. */
function kindOfEntry(entry: Pick<Stats, 'isDirectory' | 'isFIFO' | 'isSocket' | 'isSymbolicLink' | 'isFile'>): string {
  if (entry.isFile()) return 'a file';
  if (entry.isDirectory()) return 'a folder';
  if (entry.isFIFO()) return 'a FIFO (named pipe)';
  if (entry.isSocket()) return 'a socket';
  return entry.isSymbolicLink() ? 'a link' : 'a device';
}

/**
 * Opens a regular file for reading, through links. Whatever else it is, is told at once, and neither waited for nor opened.
 * @throws an error with the code EFTYPE, or of the system
 */
export async function openRegular(path: string): Promise<FileHandle> {
  mustBeRegular(await stat(path));
  // It may have become something else since; opened like this not even a FIFO is waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    mustBeRegular(await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

function mustBeRegular(found: Stats): void {
  if (found.isFile()) return;
  throw Object.assign(new Error(`is ${kindOfEntry(found)}, not a regular file`), { code: 'EFTYPE' });
}

async function entryAt(path: string): Promise<Stats | null> {
  return lstat(path).catch((error: unknown) => {
    // What cannot be looked at is told by whoever tries to use it.
    if (error instanceof Error) return null;
    throw error;
  });
}

/** Makes sure that a database is a regular file, with its journal, or not there yet. Otherwise the engine could wait for ever. @throws PLACE_TAKEN */
export async function mustBeDatabaseFile(path: string): Promise<void> {
  for (const place of [path, `${path}.wal`]) {
    const found = await entryAt(place);
    if (found !== null && !found.isFile()) throw await placeTaken(place, found, 'the file');
  }
}

/**
 * Makes sure that all the places of a data folder are folders and files of its own, or not there yet. The data folder itself may be
 * reached through links. @throws PLACE_TAKEN
 */
export async function mustBeOwn(folder: DataFolder): Promise<void> {
  const { root: _, history, engine, ...folders } = folder;
  for (const place of [dirname(folder.source), dirname(folder.parquet), ...Object.values(folders)])
    await mustBeOwnFolder(place);
  for (const place of [history, engine]) await mustBeDatabaseFile(place);
}

/** Makes sure that a place of a data folder is a folder, or not there yet. @throws PLACE_TAKEN */
export async function mustBeOwnFolder(place: string): Promise<void> {
  const found = await entryAt(place);
  if (found !== null && !found.isDirectory()) throw await placeTaken(place, found, 'the folder');
}

/** The data folder that this process writes into. */
let guarded: string | null = null;

/** From now on nothing in the data folder is written, moved or removed below a link. */
export function guardDataFolder(root: string): void {
  guarded = root;
}

/** Makes sure that what is done to a path in the data folder happens there, and not where a folder on the way to it leads. @throws PLACE_TAKEN */
export async function mustBeInPlace(path: string): Promise<void> {
  if (guarded === null) return;
  const inside = relative(guarded, dirname(path));
  if (inside === '' || inside.startsWith('..')) return;
  let place = guarded;
  for (const name of inside.split(sep)) {
    place = join(place, name);
    const found = await entryAt(place);
    // What is not there will be made by us.
    if (found === null) return;
    if (!found.isDirectory()) throw await placeTaken(place, found, 'a folder');
  }
}

const linkHint =
  'Put what it leads to into its place; to have the data on another disk, move or link the data folder as a whole.';

async function placeTaken(path: string, found: Stats, expected: string): Promise<GexlakeError> {
  const target = found.isSymbolicLink() ? await readlink(path).catch(unlessDefect(null)) : null;
  const what = `${kindOfEntry(found)}${target === null ? '' : ` to ${target}`}`;
  return new GexlakeError('PLACE_TAKEN', `${path} is ${what}, where ${expected} of gexlake's own belongs`, {
    details: { path },
    hint: `Nothing was written or deleted. ${found.isSymbolicLink() ? linkHint : 'Move it away, then try again.'}`,
  });
}
