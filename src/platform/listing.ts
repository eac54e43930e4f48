import type { Dirent } from 'node:fs';
import { glob, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { translate } from './file-errors.ts';
import { factsOf, kindOf } from './files.ts';

/** How often a folder is read again of which a part goes while it is read. */
const readings = 10;

/**
 * What a folder holds; nothing where there is none. A part that goes while the folder is read is no reason to tell less than is there,
 * and what may not be read is no empty folder.
 */
async function listed<T>(folder: string, read: () => Promise<T[]>): Promise<T[]> {
  for (let reading = 1; ; reading++) {
    try {
      return await translate('read the folder', folder, read);
    } catch (error) {
      if (!isAbsence(error)) throw error;
      if ((await kindOf(folder)) !== 'folder') return [];
      if (reading === readings) throw error;
    }
  }
}

function isAbsence(error: unknown): boolean {
  const code = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined)?.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The files below a folder as paths relative to it, with `/`, sorted. A missing folder has none. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await listed(folder, () => readdir(folder, { recursive: true, withFileTypes: true }));
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  return paths.map((path) => path.split(sep).join('/')).sort();
}

/** The first file below a folder, relative to it and with `/`, that is asked for; null where there is none. Reads no more folders than it needs. */
export async function findFile(
  folder: string,
  isAsked: (path: string) => Promise<boolean>,
  below = '',
): Promise<string | null> {
  const entries = await listed(join(folder, below), () => readdir(join(folder, below), { withFileTypes: true }));
  const pathOf = ({ name }: Dirent) => (below === '' ? name : `${below}/${name}`);
  for (const entry of entries) if (!entry.isDirectory() && (await isAsked(pathOf(entry)))) return pathOf(entry);
  for (const entry of entries) {
    const inside = entry.isDirectory() ? await findFile(folder, isAsked, pathOf(entry)) : null;
    if (inside !== null) return inside;
  }
  return null;
}

/** Files that were found together, and what is there besides, in words and how often: `named pipe`, `broken link`. */
export type FoundFiles = { readonly paths: readonly string[]; readonly others: ReadonlyMap<string, number> };

/**
 * The regular files below a folder as absolute paths, sorted. Links to files count, links to folders are not followed.
 * @throws SOURCE_TOO_LARGE where there are more than `most`
 */
export async function filesBelow(folder: string, most: number): Promise<FoundFiles> {
  const entries = await translate('read the folder', folder, () =>
    readdir(folder, { recursive: true, withFileTypes: true }),
  );
  return regularFiles(entries, { most, where: folder });
}

/**
 * The regular files that match a pattern (`*`, `?`, `**`, `[…]`, `{…}`), as absolute paths, sorted. A relative one stays so, since
 * the path of the current folder is no pattern.
 */
export async function globFiles(pattern: string, most: number): Promise<FoundFiles> {
  const entries: Dirent[] = [];
  for await (const entry of glob(pattern, { withFileTypes: true, cwd: process.cwd() })) entries.push(entry);
  return regularFiles(entries, { most, where: pattern });
}

async function regularFiles(
  entries: readonly Dirent[],
  { most, where }: { readonly most: number; readonly where: string },
): Promise<FoundFiles> {
  const paths: string[] = [];
  const others = new Map<string, number>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const what = entry.isFile() ? null : await otherKind(entry, path);
    if (what === null) paths.push(path);
    else others.set(what, (others.get(what) ?? 0) + 1);
  }
  if (paths.length > most)
    throw new GexlakeError(
      'SOURCE_TOO_LARGE',
      `${where} has ${paths.length} files, more than the ${most} that are looked at`,
      {
        details: { path: where },
        hint: 'Import its folders one after the other.',
      },
    );
  return { paths: paths.sort(), others };
}

/** What an entry is that is no regular file, in words; null where it is a link to one. */
async function otherKind(entry: Dirent, path: string): Promise<string | null> {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFIFO()) return 'named pipe';
  if (entry.isSocket()) return 'socket';
  if (!entry.isSymbolicLink()) return 'device';
  const kind = await kindOf(path);
  if (kind === 'file') return null;
  if (kind === null) return 'broken link';
  return kind === 'folder' ? 'linked folder' : 'linked special file';
}

/** The names of the folders in a folder; a missing folder has none. */
export async function listFolders(folder: string): Promise<string[]> {
  const entries = await listed(folder, () => readdir(folder, { withFileTypes: true }));
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** The names of all that lies in a folder; a missing folder has nothing. */
export async function listNames(folder: string): Promise<string[]> {
  return listed(folder, () => readdir(folder));
}

/** The bytes of all files in a folder and below, links not followed; 0 where there is none. What goes meanwhile has none. */
export async function sizeOfFolder(path: string): Promise<number> {
  let total = 0;
  for (const file of await listFiles(path)) total += (await factsOf(join(path, file)))?.size_bytes ?? 0;
  return total;
}
