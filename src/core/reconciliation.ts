import type { CoverageDay, CoverageRequest, CoverageState } from './coverage.ts';
import type { JobStatus } from './job.ts';
import type { Problem } from './problem.ts';

/** A session that the vendor still has and this folder has not. */
export type SessionToFetch = {
  readonly days_left: number;
  readonly ticker: string;
  readonly endpoint: string;
  readonly session_date: string;
  /** The name that the vendor gives its file. */
  readonly file_name: string;
  /** A job about it that has failed. */
  readonly job_id: string | null;
};

/** A job that somebody has to look at. `source` and `error` are without secrets; times are ISO 8601 in UTC. */
export type JobToSettle = {
  readonly job_id: string;
  readonly status: JobStatus;
  readonly ticker: string | null;
  readonly endpoint: string | null;
  readonly session_date: string | null;
  readonly source: string;
  readonly attempts: number;
  readonly updated_at: string;
  /** `CODE: message` of a failed job, or why it counts as stuck. */
  readonly error: string;
  readonly hint: string;
};

/** What `gexlake reconcile --json` prints: jobs against Parquet against the calendar. */
export type Reconciliation = {
  /** Whether log and Parquet agree. Sessions that are missing do not change it. */
  readonly ok: boolean;
  readonly as_of: string;
  readonly as_of_date: string;
  readonly from: string | null;
  readonly to: string;
  readonly counts: Readonly<Record<CoverageState, number>>;
  /** Live files that were compared, their rows, and the sessions that were counted in them. */
  readonly checked: { readonly files: number; readonly rows: number; readonly sessions: number };
  /** What verifying finds without reading the files byte by byte, of what was asked about. */
  readonly disagreements: readonly Problem[];
  /** Missing sessions, those that are gone soonest first. */
  readonly to_fetch: readonly SessionToFetch[];
  readonly partial: readonly CoverageDay[];
  readonly pending: readonly CoverageDay[];
  readonly lost: readonly CoverageDay[];
  /** Days with records on which, by the calendar, there was no session. */
  readonly unexpected: readonly CoverageDay[];
  readonly failed_jobs: readonly JobToSettle[];
  readonly stuck_jobs: readonly JobToSettle[];
  /** Files of other programs under `parquet/`; worth knowing, and no disagreement. */
  readonly strays: readonly string[];
};

/** Where the report goes: into the data folder, to a file of the user's, or nowhere but to the caller. */
export type ReportPlace =
  | { readonly kind: 'folder' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'none' };

export type ReconcileRequest = CoverageRequest & { readonly report: ReportPlace };

export type ReconcileResult = {
  readonly reconciliation: Reconciliation;
  /** The report as Markdown, and where it was written: relative to the data folder where it is in it. */
  readonly markdown: string;
  readonly report_path: string | null;
};
