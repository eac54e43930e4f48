import { join } from 'node:path';
import type { ErrorReport } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { exists, listFolders, remove } from '../platform/files.ts';
import { isGone } from '../platform/processes.ts';
import type { PipelineContext } from './context.ts';
import { isInPlace, withdrawIntended } from './undo.ts';

/**
 * Finishes or undoes what dead importers left, at the start of an importer and before each claim. A job whose files are all in
 * place is completed; any other is taken back and made pending again with its attempt counted, or failed once it has brought
 * down as many importers as it may. Private folders that belong to no running job go.
 */
export async function recoverAbandoned(context: PipelineContext): Promise<void> {
  const { folder, log, holder } = context;
  if (!(await exists(folder.history))) return;
  // Listed before the log is read: a job that starts in between has its folder not in this list.
  const folders = await listFolders(folder.work);
  const running = await log.running();
  const owners = new Set(running.filter((job) => isAbandoned(context, job)).map((job) => job.owner ?? ''));
  for (const owner of owners) for (const job of await log.takeOver(owner, holder)) await recover(context, job);
  const held = new Set((await log.running()).map((job) => job.id));
  for (const name of folders) if (!held.has(name)) await remove('clean:remove', join(folder.work, name));
}

/** A process of this machine can be looked up; one of another machine counts as gone when it has not been heard of for long. */
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
