import { join } from 'node:path';
import type { ErrorReport } from '../core/errors.ts';
import { beganAt_ms, newJobId } from '../core/ids.ts';
import type { ArchivedSource, Job, JobEvent, ParquetFile } from '../core/job.ts';
import { identifySource } from '../core/names.ts';
import { describeTarget, type RewriteTarget } from '../core/job-target.ts';
import { stagedPath } from '../core/kept-places.ts';
import type { StoredPath } from '../core/stored-path.ts';
import type { DerivedJob } from './derived-job.ts';
import type { FoundParquet } from './found.ts';
import type { DerivedRewrite } from './rewrites.ts';

/** The rows of a job log. */
export type LogRows = {
  readonly jobs: readonly Job[];
  readonly files: readonly ParquetFile[];
  readonly archived: readonly ArchivedSource[];
  readonly events: readonly JobEvent[];
};

export type Rebuilding = { readonly root: string; readonly now_ms: number; readonly actor: string };

const reason = 'rebuilt from the files of the data folder; who asked for it is not known';
const unpublished: ErrorReport = {
  code: 'INTERRUPTED',
  message: 'the log was rebuilt, and no Parquet file holds rows of this source',
  hint: null,
};

/** Puts derived jobs into rows. Those without an id get one of now. */
export function toRows(derived: readonly DerivedJob[], rebuilding: Rebuilding): LogRows {
  const ids = new Map(derived.map((job, at) => [job, job.id ?? newJobId(rebuilding.now_ms + at)]));
  const idOf = (job: DerivedJob) => ids.get(job) ?? '';
  const now = new Date(rebuilding.now_ms).toISOString();
  return {
    jobs: derived.map((job) => toJob(job, idOf, rebuilding)),
    files: derived.flatMap((job) => {
      const owner = { job_id: idOf(job), created_at: timeOf(job, rebuilding), now };
      return job.files.map((file) => toFile(file, owner));
    }),
    archived: derived.flatMap((job) => toArchived(job, idOf(job), now)),
    events: derived.map((job, at) => ({
      job_id: idOf(job),
      occurred_at: now,
      actor: rebuilding.actor,
      event: 'rebuilt',
      detail: describe(job),
      number: at + 1,
      data: null,
    })),
  };
}

/** What is known of a job, in words. */
export function describe({ files, staged, archived, status, kind }: DerivedJob): string {
  const source = staged?.path ?? archived?.path ?? 'a source that is not here';
  const from = kind === 'rewrite' ? 'other files' : source;
  return status === 'completed' ? `${files.length} files, from ${from}` : `no file, from ${from}`;
}

function timeOf(job: DerivedJob, { now_ms }: Rebuilding): string {
  return new Date(job.id === null ? now_ms : beganAt_ms(job.id)).toISOString();
}

function toJob(job: DerivedJob, idOf: (job: DerivedJob) => string, rebuilding: Rebuilding): Job {
  const { ticker, endpoint, session_date } = subjectOf(job);
  const created_at = timeOf(job, rebuilding);
  const error = job.status === 'failed' ? unpublished : null;
  const target = job.rewrite === null ? null : targetOf(job.rewrite, job.about, idOf);
  return {
    id: idOf(job),
    url: urlOf(job, target, rebuilding.root),
    target,
    origin: 'rebuild',
    checksum: job.checksum,
    ticker,
    endpoint,
    session_date,
    kind: job.kind,
    status: job.status,
    last_error: error === null ? null : `${error.code}: ${error.message}`,
    error,
    created_at,
    updated_at: created_at,
    started_at: created_at,
    finished_at: created_at,
    heartbeat_at: null,
    staged_path: stagedPathOf(job),
    attempts: 1,
    owner: null,
    skipped: false,
    skipped_as: null,
    publish: true,
    ...countsOf(job),
    corrects_job_id: job.kind === 'correction' && job.about !== null ? idOf(job.about) : null,
    reason,
    actor: rebuilding.actor,
  };
}

/** How many duplicates a source had is not known, and so not how many records were read. A merged file tells nothing about one job. */
function countsOf(job: DerivedJob) {
  const none = { records_read: null, records_duplicate: null };
  if (job.status !== 'completed') return { ...none, records_processed: null, records_quarantined: null };
  if (job.kind === 'rewrite')
    return { records_read: 0, records_duplicate: 0, records_processed: 0, records_quarantined: 0 };
  const isMerged = job.files.length === 0 || job.files.some((file) => file.sources.length > 1);
  const rows = job.files.filter((file) => file.dataset === 'snapshots').reduce((sum, file) => sum + file.row_count, 0);
  return { ...none, records_processed: isMerged ? null : rows, records_quarantined: job.records_quarantined };
}

function urlOf(job: DerivedJob, target: RewriteTarget | null, root: string): string {
  const source = job.staged ?? job.archived;
  if (source !== null) return join(root, source.path);
  return target === null ? `unknown:${job.checksum ?? ''}` : describeTarget(target);
}

function targetOf(rewrite: DerivedRewrite, about: DerivedJob | null, idOf: (job: DerivedJob) => string): RewriteTarget {
  switch (rewrite.kind) {
    case 'withdraw':
      return { kind: 'withdrawal', job_id: about === null ? 'unknown' : idOf(about), plan_id: null };
    case 'compact':
      return { kind: 'compaction', folder: rewrite.path, plan_id: null };
    case 'restore':
      return { kind: 'restoration', path: rewrite.path };
    case 'repair':
      return { kind: 'reparation', path: rewrite.path };
  }
}

/** An archived source was staged under its name, or in its job's folder where it has one in the archive, too. */
function stagedPathOf({ staged, archived }: DerivedJob): StoredPath | null {
  if (staged !== null) return staged.path;
  return archived === null ? null : stagedPath(archived.name, archived.namedJob);
}

type Subject = Pick<Job, 'ticker' | 'endpoint' | 'session_date'>;

function subjectOf(job: DerivedJob): Subject {
  const [first] = job.files;
  if (first === undefined) return job.about === null ? subjectOfName(job) : subjectOf(job.about);
  const sessions = new Set(job.files.flatMap((file) => file.session_dates));
  const [only] = sessions;
  return { ticker: first.ticker, endpoint: first.endpoint, session_date: sessions.size === 1 ? (only ?? null) : null };
}

function subjectOfName({ staged, archived }: DerivedJob): Subject {
  try {
    const { ticker, endpoint, sessionDate } = identifySource((staged ?? archived)?.name ?? '');
    return { ticker, endpoint: endpoint.name, session_date: sessionDate };
  } catch {
    return { ticker: null, endpoint: null, session_date: null };
  }
}

type Owner = Pick<ParquetFile, 'job_id' | 'created_at'> & { readonly now: string };

function toFile(file: FoundParquet, { job_id, created_at, now }: Owner): ParquetFile {
  const { dataset, ticker, endpoint, session_dates, row_count, size_bytes, checksum } = file;
  const { first_timestamp, last_timestamp, supersededBy } = file;
  return {
    job_id,
    path: file.livePath,
    dataset,
    ticker,
    endpoint,
    session_dates,
    row_count,
    size_bytes,
    checksum,
    first_timestamp,
    last_timestamp,
    state: supersededBy === null ? 'live' : 'superseded',
    superseded_by: supersededBy,
    archive_path: supersededBy === null ? null : file.path,
    created_at,
    contract_version: file.contract_version,
    writer: file.writer,
    content_hash: null,
    // When these were is not known; since when they are, is.
    committed_at: now,
    superseded_at: supersededBy === null ? null : now,
  };
}

function toArchived(job: DerivedJob, jobId: string, now: string): ArchivedSource[] {
  const { archived } = job;
  if (archived === null) return [];
  return [
    {
      job_id: jobId,
      staged_path: job.staged?.path ?? stagedPath(archived.name, archived.namedJob),
      archive_path: archived.path,
      checksum: archived.checksum,
      size_bytes: archived.size_bytes,
      archived_checksum: archived.packed_checksum,
      archived_size_bytes: archived.packed_size_bytes,
      state: 'archived',
      archived_at: now,
      removed_at: null,
    },
  ];
}
