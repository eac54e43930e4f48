import { join } from 'node:path';
import { GexlakeError, toGexlakeError, type ErrorReport } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import type { Intended } from '../joblog/joblog.ts';
import { listFolders } from '../platform/listing.ts';
import { remove } from '../platform/work-files.ts';
import { clearAttemptFolders, closeAttemptFolder, seizeAttemptFolder } from './attempt-folder.ts';
import type { PipelineContext } from './context.ts';
import { showNewest } from './engine.ts';
import { sightOf } from './liveness.ts';
import { removePurged } from './remove-purged.ts';
import { isInPlace, withdrawIntended } from './undo.ts';

/**
 * Finishes or undoes what dead importers left, at the start of an importer and before each claim. A job whose files are all in
 * place is completed; any other is taken back and made pending again with its attempt counted, or failed once it has brought
 * down as many importers as it may. Each act is an event of its job. Killed at any point, it is taken up by the next one like any
 * other process that is gone.
 */
export async function recoverAbandoned(context: PipelineContext): Promise<void> {
  await recoverJobs(context, await context.log.recovery.running());
}

/**
 * Recovers where this process holds no engine, so that private folders and staging tables of processes that are gone go, too, and
 * the shared engine shows what was completed. A folder goes last: as long as it is there, the rest is not done.
 */
export async function recoverAll(context: PipelineContext): Promise<void> {
  const { folder, log } = context;
  // Listed before the log is read: a job that starts in between has its folder not in this list.
  const names = await listFolders(folder.work);
  const running = await log.recovery.running();
  const recovered = await recoverJobs(context, running);
  const runs = new Set(running.map((job) => job.id).filter((id) => !recovered.has(id)));
  const stray = await strayFolders(
    context,
    names.filter((name) => !runs.has(name)),
  );
  if (recovered.size === 0 && stray.length === 0) return;
  await showNewest(context);
  await removeStray(context, stray);
}

/** Gives the ids of the jobs that were taken over from processes that are gone. */
async function recoverJobs(context: PipelineContext, running: readonly Job[]): Promise<Set<string>> {
  const { log, holder, heartbeats } = context;
  const recovered = new Set<string>();
  for (const job of running) {
    const why = heartbeats.whyGone(job);
    if (why === null || !(await log.recovery.takeOverAsSeen(job, holder, why))) continue;
    await recover(context, job).catch(unlessTakenOver);
    recovered.add(job.id);
  }
  return recovered;
}

/** Whoever recovers may have stood still himself, for so long that another one has taken over. */
function unlessTakenOver(error: unknown): void {
  if (!(error instanceof GexlakeError && error.code === 'JOB_TAKEN_OVER')) throw error;
}

/** The running jobs whose processes cannot be seen and may be gone: watched for some time more, that shows. */
export async function undecidedJobs({ log, heartbeats }: PipelineContext): Promise<Job[]> {
  return heartbeats.undecided(await log.recovery.running());
}

async function recover(context: PipelineContext, job: Job): Promise<void> {
  const { log, holder, limits, onWarning } = context;
  const left = await settleFiles(context, job, await log.attempts.intended(job));
  if (left.kind === 'stuck') {
    const message = `left by an importer that is gone, and could not be taken back: ${left.problem.message}`;
    await log.attempts.fail(job, holder, {
      error: { ...left.problem.report(), message },
      left: { stagedPath: null, intentStands: true },
    });
    onWarning(`job ${job.id} failed: ${message}`);
  } else if (left.kind === 'in place') {
    await log.recovery.completeAbandoned(job, holder);
    onWarning(`job ${job.id} was published by an importer that died before it could say so; it is completed`);
    await close(context, job, left.workFolder).catch((thrown: unknown) => {
      onWarning(`.work/${job.id} stays for now: ${toGexlakeError(thrown).message}`);
    });
  } else if (job.attempts < limits.job_attempts) {
    await log.recovery.release(job, holder);
    onWarning(`job ${job.id} was left by an importer that is gone; it is pending again`);
  } else {
    const error: ErrorReport = {
      code: 'IMPORTER_DIED',
      message: `${job.attempts} importers died with this job, the last was ${job.owner}`,
      hint: 'Look for the reason in the system log (memory?), then retry the job.',
    };
    await log.attempts.fail(job, holder, { error, left: { stagedPath: null, intentStands: false } });
    onWarning(`job ${job.id} failed: ${error.message}`);
  }
}

/** What a purge has committed goes before the folder that says that there is something to be done. */
async function close(context: PipelineContext, job: Job, workFolder: string): Promise<void> {
  if (job.target?.kind === 'purge') await removePurged(context, job.id, workFolder);
  await closeAttemptFolder(context.folder, job, workFolder);
}

type Settled =
  | { readonly kind: 'in place'; readonly workFolder: string }
  | { readonly kind: 'taken back' }
  /** Such a job must not keep others from being recovered. */
  | { readonly kind: 'stuck'; readonly problem: GexlakeError };

/** Makes sure that the one who had a job can change nothing any more; what it has changed is all in place, or is taken back. */
async function settleFiles({ folder, store }: PipelineContext, job: Job, intended: Intended): Promise<Settled> {
  try {
    const workFolder = await seizeAttemptFolder(folder, job);
    if (await isInPlace(store, intended)) return { kind: 'in place', workFolder };
    await withdrawIntended({ store, job, intended, workFolder });
    await closeAttemptFolder(folder, job, workFolder);
    return { kind: 'taken back' };
  } catch (thrown) {
    return { kind: 'stuck', problem: toGexlakeError(thrown) };
  }
}

type StrayFolder = { readonly name: string; readonly job: Job | null };

/** Private folders that no process will come back to: its job is over, or unknown to a log that is from a backup. */
async function strayFolders(context: PipelineContext, names: readonly string[]): Promise<StrayFolder[]> {
  const jobs = new Map((await context.log.jobs.known(names)).map((job) => [job.id, job]));
  const found = names.map((name) => ({ name, job: jobs.get(name) ?? null }));
  return found.filter(({ job }) => job === null || (job.status !== 'started' && !isCleanedByOwner(context, job)));
}

/** A process that lives removes the folder of its job itself, a moment after the job has ended. */
function isCleanedByOwner({ holder, limits, clock }: PipelineContext, job: Job): boolean {
  if (job.owner === null || job.owner === holder.owner) return false;
  const sight = sightOf(job);
  const ended_ms = clock.now_ms() - Date.parse(job.updated_at);
  return sight === 'alive' || (sight === 'unseen' && Math.abs(ended_ms) <= limits.heartbeat_lost_ms);
}

async function removeStray(context: PipelineContext, stray: readonly StrayFolder[]): Promise<void> {
  const { folder, log, holder, onWarning } = context;
  const cleaned: { job: Job; what: string }[] = [];
  for (const { name, job } of stray) {
    try {
      if (job === null) await remove('clean:remove', join(folder.work, name));
      else {
        if (job.target?.kind === 'purge') await removePurged(context, job.id, await seizeAttemptFolder(folder, job));
        await clearAttemptFolders(folder, job);
      }
    } catch (thrown) {
      onWarning(`.work/${name} stays for now: ${toGexlakeError(thrown).message}`);
      continue;
    }
    if (job === null) onWarning(`removed .work/${name}, a private folder of a job that the log does not know`);
    else cleaned.push({ job, what: 'its private folder' });
  }
  await log.recovery.noteCleaned(cleaned, holder.actor);
}
