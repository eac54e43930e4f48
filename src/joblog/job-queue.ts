import type { GexlakeError } from '../core/errors.ts';
import type { Job, JobKind } from '../core/job.ts';
import type { JobTarget } from '../core/job-target.ts';
import type { JobDetails } from './feed.ts';
import type { Holder, JobNote } from './notes.ts';

/** A job that is to be written down. */
export type JobRequest = {
  readonly url: string;
  readonly ticker: string | null;
  readonly endpoint: string | null;
  readonly sessionDate: string | null;
  readonly actor: string;
  readonly publish: boolean;
  readonly kind?: JobKind;
  readonly correctsJobId?: string | null;
  readonly reason?: string | null;
  /** What the job is about where it has no source; its `url` says it in words. */
  readonly target?: JobTarget | null;
};

/** A job that is asked for over HTTP. */
export type Submission = {
  readonly request: JobRequest;
  readonly idempotencyKey: string | null;
  /** The request's other fields, as JSON; null where there are none. */
  readonly fields: string | null;
  /** What was noticed about the request, such as a ticker that its file name contradicts. */
  readonly notes: readonly JobNote[];
};

/** More jobs wait than may be begun without a snapshot. */
export type TooMany = { readonly many: number };

/** Takes jobs in and hands them out. */
export type JobQueue = {
  /** Writes down new jobs as pending: all of them or none. */
  readonly enqueue: (requests: readonly JobRequest[]) => Promise<Job[]>;
  /** Gives each submission its job, in one transaction for all; an error is one submission's own and stops none of the others. */
  readonly submit: (submissions: readonly Submission[]) => Promise<(JobDetails | GexlakeError)[]>;
  /** Writes down a new job and takes it at once, for an import in the foreground. */
  readonly enqueueAndTake: (request: JobRequest, holder: Holder) => Promise<Job>;
  /** Takes the oldest pending job, of one kind only where one is given; null where there is none. Two processes never get the same one. */
  readonly takeOldest: (holder: Holder, kind?: JobKind | null) => Promise<Job | null>;
  /** The same for any kind; but where more have become pending after a time (null: ever) than they may, it takes none and says how many. */
  readonly takeOldestUnlessMany: (
    holder: Holder,
    most: { readonly jobs: number; readonly since: string | null },
  ) => Promise<Job | TooMany | null>;
  /** Makes failed or staged jobs pending again, all or none; a staged one is published by its next attempt. */
  readonly retry: (ids: readonly string[], actor: string) => Promise<Job[]>;
  /** Cancels jobs, all or none. */
  readonly cancel: (ids: readonly string[], actor: string) => Promise<Job[]>;
  /** How many jobs wait. */
  readonly countPending: () => Promise<number>;
};
