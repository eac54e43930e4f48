import { rowReader } from '../../core/columns.ts';
import { GexlakeError } from '../../core/errors.ts';
import type { Job, JobKind, JobStatus } from '../../core/job.ts';
import { importJobs } from '../../core/log-tables.ts';
import type { JobFilter } from '../job-reader.ts';
import { listOf, type Sql } from './session.ts';

/** One question about `import_jobs` per function. */

export const toJob = rowReader(importJobs.columns);

/** The oldest pending job, of a kind or (null) of any. */
export async function oldestPending(sql: Sql, kind: JobKind | null): Promise<Job | null> {
  const row = await sql.first(
    `SELECT * FROM import_jobs WHERE status = 'pending' AND (CAST($1 AS VARCHAR) IS NULL OR kind = $1)
     ORDER BY created_at, id LIMIT 1`,
    [kind],
  );
  return row === null ? null : toJob(row);
}

export async function openJobs(sql: Sql): Promise<Job[]> {
  const rows = await sql.all(
    "SELECT * FROM import_jobs WHERE status IN ('pending', 'started', 'staged', 'failed') ORDER BY created_at, id",
  );
  return rows.map(toJob);
}

/** How many jobs wait that have become pending after a time; null: all that wait. */
export async function countPendingSince(sql: Sql, since: string | null): Promise<number> {
  const row = await sql.first(
    `SELECT count(*) AS jobs FROM import_jobs
     WHERE status = 'pending' AND (CAST($1 AS TIMESTAMP) IS NULL OR updated_at > CAST($1 AS TIMESTAMP))`,
    [since],
  );
  return Number(row?.['jobs'] ?? 0);
}

export async function jobById(sql: Sql, id: string): Promise<Job | null> {
  const row = await sql.first('SELECT * FROM import_jobs WHERE id = $1', [id]);
  return row === null ? null : toJob(row);
}

/** A job by its id, or by a beginning of it that no other job shares. @throws JOB_NOT_FOUND */
export async function findJob(sql: Sql, id: string): Promise<Job> {
  const exact = await jobById(sql, id);
  if (exact !== null) return exact;
  // Tables end a beginning with …
  const start = id.replace(/…$/, '');
  const found = /^[0-9a-f]{4,31}$/.test(start) ? await jobsStartingWith(sql, start) : [];
  const [only, another] = found;
  if (only !== undefined && another === undefined) return only;
  const hint = '`gexlake jobs` lists the jobs with their ids.';
  if (/^[0-9a-f]{1,3}$/.test(start))
    throw new GexlakeError('JOB_NOT_FOUND', `${id} is too short a beginning of a job id: give 4 characters or more`, {
      hint,
    });
  const problem = another === undefined ? `no job has the id ${id}` : `more than one job id starts with ${id}`;
  throw new GexlakeError('JOB_NOT_FOUND', problem, { hint });
}

export function noLogYet(id: string): GexlakeError {
  return new GexlakeError('JOB_NOT_FOUND', `no job has the id ${id}: there is no job log yet`, {
    hint: 'Check --data-dir, or import something first.',
  });
}

async function jobsStartingWith(sql: Sql, prefix: string): Promise<Job[]> {
  return (await sql.all('SELECT * FROM import_jobs WHERE starts_with(id, $1) ORDER BY id LIMIT 2', [prefix])).map(
    toJob,
  );
}

export async function jobsByIds(sql: Sql, ids: readonly string[]): Promise<Job[]> {
  const rows = await sql.all("SELECT * FROM import_jobs WHERE id = ANY(string_to_array($1, ','))", [listOf(ids)]);
  return rows.map(toJob);
}

/** The newest jobs that match, newest first. */
export async function listJobs(sql: Sql, { status, ticker, endpoint, limit }: JobFilter): Promise<Job[]> {
  const rows = await sql.all(
    `SELECT * FROM import_jobs
     WHERE (CAST($1 AS VARCHAR) IS NULL OR status = $1) AND (CAST($2 AS VARCHAR) IS NULL OR ticker = $2)
       AND (CAST($3 AS VARCHAR) IS NULL OR endpoint = $3)
     ORDER BY created_at DESC, id DESC LIMIT $4`,
    [status ?? null, ticker ?? null, endpoint ?? null, limit],
  );
  return rows.map(toJob);
}

export async function jobsWithStatus(sql: Sql, status: JobStatus): Promise<Job[]> {
  const rows = await sql.all('SELECT * FROM import_jobs WHERE status = $1 ORDER BY created_at, id', [status]);
  return rows.map(toJob);
}

/** All jobs that were about the given sessions, published into them or took something of them away, corrected the job or were corrected by it, oldest first. */
export async function jobsOfBlocks(sql: Sql, job: Job, sessionDates: readonly string[]): Promise<Job[]> {
  const ofBlock = sessionDates.length === 0 ? 'false' : inBlocks;
  const rows = await sql.all(
    `SELECT * FROM import_jobs WHERE id = $1 OR id = $2 OR corrects_job_id = $1 OR ${ofBlock} ORDER BY created_at, id`,
    [
      job.id,
      job.corrects_job_id,
      ...(sessionDates.length === 0 ? [] : [job.ticker, job.endpoint, listOf(sessionDates)]),
    ],
  );
  return rows.map(toJob);
}

const inBlocks = `
  ticker = $3 AND endpoint = $4 AND session_date = ANY(CAST(string_to_array($5, ',') AS DATE[]))
  OR id IN (
    SELECT job_id FROM parquet_files
    WHERE ticker = $3 AND endpoint = $4 AND session_dates && CAST(string_to_array($5, ',') AS DATE[])
    UNION SELECT superseded_by FROM parquet_files
    WHERE ticker = $3 AND endpoint = $4 AND session_dates && CAST(string_to_array($5, ',') AS DATE[]))`;

/** Whether a staged path belongs to another job. */
export async function stagedByAnother(sql: Sql, id: string, path: string): Promise<boolean> {
  const found = 'SELECT 1 AS taken FROM import_jobs WHERE staged_path = $1 AND id <> $2 LIMIT 1';
  return (await sql.first(found, [path, id])) !== null;
}
