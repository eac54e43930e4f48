import { access, constants, lstat, readFile, stat, statfs, type FileHandle } from 'node:fs/promises';
import { unlessDefect } from '../core/defects.ts';
import { fileError, translate } from './file-errors.ts';
import { openRegular } from './own-places.ts';

export { exists } from './entries.ts';
export type { FileHandle } from 'node:fs/promises';

/** The mode of everything that is kept unchanged: staged, published, superseded, set aside. */
export const readOnlyMode = 0o444;

/** When a file was written last, by the clock of its disk. */
export async function modifiedAt_ms(path: string): Promise<number> {
  return (await translate('look at', path, () => stat(path))).mtimeMs;
}

/** The permission bits of a file. */
export async function modeOf(path: string): Promise<number> {
  return (await translate('look at', path, () => stat(path))).mode & 0o777;
}

/** Whether nobody but its owner may read a file, as far as its system has such rights. A pipe has been read by whoever it was for. */
export async function isPrivate(path: string): Promise<boolean> {
  const { mode } = await translate('look at', path, () => stat(path));
  const isFile = (mode & constants.S_IFMT) === constants.S_IFREG;
  return process.platform === 'win32' || !isFile || (mode & 0o077) === 0;
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
  const found = await Promise.all(paths.map((path) => stat(path, { bigint: true }).catch(unlessDefect(null))));
  return found.map((file) => (file === null ? '-' : `${file.ino}:${file.size}:${file.mtimeNs}`)).join(' ');
}

/** Which file a path leads to, whatever it holds; null where it leads to none. */
export async function identityOf(path: string): Promise<string | null> {
  // What cannot be seen is as good as not there; whoever opens it hears why.
  const found = await stat(path, { bigint: true }).catch(() => null);
  return found === null ? null : `${found.dev}:${found.ino}`;
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

/** The text of a small file, or null where there is none. */
export async function readText(path: string): Promise<string | null> {
  return (await readBytes(path))?.toString('utf8') ?? null;
}

/** The bytes of a small file, or null where there is none. */
export async function readBytes(path: string): Promise<Buffer | null> {
  return unlessMissing(path, async () => {
    const file = await openRegular(path);
    try {
      return await file.readFile();
    } finally {
      await file.close();
    }
  });
}

/** Like {@link readText}, also from a pipe, which a shell may give in the place of a file. */
export async function readTextOrPipe(path: string): Promise<string | null> {
  return unlessMissing(path, () => readFile(path, 'utf8'));
}

async function unlessMissing<T>(path: string, read: () => Promise<T>): Promise<T | null> {
  return read().catch((error: unknown) => {
    const failure = error as NodeJS.ErrnoException;
    if (failure.code === 'ENOENT') return null;
    throw fileError('read', path, failure);
  });
}
