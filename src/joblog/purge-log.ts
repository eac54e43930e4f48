import type { PurgedFile } from '../core/job.ts';

/** A file that is to be purged: what its row says before the job that does it is known to have begun. */
export type Purging = Omit<PurgedFile, 'job_id' | 'state' | 'purged_at'>;

/** A session that a purge has taken away, by which job, and why. */
export type PurgedSession = {
  readonly ticker: string;
  readonly endpoint: string;
  readonly session_date: string;
  readonly job_id: string;
  readonly reason: string;
};

/** What was purged, and what of it is still on its way out. */
export type PurgeLog = {
  /** Every purged file; not what is only intended. */
  readonly all: () => Promise<PurgedFile[]>;
  /** What a purge has committed and may not have removed yet. */
  readonly leaving: (jobId: string) => Promise<PurgedFile[]>;
  /** Notes that all that a purge has committed is gone. */
  readonly gone: (jobId: string) => Promise<void>;
  /**
   * Whether a session was purged and has not been published again since. Who fetches by himself asks this first: what was purged does not
   * come back unasked.
   */
  readonly isPurged: (
    block: { readonly ticker: string; readonly endpoint: string },
    sessionDate: string,
  ) => Promise<boolean>;
};
