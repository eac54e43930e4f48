import { join } from 'node:path';
import type { ErrorReport } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { exists, listFolders, remove } from '../platform/files.ts';
import { isGone } from '../platform/processes.ts';
import type { PipelineContext } from './context.ts';
import { showNewest } from './engine.ts';
import { isInPlace, withdrawIntended } from './undo.ts';

/**
 * Finishes or undoes what dead importers left, at the start of an importer and before each claim. A job whose files are all in
 * place is completed; any other is taken back and made pending again with its attempt counted, or failed once it has brought
 * down as many importers as it may. Each act is an event of its job. Killed at any point, it is taken up by the next one like any
 * other process that is gone.
 */
export async function recoverAbandoned(context: PipelineContext): Promise<void> {
  const { folder, log } = context;
  if (await exists(folder.history)) await recoverJobs(context, await log.running());
}

/**
 * Recovers where this process holds no engine, so that private folders and staging tables of processes that are gone go, too, and
 * the shared engine shows what was completed. A folder goes last: as long as it is there, the rest is not done.
 */
export async function recoverAll(context: PipelineContext): Promise<void> {
  const { folder, log } = context;
  if (!(await exists(folder.history))) return;
  // Listed before the log is read: a job that starts in between has its folder not in this list.
  const names = await listFolders(folder.work);
  const running = await log.running();
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
  const { log, holder } = context;
  const owners = new Set(running.filter((job) => isAbandoned(context, job)).map((job) => job.owner ?? ''));
  const recovered = new Set<string>();
  for (const owner of owners) {
    for (const job of await log.takeOver(owner, holder)) {
      await recover(context, job);
      recovered.add(job.id);
    }
  }
  return recovered;
}

/**
 * Whether the process that has, or last had, a job is gone. One of this machine can be looked up; one of another machine counts
 * as gone when it has not been heard of for long.
 */
export function isAbandoned(
  { clock, limits, holder }: Pick<PipelineContext, 'clock' | 'limits' | 'holder'>,
  job: Job,
): boolean {
  if (job.owner === null || job.owner === holder.owner) return false;
  if (isGone(job.owner)) return true;
  const isElsewhere = job.owner.split(':')[0] !== holder.owner.split(':')[0];
  const beat_ms = Date.parse(job.heartbeat_at ?? job.updated_at);
  return isElsewhere && clock.now_ms() - beat_ms > limits.heartbeat_lost_ms;
}

async function recover(context: PipelineContext, job: Job): Promise<void> {
  const { folder, log, holder, limits, onWarning } = context;
  const intended = await log.intended(job);
  if (await isInPlace(folder, intended)) {
    await log.completeAbandoned(job, holder);
    onWarning(`job ${job.id} was published by an importer that died before it could say so; it is completed`);
    return;
  }
  await withdrawIntended(folder, job.id, intended);
  await remove('clean:remove', join(folder.work, job.id));
  if (job.attempts < limits.job_attempts) {
    await log.release(job, holder);
    onWarning(`job ${job.id} was left by an importer that is gone; it is pending again`);
    return;
  }
  const error: ErrorReport = {
    code: 'IMPORTER_DIED',
    message: `${job.attempts} importers died with this job, the last was ${job.owner}`,
    hint: 'Look for the reason in the system log (memory?), then retry the job.',
  };
  await log.fail(job, holder, error, { stagedPath: null, intentStands: false });
  onWarning(`job ${job.id} failed: ${error.message}`);
}

type StrayFolder = { readonly path: string; readonly name: string; readonly job: Job | null };

/** Private folders that no process will come back to: its job is over, or unknown to a log that is from a backup. */
async function strayFolders(context: PipelineContext, names: readonly string[]): Promise<StrayFolder[]> {
  const jobs = new Map((await context.log.known(names)).map((job) => [job.id, job]));
  const found = names.map((name) => ({ name, path: join(context.folder.work, name), job: jobs.get(name) ?? null }));
  return found.filter(({ job }) => job === null || (job.status !== 'started' && !isCleanedByOwner(context, job)));
}

/** A process that lives removes the folder of its job itself, a moment after the job has ended. */
function isCleanedByOwner(context: PipelineContext, job: Job): boolean {
  return job.owner !== null && job.owner !== context.holder.owner && !isAbandoned(context, job);
}

async function removeStray({ log, holder, onWarning }: PipelineContext, stray: readonly StrayFolder[]): Promise<void> {
  for (const { path, name, job } of stray) {
    await remove('clean:remove', path);
    if (job === null) onWarning(`removed .work/${name}, a private folder of a job that the log does not know`);
  }
  const cleaned = stray.flatMap(({ job }) => (job === null ? [] : [{ job, what: 'its private folder' }]));
  await log.noteCleaned(cleaned, holder);
}
