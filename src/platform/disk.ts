import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, link, lstat, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import { fileError } from './file-errors.ts';

/** What the disk of a folder can do, as it was tried; null where it was not. */
export type DiskTraits = {
  readonly links: boolean;
  readonly modes: boolean;
  /** Whether a file can take the name of another one in one act. */
  readonly replaces: boolean;
  readonly case_sensitive: boolean;
  readonly file_sync: boolean | null;
  readonly folder_sync: boolean | null;
};

const known = new Map<string, Promise<DiskTraits>>();

/**
 * Tries what the disk of a folder can do, with a few small files that are removed again; once in a process, as long as it can be written. Takes less than a
 * millisecond on a local disk. Syncs, which may take many, are tried by {@link probeSyncs} only.
 * @throws FOLDER_NOT_WRITABLE, DISK_FULL, FILE_SYSTEM where nothing can be written at all
 */
export async function probeDisk(folder: string): Promise<DiskTraits> {
  // Linux remounts a disk with errors for reading only: what was found out before holds no longer.
  const stillWritable = await works(() => access(folder, constants.W_OK));
  const probed = (stillWritable ? known.get(folder) : undefined) ?? probe(folder);
  known.set(folder, probed);
  return probed;
}

async function probe(folder: string): Promise<DiskTraits> {
  const names = ['a', 'b', 'c', 'C'].map((end) =>
    join(folder, `.gexlake-probe-${randomBytes(6).toString('hex')}${end}`),
  );
  const [one = '', two = '', three = ''] = names;
  const other = `${three.slice(0, -1)}C`;
  try {
    for (const path of [one, three]) await (await open(path, 'wx', 0o600)).close();
    await chmod(one, 0o444).catch(unlessDefect(undefined));
    return {
      modes: ((await lstat(one)).mode & 0o777) === 0o444,
      links: await works(() => link(one, two)),
      case_sensitive: !(await works(() => lstat(other))),
      replaces: await works(() => rename(one, three)),
      file_sync: null,
      folder_sync: null,
    };
  } catch (error) {
    known.delete(folder);
    throw fileError('write into', folder, error as NodeJS.ErrnoException);
  } finally {
    for (const path of [one, two, three]) await rm(path, { force: true }).catch(unlessDefect(undefined));
  }
}

/** {@link probeDisk}, and whether files and folders can be brought to the disk. */
export async function probeSyncs(folder: string): Promise<DiskTraits> {
  const traits = await probeDisk(folder);
  const path = join(folder, `.gexlake-probe-${randomBytes(6).toString('hex')}`);
  try {
    return {
      ...traits,
      file_sync: await works(() => synced(path, 'wx')),
      folder_sync: await works(() => synced(folder, 'r')),
    };
  } finally {
    await rm(path, { force: true }).catch(unlessDefect(undefined));
  }
}

async function synced(path: string, flags: string): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function works(act: () => Promise<unknown>): Promise<boolean> {
  return act().then(
    () => true,
    () => false,
  );
}
