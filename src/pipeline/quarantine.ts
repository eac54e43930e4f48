import { join } from 'node:path';
import type { DataFolder } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';
import { exists, linkNew, makeFolder, makeReadOnly, remove, syncFolder } from '../platform/files.ts';
import type { PipelineContext } from './context.ts';

/** Keeps the records that a job set aside as `quarantine/<job_id>.ndjson`. */
export async function keepQuarantine(
  { folder }: PipelineContext,
  jobId: string,
  privatePath: string | null,
): Promise<void> {
  if (privatePath === null) return;
  await makeFolder('quarantine:folder', folder.quarantine);
  await makeReadOnly('quarantine:write', privatePath);
  try {
    // A crash behind this leaves the file of a job that is not completed, which is discarded with its attempt.
    await linkNew('quarantine:link', privatePath, pathOf(folder, jobId));
  } catch (error) {
    if (!(error instanceof GexlakeError && error.code === 'FILE_EXISTS')) throw error;
  }
  await syncFolder('quarantine:sync-folder', folder.quarantine);
}

/** Removes what an attempt that has published nothing has kept; the source still has these records. */
export async function discardQuarantine(folder: DataFolder, jobId: string): Promise<void> {
  if (!(await exists(pathOf(folder, jobId)))) return;
  await remove('clean:remove', pathOf(folder, jobId));
  await syncFolder('quarantine:sync-folder', folder.quarantine);
}

function pathOf(folder: DataFolder, jobId: string): string {
  return join(folder.quarantine, `${jobId}.ndjson`);
}
