import { isDefect } from '../core/defects.ts';
import { GexlakeError } from '../core/errors.ts';
import { describeMount, mountOf } from './mounts.ts';

/** Puts a failure of `act` into words. */
export async function translate<T>(verb: string, path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof GexlakeError || isDefect(error)
      ? error
      : fileError(verb, path, error as NodeJS.ErrnoException);
  }
}

/** A failed call of the file system in words: what could not be done, to which path, and what a person can do about it. */
export function fileError(verb: string, path: string, error: NodeJS.ErrnoException): GexlakeError {
  const options = (hint: string) => ({ details: { path }, cause: error, hint });
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new GexlakeError(
        'DISK_FULL',
        `no space left to ${verb} ${path}`,
        options('Free space on that disk, then retry the job.'),
      );
    case 'EROFS':
      return new GexlakeError(
        'FOLDER_NOT_WRITABLE',
        `cannot ${verb} ${path}: its file system is read-only${whereOf(path)}`,
        options('Mount it for writing, or give another data folder. What only reads works there as it is.'),
      );
    case 'EACCES':
    case 'EPERM':
      return new GexlakeError(
        'FOLDER_NOT_WRITABLE',
        `not allowed to ${verb} ${path} (${error.code})${whereOf(path)}`,
        options(
          'Give this user the right to it, then retry the job. `gexlake doctor` shows what the file system of the data folder can do.',
        ),
      );
    case 'EEXIST':
      return new GexlakeError(
        'FILE_EXISTS',
        `cannot ${verb} ${path}: the name is taken`,
        options('gexlake never replaces a file. Move the other file away, then retry the job.'),
      );
    case 'EFTYPE':
      return new GexlakeError('FILE_SYSTEM', `${path} ${error.message}`, options('Put the file back, then try again.'));
    case 'EXDEV':
      return new GexlakeError(
        'FILE_SYSTEM',
        `cannot ${verb} ${path}: it is on another file system than the rest of the data folder`,
        options('Keep the whole data folder on one file system.'),
      );
    default:
      return new GexlakeError(
        'FILE_SYSTEM',
        `cannot ${verb} ${path} (${error.code ?? error.message})${whereOf(path)}`,
        options(
          'Check the disk and the path, then retry the job. `gexlake doctor` shows what the file system of the data folder can do.',
        ),
      );
  }
}

/** The file system of a path, for a message about it. */
function whereOf(path: string): string {
  const mount = mountOf(path);
  return mount === null ? '' : `, on ${describeMount(mount)}`;
}
