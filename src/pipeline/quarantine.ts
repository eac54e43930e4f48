import { dirname, join } from 'node:path';
import type { DataFolder } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';
import type { JobNote } from '../joblog/joblog.ts';
import { hashFile } from '../platform/checksum.ts';
import { exists, linkNew, makeFolder, makeReadOnly, syncFolder, takeAway } from '../platform/files.ts';
import type { PipelineContext } from './context.ts';

/** Keeps the records that an attempt at a job set aside as `quarantine/<job_id>.ndjson`; gives what the log is to note about it. */
export async function keepQuarantine(
  { folder }: PipelineContext,
  jobId: string,
  privatePath: string | null,
): Promise<JobNote[]> {
  if (privatePath === null) return [];
  const kept = pathOf(folder, jobId);
  const checksum = await hashFile(privatePath);
  await makeFolder('quarantine:folder', folder.quarantine);
  await makeReadOnly('quarantine:write', privatePath);
  try {
    // A crash behind this leaves the file of a job that is not completed, which is discarded with its attempt.
    await linkNew('quarantine:link', privatePath, kept);
  } catch (error) {
    if (!(error instanceof GexlakeError && error.code === 'FILE_EXISTS')) throw error;
    // What an earlier attempt has left of a source that was different then.
    if ((await hashFile(kept)) !== checksum) {
      await takeAway('quarantine:link', kept, dirname(privatePath));
      await linkNew('quarantine:link', privatePath, kept);
    }
  }
  await syncFolder('quarantine:sync-folder', folder.quarantine);
  return [{ event: 'quarantined', detail: `quarantine/${jobId}.ndjson, sha256 ${checksum}` }];
}

/** Removes what an attempt that has published nothing has kept; the source still has these records. */
export async function discardQuarantine(folder: DataFolder, jobId: string, workFolder: string): Promise<void> {
  if (!(await exists(pathOf(folder, jobId)))) return;
  await takeAway('clean:remove', pathOf(folder, jobId), workFolder);
  await syncFolder('quarantine:sync-folder', folder.quarantine);
}

function pathOf(folder: DataFolder, jobId: string): string {
  return join(folder.quarantine, `${jobId}.ndjson`);
}
