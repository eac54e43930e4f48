import { dirname, join } from 'node:path';
import type { ParquetFile } from '../core/job.ts';
import type { PrivateFile } from '../core/journey.ts';
import { linkNew, makeFolder, makeReadOnly, syncFolder } from '../platform/files.ts';

/**
 * Gives the private files their names under `parquet/`. Called between the recorded intent and the commit: a crash or an
 * error right here leaves whole, read-only files that the intent explains, and by it they are taken back.
 */
export async function placeFiles(
  dataFolder: string,
  privateFiles: readonly PrivateFile[],
  intended: readonly ParquetFile[],
): Promise<void> {
  const folders = new Set<string>();
  for (const [at, file] of privateFiles.entries()) {
    const target = join(dataFolder, intended[at]?.path ?? '');
    await makeFolder('publish:folder', dirname(target));
    await makeReadOnly('publish:read-only', file.path);
    await linkNew('publish:link', file.path, target);
    folders.add(dirname(target));
  }
  for (const folder of folders) await syncFolder('publish:sync-folder', folder);
}
