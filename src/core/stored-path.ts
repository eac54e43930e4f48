import { GexlakeError } from './errors.ts';

declare const storedPath: unique symbol;

/**
 * Where a kept file lies: relative to the data folder, with `/`, and never outside it. Names stay as they came: what Unicode counts as
 * equal may be two files.
 */
export type StoredPath = string & { readonly [storedPath]: true };

/** @throws PATH_INVALID for what is no such path */
export function parseStoredPath(text: string): StoredPath {
  if (isStoredPath(text)) return text;
  throw new GexlakeError('PATH_INVALID', `${JSON.stringify(text)} is no path in the data folder`, {
    details: { path: text },
    hint: 'Nothing was read or changed. Give a path in the data folder, as `gexlake jobs show` prints it.',
  });
}

export function isStoredPath(text: string): text is StoredPath {
  return !text.includes('\0') && text.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** A file or folder in a folder of kept files. */
export function inFolder(folder: StoredPath, name: string): StoredPath {
  return parseStoredPath(`${folder}/${name}`);
}

/** The folder that a file lies in. @throws PATH_INVALID for what lies in the data folder itself */
export function folderOf(path: StoredPath): StoredPath {
  return parseStoredPath(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
}

/** The last part of a path. */
export function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
