import type { RowOf } from '../core/columns.ts';
import type { Job, JobEvent, ParquetFile, SourceReceipt } from '../core/job.ts';
import type { jobRequests } from '../core/log-tables.ts';

/** What a request said that is no part of its job. */
export type RequestRow = RowOf<typeof jobRequests>;

/** A job with its events, its files, how its source came, and the request that it came with. */
export type JobDetails = {
  readonly job: Job;
  readonly events: readonly JobEvent[];
  readonly files: readonly ParquetFile[];
  readonly receipts: readonly SourceReceipt[];
  readonly request: RequestRow | null;
};

/** What has changed since a place in the log: the jobs as they are now, and what happened. */
export type Changes = {
  readonly jobs: readonly Job[];
  readonly events: readonly JobEvent[];
  /** All about the jobs to which something has happened, and those whose files they have replaced. */
  readonly details: readonly JobDetails[];
  /** The newest event's number, and what it is told by. */
  readonly last: number;
  readonly mark: string;
  /** Whether this is another log than the one that was followed: it lacks the event that was seen last. Then these are all jobs. */
  readonly isAnother: boolean;
};

/** How far somebody has followed the log. */
export type FeedPosition = { readonly last: number; readonly mark: string; readonly updated_at: string };

/** For those who follow the log. */
export type Feed = {
  /** Differs whenever the log has been written; reads nothing of it. */
  readonly signature: () => Promise<string>;
  /** What has changed since a place in the log; null for one who knows nothing yet and gets every job, without the events. */
  readonly changesSince: (position: FeedPosition | null) => Promise<Changes>;
  /** The events behind number `after`, up to number `last`, in their order. */
  readonly eventsAfter: (after: number, last: number) => Promise<JobEvent[]>;
  /** The details of several jobs at once, by their ids; none for ids that no job has. */
  readonly detailsOf: (ids: readonly string[]) => Promise<Map<string, JobDetails>>;
};
