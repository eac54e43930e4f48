import { dirname, join } from 'node:path';
import type { DataFolder } from '../core/data-folder.ts';
import type { ErrorReport } from '../core/errors.ts';
import type { Job, ParquetFile } from '../core/job.ts';
import type { Holder, JobLog } from '../joblog/joblog.ts';
import { exists, remove, syncFolder } from '../platform/files.ts';
import { hashFile } from '../staging/staging.ts';

/**
 * Takes back what an attempt has linked into `parquet/` and not committed. Only a file with the very bytes that the intent
 * names goes: whatever else has such a name is somebody else's. Can be done again after a crash, as long as the log still
 * has the intent; so the intent is forgotten only after this.
 */
export async function withdrawIntended(folder: DataFolder, intended: readonly ParquetFile[]): Promise<void> {
  for (const file of intended) {
    const path = join(folder.root, file.path);
    if (!(await exists(path)) || (await hashFile(path)) !== file.checksum) continue;
    await remove('clean:remove', path);
    await syncFolder('publish:sync-folder', dirname(path));
  }
}

/** Withdraws like {@link withdrawIntended}; true where something could not be taken back, so that the intent must stand. */
export async function withdrawIfPossible(folder: DataFolder, intended: readonly ParquetFile[]): Promise<boolean> {
  return withdrawIntended(folder, intended).then(
    () => false,
    () => true,
  );
}

/**
 * Fails what a process held that is gone: takes its jobs over first, so that from there on nobody else can commit or undo
 * them, then withdraws what they had linked, then writes the failure down. Gives the jobs.
 */
export async function failAbandoned(
  log: JobLog,
  folder: DataFolder,
  gone: string,
  holder: Holder,
  error: ErrorReport,
): Promise<Job[]> {
  const jobs = await log.takeOver(gone, holder);
  for (const job of jobs) {
    const intentStands = await withdrawIfPossible(folder, await log.intended(job));
    await remove('clean:remove', join(folder.work, job.id)).catch(() => undefined);
    await log.fail(job, holder, error, { stagedPath: null, intentStands });
  }
  return jobs;
}
