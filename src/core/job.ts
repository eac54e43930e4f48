import type { Dataset } from './contract.ts';
import type { ErrorReport } from './errors.ts';

export const jobStatuses = ['pending', 'started', 'staged', 'completed', 'failed', 'skipped', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

export const jobKinds = ['import', 'correction', 'rewrite', 'migration'] as const;
export type JobKind = (typeof jobKinds)[number];

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

/** Where every record of a file went: `read = processed + duplicate + quarantined`, always. */
export type Counts = {
  readonly records_read: number;
  readonly records_processed: number;
  readonly records_duplicate: number;
  readonly records_quarantined: number;
};

export const noCounts: Counts = { records_read: 0, records_processed: 0, records_duplicate: 0, records_quarantined: 0 };

/** One row of `import_jobs`, times as ISO 8601 in UTC. `url` is whole here and must be redacted before it is shown. */
export type Job = {
  readonly id: string;
  readonly url: string;
  readonly checksum: string | null;
  readonly ticker: string | null;
  readonly status: JobStatus;
  readonly records_processed: number | null;
  readonly last_error: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly kind: JobKind;
  readonly endpoint: string | null;
  readonly session_date: string | null;
  readonly staged_path: string | null;
  readonly attempts: number;
  readonly owner: string | null;
  readonly heartbeat_at: string | null;
  readonly skipped: boolean;
  readonly skipped_as: string | null;
  readonly records_read: number | null;
  readonly records_duplicate: number | null;
  readonly records_quarantined: number | null;
  readonly corrects_job_id: string | null;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly publish: boolean;
};

export type JobEvent = {
  readonly job_id: string;
  readonly occurred_at: string;
  readonly actor: string;
  readonly event: string;
  readonly detail: string | null;
};

/** What a job's events warn of. */
export function warningsOf(events: readonly JobEvent[]): string[] {
  return events.flatMap(({ event, detail }) => (event === 'warning' ? (detail ?? []) : []));
}

export type FileState = 'publishing' | 'live' | 'superseded';

/** One row of `parquet_files`: one published file. `path` is relative to the data folder, `checksum` its SHA-256. */
export type ParquetFile = {
  readonly job_id: string;
  readonly path: string;
  readonly dataset: Dataset;
  readonly ticker: string;
  readonly endpoint: string;
  readonly session_dates: readonly string[];
  readonly row_count: number;
  readonly size_bytes: number;
  readonly checksum: string;
  readonly first_timestamp: string;
  readonly last_timestamp: string;
  readonly state: FileState;
  /** The job whose files take this one's place; on a live file, a job that is about to. */
  readonly superseded_by: string | null;
  /** Where a superseded file lies, relative to the data folder. */
  readonly archive_path: string | null;
  readonly created_at: string;
};

export type ArchiveState = 'archived' | 'removed';

/** One row of `archived_sources`: the source of a completed job that has left `source/`. Paths are relative to the data folder. */
export type ArchivedSource = {
  readonly job_id: string;
  /** Where it was staged. */
  readonly staged_path: string;
  readonly archive_path: string;
  /** SHA-256 and size of the unpacked JSON; the first is the job's checksum. */
  readonly checksum: string;
  readonly size_bytes: number;
  /** SHA-256 and size of the packed file. */
  readonly archived_checksum: string;
  readonly archived_size_bytes: number;
  /** `removed`: it has left the archive, too, by `raw_days`. */
  readonly state: ArchiveState;
  readonly archived_at: string;
  readonly removed_at: string | null;
};

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
