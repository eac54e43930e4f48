import type { Job, ParquetFile } from '../../core/job.ts';
import type { PurgeTarget } from '../../core/job-target.ts';
import type { LogSnapshot } from '../../joblog/joblog.ts';

/** The jobs and published files of one ticker and endpoint; intents are not among them. */
export type Block = {
  readonly jobs: readonly Job[];
  readonly files: readonly ParquetFile[];
  readonly log: LogSnapshot;
};

export function blockOf(log: LogSnapshot, { ticker, endpoint }: PurgeTarget): Block {
  const isOf = (one: { readonly ticker: string | null; readonly endpoint: string | null }) =>
    one.ticker === ticker && one.endpoint === endpoint;
  return {
    log,
    jobs: log.jobs.filter((job) => isOf(job) && job.kind !== 'rewrite'),
    files: log.files.filter((file) => isOf(file) && file.state !== 'publishing'),
  };
}

/** The sessions that a job has brought: a correction of one keeps others in its files, which are not its own. */
export function sessionsOf({ files }: Block, { id, session_date }: Job): readonly string[] {
  if (session_date !== null) return [session_date];
  return [...new Set(files.filter(({ job_id }) => job_id === id).flatMap((file) => file.session_dates))];
}

/** Whether a job has brought a source that is kept, or rows. */
export function hasBrought({ files }: Block, { id, staged_path }: Job): boolean {
  return staged_path !== null || files.some(({ job_id }) => job_id === id);
}
