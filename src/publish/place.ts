import { dirname, join } from 'node:path';
import type { ParquetFile } from '../core/job.ts';
import type { PrivateFile } from '../core/journey.ts';
import { linkNew, makeFolder, makeReadOnly, remove, syncFolder } from '../platform/files.ts';

/**
 * Gives the private files their names under `parquet/`. Called between the recorded intent and the commit: a crash right
 * here leaves whole, read-only files that the intent explains. After an error, what was linked is taken back.
 */
export async function placeFiles(
  dataFolder: string,
  privateFiles: readonly PrivateFile[],
  intended: readonly ParquetFile[],
): Promise<void> {
  const placed: string[] = [];
  try {
    for (const [at, file] of privateFiles.entries()) {
      const target = join(dataFolder, intended[at]?.path ?? '');
      await makeFolder('publish:folder', dirname(target));
      await makeReadOnly('publish:read-only', file.path);
      await linkNew('publish:link', file.path, target);
      placed.push(target);
    }
    for (const folder of new Set(placed.map(dirname))) await syncFolder('publish:sync-folder', folder);
  } catch (error) {
    for (const target of placed) await remove('clean:remove', target);
    throw error;
  }
}

/** Removes what {@link placeFiles} linked, for files that were never committed. */
export async function unplaceFiles(dataFolder: string, intended: readonly ParquetFile[]): Promise<void> {
  for (const { path } of intended) await remove('clean:remove', join(dataFolder, path));
}
