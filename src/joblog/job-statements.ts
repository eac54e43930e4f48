import type { Database } from '../db/db.ts';
import type { Counts, Job, JobKind, JobStatus } from '../core/job.ts';
import { idOf, toJob } from './rows.ts';

/** One statement on `import_jobs` per function. Those that change a job name the state, the owner and the attempt they expect. */

/** An attempt at a job as its owner knows it: what changes a running job, changes it for this attempt only. */
export type Claim = { readonly id: string; readonly owner: string; readonly attempt: number };

export function claimOf(job: Job, owner: string): Claim {
  return { id: job.id, owner, attempt: job.attempts };
}

const isClaimed = "id = ? AND status = 'started' AND owner = ? AND attempts = ?";

function valuesOf({ id, owner, attempt }: Claim): [string, string, number] {
  return [id, owner, attempt];
}

export type NewJob = {
  readonly id: string;
  readonly url: string;
  readonly ticker: string | null;
  readonly endpoint: string | null;
  readonly sessionDate: string | null;
  readonly actor: string;
  readonly publish: boolean;
  readonly kind?: JobKind;
  readonly correctsJobId?: string | null;
  readonly reason?: string | null;
};

/** Writes down new jobs in one statement and gives them, in their order. */
export async function insertJobs(database: Database, all: readonly NewJob[], now: string): Promise<Job[]> {
  const row = "(?, ?, ?, 'pending', ?::TIMESTAMP, ?::TIMESTAMP, ?, ?, ?::DATE, 0, false, ?, ?, ?, ?)";
  const rows = await database.all(
    `INSERT INTO import_jobs (id, url, ticker, status, created_at, updated_at, kind, endpoint, session_date, attempts, skipped, actor,
       publish, corrects_job_id, reason)
     VALUES ${all.map(() => row).join(', ')} RETURNING *`,
    all.flatMap((job) => [
      job.id,
      job.url,
      job.ticker,
      now,
      now,
      job.kind ?? 'import',
      job.endpoint,
      job.sessionDate,
      job.actor,
      job.publish,
      job.correctsJobId ?? null,
      job.reason ?? null,
    ]),
  );
  return rows.map(toJob);
}

/** Takes one job that is in `from` for `owner`; the attempt counts from here. */
export async function takeJob(
  database: Database,
  id: string,
  from: JobStatus,
  owner: string,
  now: string,
): Promise<Job | null> {
  const row = await database.first(
    `UPDATE import_jobs
     SET status = 'started', owner = ?, attempts = attempts + 1, started_at = ?::TIMESTAMP, heartbeat_at = ?::TIMESTAMP,
         updated_at = ?::TIMESTAMP, finished_at = NULL, last_error = NULL
     WHERE id = ? AND status = ? RETURNING *`,
    [owner, now, now, now, id, from],
  );
  return row === null ? null : toJob(row);
}

/** The oldest pending job, of a kind or (null) of any. */
export async function oldestPending(database: Database, kind: JobKind | null): Promise<string | null> {
  const row = await database.first(
    `SELECT id FROM import_jobs WHERE status = 'pending' AND (?::VARCHAR IS NULL OR kind = ?)
     ORDER BY created_at, id LIMIT 1`,
    [kind, kind],
  );
  return row === null ? null : idOf(row);
}

/** How many jobs wait that have become pending after a time; null: all that wait. */
export async function countPendingSince(database: Database, since: string | null): Promise<number> {
  const row = await database.first(
    `SELECT count(*) AS jobs FROM import_jobs
     WHERE status = 'pending' AND updated_at > coalesce(?::TIMESTAMP, '-infinity'::TIMESTAMP)`,
    [since],
  );
  return Number(row?.['jobs'] ?? 0);
}

export async function countByStatus(database: Database, status: JobStatus): Promise<number> {
  const row = await database.first('SELECT count(*) AS jobs FROM import_jobs WHERE status = ?', [status]);
  return Number(row?.['jobs'] ?? 0);
}

export async function jobById(database: Database, id: string): Promise<Job | null> {
  const row = await database.first('SELECT * FROM import_jobs WHERE id = ?', [id]);
  return row === null ? null : toJob(row);
}

export async function jobIdsStartingWith(database: Database, prefix: string): Promise<string[]> {
  const rows = await database.all('SELECT id FROM import_jobs WHERE starts_with(id, ?) ORDER BY id LIMIT 3', [prefix]);
  return rows.map((row) => idOf(row));
}

export type JobFilter = {
  readonly status?: JobStatus | undefined;
  readonly ticker?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly limit: number;
};

/** The newest jobs that match, newest first. */
export async function listJobs(database: Database, filter: JobFilter): Promise<Job[]> {
  const rows = await database.all(
    `SELECT * FROM import_jobs
     WHERE (?::VARCHAR IS NULL OR status = ?) AND (?::VARCHAR IS NULL OR ticker = ?) AND (?::VARCHAR IS NULL OR endpoint = ?)
     ORDER BY created_at DESC, id DESC LIMIT ?`,
    [
      filter.status ?? null,
      filter.status ?? null,
      filter.ticker ?? null,
      filter.ticker ?? null,
      filter.endpoint ?? null,
      filter.endpoint ?? null,
      filter.limit,
    ],
  );
  return rows.map(toJob);
}

export async function jobsWithStatus(database: Database, status: JobStatus, owner: string | null): Promise<Job[]> {
  const rows = await database.all(
    'SELECT * FROM import_jobs WHERE status = ? AND (?::VARCHAR IS NULL OR owner = ?) ORDER BY created_at, id',
    [status, owner, owner],
  );
  return rows.map(toJob);
}

/** All jobs that were about the given sessions, published into them or took something of them away, corrected the job or were corrected by it, oldest first. */
export async function jobsOfBlocks(database: Database, job: Job, sessionDates: readonly string[]): Promise<Job[]> {
  const block = [job.ticker, job.endpoint, `[${sessionDates.join(', ')}]`];
  const rows = await database.all(
    `SELECT * FROM import_jobs
     WHERE id = ? OR id = ? OR corrects_job_id = ?
       OR ticker = ? AND endpoint = ? AND list_contains(?::VARCHAR::DATE[], session_date)
       OR id IN (
         SELECT job_id FROM parquet_files
         WHERE ticker = ? AND endpoint = ? AND list_has_any(session_dates, ?::VARCHAR::DATE[])
         UNION SELECT superseded_by FROM parquet_files
         WHERE ticker = ? AND endpoint = ? AND list_has_any(session_dates, ?::VARCHAR::DATE[]))
     ORDER BY created_at, id`,
    [job.id, job.corrects_job_id, job.id, ...block, ...block, ...block],
  );
  return rows.map(toJob);
}

/** Whether a staged path belongs to another job. */
export async function stagedByAnother(database: Database, id: string, path: string): Promise<boolean> {
  const row = await database.first('SELECT 1 AS taken FROM import_jobs WHERE staged_path = ? AND id <> ? LIMIT 1', [
    path,
    id,
  ]);
  return row !== null;
}

/** Each function below gives the number of rows it changed: none means that the job is no longer that attempt's. */

export async function setReceived(
  database: Database,
  claim: Claim,
  checksum: string,
  stagedPath: string | null,
  now: string,
): Promise<number> {
  return changed(
    database,
    `UPDATE import_jobs SET checksum = ?, staged_path = ?, heartbeat_at = ?::TIMESTAMP, updated_at = ?::TIMESTAMP
     WHERE ${isClaimed} RETURNING id`,
    [checksum, stagedPath, now, now, ...valuesOf(claim)],
  );
}

export async function setHeartbeat(database: Database, claim: Claim, now: string): Promise<number> {
  return changed(database, `UPDATE import_jobs SET heartbeat_at = ?::TIMESTAMP WHERE ${isClaimed} RETURNING id`, [
    now,
    ...valuesOf(claim),
  ]);
}

export type Ending = {
  readonly status: 'completed' | 'skipped' | 'staged' | 'failed';
  readonly counts: Counts | null;
  readonly checksum: string | null;
  readonly stagedPath: string | null;
  /** Whether the attempt has removed what it had staged. */
  readonly keepsSource: boolean;
  readonly sessionDate: string | null;
  readonly skippedAs: string | null;
  readonly lastError: string | null;
};

/** Ends an attempt. Counts and paths that are null leave what the log has, except where the attempt keeps no staged copy. */
export async function endAttempt(database: Database, claim: Claim, ending: Ending, now: string): Promise<number> {
  const counts = ending.counts;
  return changed(
    database,
    `UPDATE import_jobs
     SET status = ?, records_read = ?, records_processed = ?, records_duplicate = ?, records_quarantined = ?,
         checksum = coalesce(?, checksum), staged_path = CASE WHEN ? THEN NULL ELSE coalesce(?, staged_path) END,
         session_date = coalesce(session_date, ?::DATE), skipped = ?, skipped_as = ?, last_error = ?,
         finished_at = ?::TIMESTAMP, updated_at = ?::TIMESTAMP, heartbeat_at = ?::TIMESTAMP
     WHERE ${isClaimed} RETURNING id`,
    [
      ending.status,
      counts?.records_read ?? null,
      counts?.records_processed ?? null,
      counts?.records_duplicate ?? null,
      counts?.records_quarantined ?? null,
      ending.checksum,
      !ending.keepsSource,
      ending.stagedPath,
      ending.sessionDate,
      ending.status === 'skipped',
      ending.skippedAs,
      ending.lastError,
      now,
      now,
      now,
      ...valuesOf(claim),
    ],
  );
}

/** Notes where the records went, before the attempt ends: whoever finishes a commit after a crash needs it. */
export async function setCounts(database: Database, claim: Claim, counts: Counts, now: string): Promise<number> {
  return changed(
    database,
    `UPDATE import_jobs
     SET records_read = ?, records_processed = ?, records_duplicate = ?, records_quarantined = ?,
         heartbeat_at = ?::TIMESTAMP, updated_at = ?::TIMESTAMP
     WHERE ${isClaimed} RETURNING id`,
    [
      counts.records_read,
      counts.records_processed,
      counts.records_duplicate,
      counts.records_quarantined,
      now,
      now,
      ...valuesOf(claim),
    ],
  );
}

/** Gives a running job back to those who take pending ones; the attempt stays counted. */
export async function releaseJob(database: Database, claim: Claim, now: string): Promise<number> {
  return changed(
    database,
    `UPDATE import_jobs SET status = 'pending', owner = NULL, updated_at = ?::TIMESTAMP,
       records_read = NULL, records_processed = NULL, records_duplicate = NULL, records_quarantined = NULL
     WHERE ${isClaimed} RETURNING id`,
    [now, ...valuesOf(claim)],
  );
}

/** Hands an attempt from its process to another, unless that process was heard of since: its heartbeat is then another one. */
export async function setOwner(
  database: Database,
  claim: Claim,
  heartbeat: string | null,
  to: string,
  now: string,
): Promise<number> {
  return changed(
    database,
    `UPDATE import_jobs SET owner = ?, heartbeat_at = ?::TIMESTAMP, updated_at = ?::TIMESTAMP
     WHERE ${isClaimed} AND epoch_ms(heartbeat_at) IS NOT DISTINCT FROM epoch_ms(?::TIMESTAMP) RETURNING id`,
    [to, now, now, ...valuesOf(claim), heartbeat],
  );
}

/** Moves a job that nobody holds from one state to another. */
export async function moveJob(
  database: Database,
  id: string,
  from: JobStatus,
  to: JobStatus,
  now: string,
): Promise<number> {
  return changed(
    database,
    `UPDATE import_jobs SET status = ?, owner = NULL, updated_at = ?::TIMESTAMP,
       finished_at = CASE WHEN ? = 'cancelled' THEN ?::TIMESTAMP ELSE finished_at END
     WHERE id = ? AND status = ? RETURNING id`,
    [to, now, to, now, id, from],
  );
}

/** Gives a job that waits another URL of the same file. */
export async function setUrl(database: Database, id: string, url: string, now: string): Promise<number> {
  return changed(
    database,
    "UPDATE import_jobs SET url = ?, updated_at = ?::TIMESTAMP WHERE id = ? AND status = 'pending' RETURNING id",
    [url, now, id],
  );
}

export async function setPublish(database: Database, id: string, publish: boolean): Promise<number> {
  return changed(database, 'UPDATE import_jobs SET publish = ? WHERE id = ? RETURNING id', [publish, id]);
}

async function changed(database: Database, sql: string, values: Parameters<Database['all']>[1]): Promise<number> {
  return (await database.all(sql, values)).length;
}
