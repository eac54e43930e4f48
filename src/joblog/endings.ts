import { counted } from '../core/counted.ts';
import { GexlakeError, type ErrorReport } from '../core/errors.ts';
import type { Counts, Job, JobStatus } from '../core/job.ts';
import type { StoredPath } from '../core/stored-path.ts';
import type { Finished } from './attempt-log.ts';
import type { JobNote } from './notes.ts';
import type { Elsewhere } from './sql/same-bytes.ts';

/** How an attempt ends. */
export type Ending = {
  readonly status: Extract<JobStatus, 'completed' | 'skipped' | 'staged' | 'failed'>;
  readonly counts: Counts | null;
  readonly checksum: string | null;
  readonly stagedPath: StoredPath | null;
  /** Whether the attempt has not removed what it had staged. */
  readonly keepsSource: boolean;
  readonly sessionDate: string | null;
  readonly skippedAs: string | null;
  readonly error: ErrorReport | null;
};

const unknownCounts = {
  records_read: null,
  records_processed: null,
  records_duplicate: null,
  records_quarantined: null,
};

/** What an ending changes of a job. What it does not say stays as the log has it, but for the counts. */
export function endedJob(job: Job, ending: Ending, now: string): Partial<Job> {
  const { status, counts, checksum, stagedPath, keepsSource, sessionDate, skippedAs, error } = ending;
  return {
    status,
    ...(counts ?? unknownCounts),
    checksum: checksum ?? job.checksum,
    staged_path: keepsSource ? (stagedPath ?? job.staged_path) : null,
    session_date: job.session_date ?? sessionDate,
    skipped: status === 'skipped',
    skipped_as: skippedAs,
    last_error: error === null ? null : describeError(error),
    error,
    finished_at: now,
    updated_at: now,
    heartbeat_at: now,
  };
}

export function ended(status: Ending['status']): Ending {
  return {
    status,
    counts: null,
    checksum: null,
    stagedPath: null,
    keepsSource: status !== 'skipped',
    sessionDate: null,
    skippedAs: null,
    error: null,
  };
}

export function endingOf(finished: Finished): Partial<Ending> {
  const [first, ...others] = finished.sessionDates;
  return {
    counts: finished.counts,
    stagedPath: finished.stagedPath,
    sessionDate: others.length === 0 ? (first ?? null) : null,
  };
}

/** An error as people read it in the log. */
export function describeError({ code, message }: ErrorReport): string {
  return `${code}: ${message}`;
}

export function takenBack(files: number, which: string): JobNote {
  return { event: 'taken back', detail: `${counted(files, 'file')} ${which}`, data: { files } };
}

export function describeCounts(counts: Counts): string {
  const { records_read, records_processed, records_duplicate, records_quarantined } = counts;
  return `read ${records_read} = ${records_processed} processed + ${records_duplicate} duplicate + ${records_quarantined} set aside`;
}

/** Why a job is skipped whose bytes are live as another ticker or endpoint, and what brings them where it was to bring them. */
export function describeElsewhere(job: Job, { job: other, own, merged }: Elsewhere): string {
  const sessions = [...new Set([...own, ...merged].flatMap((file) => file.session_dates))].sort();
  const span = sessions.length > 1 ? `${sessions[0]} … ${sessions.at(-1)}` : sessions[0];
  const live = `these bytes are live as ${other.ticker} ${other.endpoint} of ${span}, from job ${other.id}`;
  const way = `If that is wrong, withdraw it and import again: gexlake withdraw ${other.id} --reason '…'`;
  return `${live}; nothing was imported as ${job.ticker} ${job.endpoint}. ${way}`;
}

export function wrongState(job: Job, verb: 'retried' | 'cancelled'): GexlakeError {
  const running = 'Interrupt the process that runs it. If that process is gone, the next import or run finds out.';
  const over = 'Failed and staged jobs can be retried; pending, failed and staged ones can be cancelled.';
  return new GexlakeError('JOB_STATE', `job ${job.id} is ${job.status} and cannot be ${verb}`, {
    details: { jobId: job.id },
    hint: job.status === 'started' ? running : over,
  });
}

/** A job whose files could not be taken back must not be forgotten: its next attempt does that. */
export function halfPublished(job: Job): GexlakeError {
  return new GexlakeError('JOB_STATE', `job ${job.id} has files under parquet/ that it has not committed`, {
    details: { jobId: job.id },
    hint: 'Retry it: that takes them back first. Then it can be cancelled.',
  });
}
