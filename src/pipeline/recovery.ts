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
 * down as many importers as it may. Private folders and staging tables of processes that are gone go. Each act is an event of
 * its job. Killed at any point, it is taken up by the next one like any other process that is gone. True where there was such a job.
 */
export async function recoverAbandoned(context: PipelineContext): Promise<boolean> {
  const { folder, log, holder } = context;
  if (!(await exists(folder.history))) return false;
  // Listed before the log is read: a job that starts in between has its folder not in this list.
  const folders = await listFolders(folder.work);
  const running = await log.running();
  const owners = new Set(running.filter((job) => isAbandoned(context, job)).map((job) => job.owner ?? ''));
  for (const owner of owners) for (const job of await log.takeOver(owner, holder)) await recover(context, job);
  const runs = new Set(running.map((job) => job.id));
  await removeStray(
    context,
    folders.filter((name) => !runs.has(name)),
  );
  return owners.size > 0;
}

/** Recovers where this process holds no engine, and lets the shared one hear of it: what was completed, and what is stray there. */
export async function recoverAndShow(context: PipelineContext): Promise<void> {
  if (await recoverAbandoned(context)) await showNewest(context);
}

/**
 * Whether the process that has, or last had, a job is gone. One of this machine can be looked up; one of another machine counts
 * as gone when it has not been heard of for long.
 */
function isAbandoned({ clock, limits, holder }: PipelineContext, job: Job): boolean {
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
    await remove('clean:remove', join(folder.work, job.id));
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

/** Removes private folders of jobs that nobody runs: killed behind their commit, or unknown to a log from a backup. */
async function removeStray(context: PipelineContext, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const { folder, log, holder, onWarning } = context;
  const jobs = new Map((await log.known(names)).map((job) => [job.id, job]));
  const removed: Job[] = [];
  for (const name of names) {
    const job = jobs.get(name);
    const isInUse =
      job !== undefined && (job.status === 'started' || (job.owner !== null && !isAbandoned(context, job)));
    const path = join(folder.work, name);
    if (isInUse || !(await exists(path))) continue;
    await remove('clean:remove', path);
    if (job === undefined) onWarning(`removed .work/${name}, a private folder of a job that the log does not know`);
    else removed.push(job);
  }
  await log.noteCleaned(
    removed.map((job) => ({ job, what: 'the private folder that its importer left' })),
    holder,
  );
}
