import { mkdirSync, rmSync, statSync, type Dirent } from 'node:fs';
import {
  access,
  constants,
  glob,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  rmdir,
  stat,
  statfs,
  type FileHandle,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { syncPath } from './entries.ts';
import { fileError, translate } from './file-errors.ts';
import { labelled } from './labelled.ts';
import { openRegular } from './own-places.ts';
import { copyInto } from './copying.ts';
import { isUnknownHere, setMode } from './modes.ts';
import { usersMode } from './new-files.ts';
import type { Step } from './steps.ts';

export { exists } from './entries.ts';
export type { FileHandle } from 'node:fs/promises';

/** The mode of everything that is kept unchanged: staged, published, superseded, set aside. */
export const readOnlyMode = 0o444;

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
  const folder = await mkdtemp(join(tmpdir(), prefix)).catch(() => null);
  const removeNow = () => {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', removeNow);
  try {
    return await act(folder);
  } finally {
    process.off('exit', removeNow);
    if (folder !== null) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** The folders from `first` down to `last`. */
function between(first: string, last: string): string[] {
  const found: string[] = [];
  for (let at = last; at.length >= first.length; at = dirname(at)) found.unshift(at);
  return found;
}

/** Opens a new private file for writing; an existing one is an error. A crash leaves a stray part file, never a visible one. */
export async function openPart(step: Step, path: string, mode = 0o600): Promise<FileHandle> {
  return labelled(step, 'create', path, () => open(path, 'wx', mode));
}

export async function writeAll(step: Step, file: FileHandle, path: string, bytes: Uint8Array): Promise<void> {
  await labelled(step, 'write', path, async () => {
    for (let done = 0; done < bytes.byteLength;) {
      const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done);
      done += bytesWritten;
    }
  });
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

/** Makes a finished file read-only before it becomes visible. */
export async function makeReadOnly(step: Step, path: string): Promise<void> {
  await labelled(step, 'make read-only', path, async () => setMode(path, readOnlyMode));
}

/** Gives a private file the rights that it has once it is visible. */
export async function giveMode(step: Step, path: string, mode: number): Promise<void> {
  await labelled(step, 'set the rights of', path, async () => setMode(path, mode));
}

/** When a file was written last, by the clock of its disk. */
export async function modifiedAt_ms(path: string): Promise<number> {
  return (await translate('look at', path, () => stat(path))).mtimeMs;
}

/** The permission bits of a file. */
export async function modeOf(path: string): Promise<number> {
  return (await translate('look at', path, () => stat(path))).mode & 0o777;
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

/** Removes a file or a folder with all in it; nothing there is fine. */
export async function remove(step: Step, path: string): Promise<void> {
  await labelled(step, 'remove', path, () => rm(path, { recursive: true, force: true }));
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

/** Opens a regular file, through links; anything else is told at once and not waited for. */
export async function openToRead(path: string): Promise<FileHandle> {
  return translate('open', path, () => openRegular(path));
}

/** Reads up to `length` bytes at `position` into `target` at `offset`; fewer only at the end of the file. */
export async function readInto(
  file: FileHandle,
  target: Uint8Array,
  offset: number,
  length: number,
  position: number,
): Promise<number> {
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(target, offset + done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** A file's bytes from start to end, in blocks of their own of up to 1 MiB. */
export async function* fileBlocks(path: string): AsyncGenerator<Uint8Array, void, void> {
  const file = await openToRead(path);
  try {
    for (let position = 0; ;) {
      const block = Buffer.allocUnsafe(1024 ** 2);
      const length = await readInto(file, block, 0, block.byteLength, position);
      if (length === 0) return;
      position += length;
      yield block.subarray(0, length);
    }
  } finally {
    await file.close();
  }
}

export async function sizeOf(path: string): Promise<number> {
  return (await translate('look at', path, () => stat(path))).size;
}

/** What a directory entry says of a file, links not followed. `mode` has the permission bits only. */
export type FileFacts = { readonly isFile: boolean; readonly mode: number; readonly size_bytes: number };

/** Looks at a file without opening it; null where there is none. */
export async function factsOf(path: string): Promise<FileFacts | null> {
  return lstat(path).then(
    (found) => ({ isFile: found.isFile(), mode: found.mode & 0o7777, size_bytes: found.size }),
    (error: unknown) => {
      const failure = error as NodeJS.ErrnoException;
      if (failure.code === 'ENOENT' || failure.code === 'ENOTDIR') return null;
      throw fileError('look at', path, failure);
    },
  );
}

/** Makes sure that files can be made in a folder. @throws FOLDER_NOT_WRITABLE, FILE_SYSTEM */
export async function mustBeWritable(folder: string): Promise<void> {
  await translate('write into', folder, () => access(folder, constants.W_OK | constants.X_OK));
}

/** Bytes that this user may still write on the disk of a path. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await translate('look at', path, () => statfs(path));
  return bavail * bsize;
}

/** When a file or folder was last changed, by the wall clock; null where there is none. */
export async function changedAt_ms(path: string): Promise<number | null> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );
}

/** Something that differs whenever any of these files has been written or replaced; a missing file counts, too. */
export async function signatureOf(paths: readonly string[]): Promise<string> {
  const found = await Promise.all(paths.map((path) => stat(path, { bigint: true }).catch(() => null)));
  return found.map((file) => (file === null ? '-' : `${file.ino}:${file.size}:${file.mtimeNs}`)).join(' ');
}

/** The files below a folder as paths relative to it, with `/`, sorted. A missing folder has none. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  return paths.map((path) => path.split(sep).join('/')).sort();
}

/** What a path leads to, links followed; null where it leads to nothing. */
export async function kindOf(path: string): Promise<'file' | 'folder' | 'other' | null> {
  const found = await stat(path).catch((error: unknown) => {
    const failure = error as NodeJS.ErrnoException;
    // A text that is no path at all, such as one with a NUL or longer than a name may be, leads to nothing.
    const isNothing = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ERR_INVALID_ARG_VALUE'];
    if (isNothing.includes(failure.code ?? '')) return null;
    throw fileError('look at', path, failure);
  });
  if (found === null) return null;
  if (found.isDirectory()) return 'folder';
  return found.isFile() ? 'file' : 'other';
}

/** The first bytes of a regular file, fewer where it is shorter. */
export async function headOf(path: string, bytes: number): Promise<Uint8Array> {
  const file = await openToRead(path);
  try {
    const head = new Uint8Array(bytes);
    return head.subarray(0, await readInto(file, head, 0, bytes, 0));
  } finally {
    await file.close();
  }
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
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** The names of all that lies in a folder; a missing folder has nothing. */
export async function listNames(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** The text of a small file, or null where there is none. */
export async function readText(path: string): Promise<string | null> {
  return textOrNull(path, async () => {
    const file = await openRegular(path);
    try {
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  });
}

/** Like {@link readText}, also from a pipe, which a shell may give in the place of a file. */
export async function readTextOrPipe(path: string): Promise<string | null> {
  return textOrNull(path, () => readFile(path, 'utf8'));
}

async function textOrNull(path: string, read: () => Promise<string>): Promise<string | null> {
  return read().catch((error: unknown) => {
    const failure = error as NodeJS.ErrnoException;
    if (failure.code === 'ENOENT') return null;
    throw fileError('read', path, failure);
  });
}
