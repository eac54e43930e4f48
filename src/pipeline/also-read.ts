import { dirname, resolve } from 'node:path';
import type { DataFolder } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';
import type { Allowed } from '../db/db.ts';
import { kindSeen, placeOf } from '../platform/places.ts';

/**
 * The files and folders that a user lets a query read beside the lake. Of the data folder only what has no secrets: the URLs of the
 * log, in whatever copy, are shown by its tables alone.
 * @throws USAGE where one is not there, is no regular file or folder, or may not be read
 */
export async function alsoReadable(folder: DataFolder, paths: readonly string[]): Promise<Allowed> {
  const allowed = { files: [] as string[], folders: [] as string[] };
  for (const given of paths) {
    const path = resolve(given);
    const kind = await kindSeen(path);
    if (kind === null) throw refused(given, 'is not there');
    if (kind === 'other') throw refused(given, 'is neither a file nor a folder');
    if (await holds(path, folder.root)) throw refused(given, 'has the data folder in it');
    if (await isSecret(folder, path)) throw refused(given, 'is a part of the data folder that only gexlake reads');
    (kind === 'file' ? allowed.files : allowed.folders).push(path);
  }
  return allowed;
}

/** A folder that has the data folder in it would let in all of it. */
async function holds(path: string, root: string): Promise<boolean> {
  return (await kindSeen(root)) !== null && (await placeOf(root, [path])) !== null;
}

async function isSecret(
  { root, parquet, archive, quarantine, reports, pins }: DataFolder,
  path: string,
): Promise<boolean> {
  // The canonical files lie in a folder of `parquet/`, and nothing else is there.
  return (await placeOf(path, [parquet, dirname(parquet), archive, quarantine, reports, pins, root])) === root;
}

function refused(given: string, why: string): GexlakeError {
  return new GexlakeError('USAGE', `--read ${given}: it ${why}`, {
    details: { path: given },
    hint: 'Name regular files, or folders with such, outside the data folder; in it, of parquet/, archive/, quarantine/, reports/ and pins/.',
  });
}
