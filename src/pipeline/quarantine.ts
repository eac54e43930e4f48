import { join } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { linkNew, makeFolder, makeReadOnly, syncFolder } from '../platform/files.ts';
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
    // A crash behind this leaves the file of a job that is not completed; the next attempt writes the same again.
    await linkNew('quarantine:link', privatePath, join(folder.quarantine, `${jobId}.ndjson`));
  } catch (error) {
    if (!(error instanceof GexlakeError && error.code === 'FILE_EXISTS')) throw error;
  }
  await syncFolder('quarantine:sync-folder', folder.quarantine);
}
