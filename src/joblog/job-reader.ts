import type { LogTimes } from '../core/clock-doubt.ts';
import type { Job, JobEvent, JobStatus, ParquetFile, SourceReceipt } from '../core/job.ts';

import type { JobNote } from './notes.ts';

/** A job with its story: what happened, and what it published. */
export type JobStory = Job & {
  readonly events: readonly JobEvent[];
  readonly files: readonly ParquetFile[];
  /** What was said of the bytes of its source each time that they came. */
  readonly receipts: readonly SourceReceipt[];
  /** All jobs that have had to do with the same blocks, oldest first, this one among them. */
  readonly block: readonly BlockJob[];
};

export type BlockJob = Pick<Job, 'id' | 'kind' | 'status' | 'created_at' | 'actor' | 'corrects_job_id' | 'reason'> & {
  /** What the log says last of it: what it published, why it failed or was skipped. */
  readonly outcome: string | null;
};

export type JobFilter = {
  readonly status?: JobStatus | undefined;
  readonly ticker?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly limit: number;
};

/** What can be asked of jobs. */
export type JobReader = {
  /** The newest jobs that match, newest first. */
  readonly list: (filter: JobFilter) => Promise<Job[]>;
  /** A job with its events and files, by its id or an unambiguous beginning of it. @throws JOB_NOT_FOUND */
  readonly story: (id: string) => Promise<JobStory>;
  /** The jobs that are not over or have failed, the oldest first: pending, started, staged, failed. */
  readonly open: () => Promise<Job[]>;
  /** The jobs of these ids, as far as the log knows them. */
  readonly known: (ids: readonly string[]) => Promise<Job[]>;
  /** What the log knows of time at little cost: not of pauses. Null where nothing has happened yet. */
  readonly newestChange: () => Promise<LogTimes | null>;
  /** What the log knows of time; null where nothing has happened yet. */
  readonly times: () => Promise<LogTimes | null>;
  /** Adds to a job's story what was done to its files afterwards, whatever its state. */
  readonly remark: (id: string, actor: string, noted: JobNote) => Promise<void>;
};
