import type { RowOf } from './columns.ts';
import type { ErrorReport } from './errors.ts';
import type { Counts, JobStatus } from './job-states.ts';
import type {
  archivedSources,
  importJobs,
  jobEvents,
  parquetFiles,
  purgedFiles,
  rechecks,
  sourceReceipts,
  sourceRoots,
} from './log-tables.ts';

export { jobKinds, jobOrigins, jobStatuses } from './job-states.ts';
export type { Counts, JobKind, JobStatus } from './job-states.ts';

/** Which state may follow which. A completed, skipped or cancelled job never changes. */
export const transitions: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  pending: ['started', 'cancelled', 'failed'],
  started: ['completed', 'failed', 'skipped', 'staged', 'pending', 'cancelled'],
  staged: ['pending', 'started', 'cancelled'],
  failed: ['pending', 'started', 'cancelled'],
  completed: [],
  skipped: [],
  cancelled: [],
};

export const noCounts: Counts = { records_read: 0, records_processed: 0, records_duplicate: 0, records_quarantined: 0 };

/** One row of `import_jobs`. `url` is whole here and must be redacted before it is shown. */
export type Job = RowOf<typeof importJobs>;

export type JobEvent = RowOf<typeof jobEvents>;

/** What a job's events warn of. */
export function warningsOf(events: readonly JobEvent[]): string[] {
  return events.flatMap(({ event, detail }) => (event === 'warning' ? (detail ?? []) : []));
}

/** One row of `parquet_files`: one published file. `path` is relative to the data folder, `checksum` its SHA-256. */
export type ParquetFile = RowOf<typeof parquetFiles>;

/** One row of `archived_sources`: the source of a completed job that has left `source/`. Paths are relative to the data folder. */
export type ArchivedSource = RowOf<typeof archivedSources>;

/** One row of `source_receipts`: what was said of the bytes of a source when they came. */
export type SourceReceipt = RowOf<typeof sourceReceipts>;

/** One row of `source_roots`: the root of the tree over a source's records. */
export type SourceRoot = RowOf<typeof sourceRoots>;

/** One row of `purged_files`: a file that was taken away for good. */
export type PurgedFile = RowOf<typeof purgedFiles>;

/** One row of `rechecks`: that a source was looked at again, and what that has shown. */
export type Recheck = RowOf<typeof rechecks>;

/** What `import --json` prints for each source. Paths are relative to the data folder. */
export type ImportResult = Counts & {
  readonly job_id: string;
  readonly status: JobStatus;
  readonly skipped: boolean;
  readonly skipped_as: string | null;
  readonly ticker: string | null;
  readonly endpoint: string | null;
  readonly session_dates: readonly string[];
  readonly strike_rows: number;
  readonly staged_path: string | null;
  readonly staging_table: string | null;
  readonly parquet_files: readonly string[];
  readonly error: ErrorReport | null;
  /** What a person should look at although the job has not failed. */
  readonly warnings: readonly string[];
};

/** How far an import is. Bytes count decoded source bytes; totals are null while they are unknown. */
export type Progress = {
  readonly job_id: string;
  readonly step: 'download' | 'stage' | 'load' | 'check' | 'publish';
  readonly bytes: number;
  readonly bytes_total: number | null;
  readonly records: number;
};

export type OnProgress = (progress: Progress) => void;
