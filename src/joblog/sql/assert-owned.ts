import { GexlakeError } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import { importJobs } from '../../core/log-tables.ts';
import type { Holder, JobNote } from '../notes.ts';
import type { LogChange } from './change.ts';
import { note } from './events.ts';
import { jobById } from './jobs.ts';

/** An attempt at a job, as the log has the job now: only its owner has this, and what it changes is that attempt's alone. */
export type Owned = {
  readonly job: Job;
  readonly change: (values: Partial<Job>) => Promise<void>;
  readonly note: (noted: JobNote) => Promise<void>;
};

/** The job that an attempt still holds. @throws JOB_TAKEN_OVER where it is another's, or a later attempt's, or over */
export async function assertOwned(change: LogChange, { id, attempts }: Job, { owner, actor }: Holder): Promise<Owned> {
  const job = await jobById(change.sql, id);
  if (job === null || job.status !== 'started' || job.owner !== owner || job.attempts !== attempts) throw takenOver(id);
  return {
    job,
    change: async (values) => void (await change.update(importJobs, job, values)),
    note: (noted) => note(change, job, actor, noted),
  };
}

export function takenOver(jobId: string): GexlakeError {
  return new GexlakeError('JOB_TAKEN_OVER', `job ${jobId} is no longer held by this process`, {
    details: { jobId },
    hint: 'Another process took it over. Nothing was published by this attempt.',
  });
}
