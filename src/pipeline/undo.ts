import { join } from 'node:path';
import type { DataFolder } from '../core/data-folder.ts';
import type { ErrorReport } from '../core/errors.ts';
import type { ImportResult, Job } from '../core/job.ts';
import type { Holder, Intended, JobLog } from '../joblog/joblog.ts';
import { remove } from '../platform/files.ts';
import { isSwapDone, undoSwap, type Swap } from '../publish/publish.ts';
import type { PipelineContext } from './context.ts';
import { discardQuarantine } from './quarantine.ts';
import { resultFromLog } from './results.ts';

/** The change under `parquet/` that a recorded intent speaks of. */
function swapOf({ placed, retired }: Intended): Swap {
  return {
    placements: placed.map(({ path, checksum }) => ({
      privatePath: '',
      path,
      checksum,
      replaces: retired.find((file) => file.path === path)?.checksum ?? null,
    })),
    retirements: retired.map(({ path, checksum, archive_path }) => ({
      path,
      checksum,
      archivePath: archive_path ?? '',
    })),
  };
}

/**
 * Takes back what an attempt has changed under `parquet/` and not committed. Only a file with the very bytes that the intent
 * names goes: whatever else has such a name is somebody else's. Can be done again after a crash, as long as the log still
 * has the intent; so the intent is forgotten only after this. The records that it set aside go, too.
 */
export async function withdrawIntended(folder: DataFolder, jobId: string, intended: Intended): Promise<void> {
  await undoSwap(folder.root, swapOf(intended), join(folder.work, jobId));
  await discardQuarantine(folder, jobId);
}

/**
 * Takes back the intent of an attempt of this job that was killed or failed, where its files could not be taken back then.
 * `onIntent` hears when there is one, and when it is gone.
 */
export async function undoEarlierAttempt(
  { log, holder, folder }: PipelineContext,
  job: Job,
  onIntent: (stands: boolean) => void = () => undefined,
): Promise<void> {
  if (job.attempts < 2) return;
  const intended = await log.intended(job);
  if (intended.placed.length + intended.retired.length === 0) return;
  onIntent(true);
  await withdrawIntended(folder, job.id, intended);
  await log.forgetIntended(job, holder);
  onIntent(false);
}

/** Withdraws like {@link withdrawIntended}; true where something could not be taken back, so that the intent must stand. */
async function withdrawIfPossible(folder: DataFolder, jobId: string, intended: Intended): Promise<boolean> {
  return withdrawIntended(folder, jobId, intended).then(
    () => false,
    () => true,
  );
}

/**
 * Ends a failed attempt in the log. What it has made visible and not committed is taken back before the log forgets about it; as
 * long as it is not known whether the job is still this process's, nothing is removed and the intent stands. Null where the log
 * now says that it failed, or the job is somebody else's; else what has become of it: an ending can fail and have happened.
 */
export async function failAttempt(
  { log, holder, folder }: PipelineContext,
  job: Job,
  error: ErrorReport,
  left: { readonly stagedPath: string | null; readonly mayBeVisible: boolean },
): Promise<ImportResult | null> {
  if (error.code === 'JOB_TAKEN_OVER') return null;
  const found = await log.story(job.id).catch(() => null);
  if (found !== null && found.status !== 'started') return resultFromLog(found, error);
  if (found !== null && found.owner !== holder.owner) return null;
  const intended = left.mayBeVisible && found !== null ? await log.intended(job).catch(() => null) : null;
  const intentStands = left.mayBeVisible && (intended === null || (await withdrawIfPossible(folder, job.id, intended)));
  await log.fail(job, holder, error, { stagedPath: left.stagedPath, intentStands });
  return null;
}

/** Whether all that a recorded intent names is in place or gone, so that only the commit in the log is missing. */
export async function isInPlace(folder: DataFolder, intended: Intended): Promise<boolean> {
  return intended.placed.length + intended.retired.length > 0 && isSwapDone(folder.root, swapOf(intended));
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
    const intentStands = await withdrawIfPossible(folder, job.id, await log.intended(job));
    await remove('clean:remove', join(folder.work, job.id)).catch(() => undefined);
    await log.fail(job, holder, error, { stagedPath: null, intentStands });
  }
  return jobs;
}
