import { unlessDefect } from '../core/defects.ts';
import type { ErrorReport } from '../core/errors.ts';
import type { ImportResult, Job } from '../core/job.ts';
import { parseStoredPath, type StoredPath } from '../core/stored-path.ts';
import { takenOver, type Holder, type Intended, type JobLog } from '../joblog/joblog.ts';
import { isSwapDone, undoSwap, type Recorded } from '../publish/publish.ts';
import type { FileStore } from '../store/store.ts';
import { closeAttemptFolder, seizeAttemptFolder } from './attempt-folder.ts';
import type { PipelineContext } from './context.ts';
import { discardQuarantine } from './quarantine.ts';
import { resultFromLog, toResult } from './results.ts';

/** The change under `parquet/` that a recorded intent speaks of. */
function swapOf({ placed, retired }: Intended): Recorded {
  return {
    placements: placed.map(({ path, checksum }) => ({
      path,
      checksum,
      replaces: retired.find((file) => file.path === path)?.checksum ?? null,
    })),
    retirements: retired.map(({ path, checksum, archive_path }) => ({
      path,
      checksum,
      archivePath: parseStoredPath(archive_path ?? ''),
    })),
  };
}

export type Withdrawal = {
  readonly store: FileStore;
  readonly job: Job;
  readonly intended: Intended;
  /** The private folder of the one who takes back. */
  readonly workFolder: string;
};

/**
 * Takes back what an attempt has changed under `parquet/` and not committed. Only a file with the very bytes that the intent
 * names goes: whatever else has such a name is somebody else's. Can be done again after a crash, as long as the log still
 * has the intent; so the intent is forgotten only after this. The records that it set aside go, too.
 */
export async function withdrawIntended({ store, job, intended, workFolder }: Withdrawal): Promise<void> {
  await undoSwap(store, swapOf(intended), workFolder);
  await discardQuarantine(store, job.id, workFolder);
}

/**
 * Takes back the intent of an attempt of this job that was killed or failed, where its files could not be taken back then.
 * `onIntent` hears when there is one, and when it is gone.
 */
export async function undoEarlierAttempt(
  { log, holder, store }: PipelineContext,
  job: Job,
  { workFolder, onIntent }: { readonly workFolder: string; readonly onIntent: (stands: boolean) => void },
): Promise<void> {
  if (job.attempts < 2) return;
  const intended = await log.attempts.intended(job);
  if (intended.placed.length + intended.retired.length === 0) return;
  onIntent(true);
  await withdrawIntended({ store, job, intended, workFolder });
  await log.attempts.forgetIntended(job, holder);
  onIntent(false);
}

/** Withdraws like {@link withdrawIntended}; true where something could not be taken back, so that the intent must stand. */
async function withdrawIfPossible(withdrawal: Withdrawal): Promise<boolean> {
  return withdrawIntended(withdrawal).then(
    () => false,
    () => true,
  );
}

/** Why an attempt failed, what it leaves, and the private folder that it has. */
type LeftBehind = {
  readonly error: ErrorReport;
  readonly stagedPath: StoredPath | null;
  readonly keepsSource: boolean;
  readonly mayBeVisible: boolean;
  readonly workFolder: string;
};

/**
 * Ends a failed attempt in the log. What it has made visible and not committed is taken back before the log forgets about it; as
 * long as it is not known whether the job is still this attempt's, nothing is removed and the intent stands. Null where the log
 * now says that it failed; else what has become of it: an ending can fail and have happened, and a job that is somebody else's by
 * now is told as that, whatever its attempt has met by it.
 */
export async function failAttempt(
  { log, holder, store }: PipelineContext,
  job: Job,
  { error, ...left }: LeftBehind,
): Promise<ImportResult | null> {
  if (error.code === 'JOB_TAKEN_OVER') return null;
  const found = await log.jobs.story(job.id).catch(unlessDefect(null));
  if (found !== null && found.status !== 'started' && found.status !== 'pending') return resultFromLog(found, error);
  if (found !== null && (found.owner !== holder.owner || found.attempts !== job.attempts))
    return toResult(job, { status: 'failed', error: takenOver(job.id).report() });
  const intended =
    left.mayBeVisible && found !== null ? await log.attempts.intended(job).catch(unlessDefect(null)) : null;
  const { workFolder, mayBeVisible } = left;
  const intentStands =
    mayBeVisible && (intended === null || (await withdrawIfPossible({ store, job, intended, workFolder })));
  const { stagedPath, keepsSource } = left;
  await log.attempts.fail(job, holder, { error, left: { stagedPath, keepsSource, intentStands } });
  return null;
}

/** Whether all that a recorded intent names is in place or gone, so that only the commit in the log is missing. */
export async function isInPlace(store: FileStore, intended: Intended): Promise<boolean> {
  return intended.placed.length + intended.retired.length > 0 && isSwapDone(store, swapOf(intended));
}

/**
 * Fails what a process held that is gone: takes its jobs over first, so that from there on nobody else can commit or undo
 * them, then withdraws what they had linked, then writes the failure down. Gives the jobs.
 */
export async function failAbandoned(
  {
    log,
    folder,
    store,
  }: Pick<PipelineContext, 'folder' | 'store'> & { readonly log: Pick<JobLog, 'attempts' | 'recovery'> },
  { gone, holder, error }: { readonly gone: string; readonly holder: Holder; readonly error: ErrorReport },
): Promise<Job[]> {
  const jobs = await log.recovery.takeOver(gone, holder);
  for (const job of jobs) {
    const intended = await log.attempts.intended(job);
    const intentStands = await takeBack({ folder, store }, job, intended).then(
      () => false,
      () => true,
    );
    await log.attempts.fail(job, holder, { error, left: { stagedPath: null, intentStands } });
  }
  return jobs;
}

/** Takes back what a process has left that had this job; should it live after all, it can change nothing any more. */
async function takeBack(
  { folder, store }: Pick<PipelineContext, 'folder' | 'store'>,
  job: Job,
  intended: Intended,
): Promise<void> {
  const workFolder = await seizeAttemptFolder(folder, job);
  await withdrawIntended({ store, job, intended, workFolder });
  await closeAttemptFolder(folder, job, workFolder);
}
