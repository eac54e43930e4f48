import type { Row } from '../db/db.ts';
import type { Dataset } from '../core/contract.ts';
import type {
  ArchivedSource,
  ArchiveState,
  FileState,
  Job,
  JobEvent,
  JobKind,
  JobStatus,
  ParquetFile,
} from '../core/job.ts';

/** A row of `import_jobs` as a job. The casts hold because the table's own constraints allow nothing else. */
export function toJob(row: Row): Job {
  return {
    id: required(row['id']),
    url: required(row['url']),
    checksum: text(row['checksum']),
    ticker: text(row['ticker']),
    status: required(row['status']) as JobStatus,
    records_processed: number(row['records_processed']),
    last_error: text(row['last_error']),
    created_at: time(row['created_at']) ?? '',
    updated_at: time(row['updated_at']) ?? '',
    kind: required(row['kind']) as JobKind,
    endpoint: text(row['endpoint']),
    session_date: date(row['session_date']),
    staged_path: text(row['staged_path']),
    attempts: number(row['attempts']) ?? 0,
    owner: text(row['owner']),
    heartbeat_at: time(row['heartbeat_at']),
    skipped: row['skipped'] === true,
    skipped_as: text(row['skipped_as']),
    records_read: number(row['records_read']),
    records_duplicate: number(row['records_duplicate']),
    records_quarantined: number(row['records_quarantined']),
    corrects_job_id: text(row['corrects_job_id']),
    reason: text(row['reason']),
    actor: text(row['actor']),
    started_at: time(row['started_at']),
    finished_at: time(row['finished_at']),
    publish: row['publish'] === true,
  };
}

export function toEvent(row: Row): JobEvent {
  return {
    job_id: required(row['job_id']),
    occurred_at: time(row['occurred_at']) ?? '',
    actor: required(row['actor']),
    event: required(row['event']),
    detail: text(row['detail']),
  };
}

export function toFile(row: Row): ParquetFile {
  return {
    job_id: required(row['job_id']),
    path: required(row['path']),
    dataset: required(row['dataset']) as Dataset,
    ticker: required(row['ticker']),
    endpoint: required(row['endpoint']),
    session_dates: (row['session_dates'] as readonly Date[]).map((day) => day.toISOString().slice(0, 10)),
    row_count: number(row['row_count']) ?? 0,
    size_bytes: number(row['size_bytes']) ?? 0,
    checksum: required(row['checksum']),
    first_timestamp: time(row['first_timestamp']) ?? '',
    last_timestamp: time(row['last_timestamp']) ?? '',
    state: required(row['state']) as FileState,
    superseded_by: text(row['superseded_by']),
    archive_path: text(row['archive_path']),
    created_at: time(row['created_at']) ?? '',
  };
}

export function toArchivedSource(row: Row): ArchivedSource {
  return {
    job_id: required(row['job_id']),
    staged_path: required(row['staged_path']),
    archive_path: required(row['archive_path']),
    checksum: required(row['checksum']),
    size_bytes: number(row['size_bytes']) ?? 0,
    archived_checksum: required(row['archived_checksum']),
    archived_size_bytes: number(row['archived_size_bytes']) ?? 0,
    state: required(row['state']) as ArchiveState,
    archived_at: time(row['archived_at']) ?? '',
    removed_at: time(row['removed_at']),
  };
}

/** A completed job's source, as far as keeping it is concerned. */
export type KeptSource = {
  readonly job_id: string;
  readonly staged_path: string;
  readonly checksum: string;
  readonly session_date: string | null;
  /** Null in a log that was rebuilt: how many were set aside is then what was found of them. */
  readonly records_read: number | null;
  readonly records_quarantined: number;
  /** When it was staged: the job's last `received` event, or where there is none, its end. ISO 8601 in UTC. */
  readonly staged_at: string;
};

export function toKeptSource(row: Row): KeptSource {
  return {
    job_id: required(row['id']),
    staged_path: required(row['staged_path']),
    checksum: required(row['checksum']),
    session_date: date(row['session_date']),
    records_read: number(row['records_read']),
    records_quarantined: number(row['records_quarantined']) ?? 0,
    staged_at: time(row['staged_at']) ?? '',
  };
}

export function idOf(row: Row): string {
  return required(row['id']);
}

/** A column that the table says is not null. */
function required(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : null;
}

export function time(value: unknown): string | null {
  return value instanceof Date ? value.toISOString() : null;
}

function date(value: unknown): string | null {
  return value instanceof Date ? value.toISOString().slice(0, 10) : null;
}
