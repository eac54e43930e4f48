import { rowReader } from '../../core/columns.ts';
import type { Job } from '../../core/job.ts';
import { jobRequests } from '../../core/log-tables.ts';
import type { RequestRow } from '../feed.ts';
import type { JobRequest } from '../job-queue.ts';
import { toJob } from './jobs.ts';
import { listOf, type Sql } from './session.ts';

/** What came over HTTP with a job beside the job itself, and jobs that are asked for again; one question per function. */

const toRequest = rowReader(jobRequests.columns);

/** The job that an actor's request with this key has made. */
export async function jobByKey(sql: Sql, actor: string, key: string): Promise<Job | null> {
  const row = await sql.first(
    `SELECT job.* FROM job_requests AS request JOIN import_jobs AS job ON job.id = request.job_id
     WHERE request.idempotency_key = $1 AND job.actor = $2 ORDER BY request.received_at LIMIT 1`,
    [key, actor],
  );
  return row === null ? null : toJob(row);
}

/** What a request asks to be read, and as what: `$2` to `$5`. */
const isAskedFor = `kind = 'import' AND publish = CAST($2 AS BOOLEAN)
  AND ticker IS NOT DISTINCT FROM $3 AND endpoint IS NOT DISTINCT FROM $4 AND session_date IS NOT DISTINCT FROM CAST($5 AS DATE)`;

function asked({ publish, ticker, endpoint, sessionDate }: JobRequest) {
  return [publish, ticker, endpoint, sessionDate];
}

/** The job of this very URL that waits or runs, and is to read it as the same ticker, endpoint and session. */
export async function openJobByUrl(sql: Sql, request: JobRequest): Promise<Job | null> {
  const row = await sql.first(
    `SELECT * FROM import_jobs WHERE url = $1 AND status IN ('pending', 'started') AND ${isAskedFor} ORDER BY created_at, id LIMIT 1`,
    [request.url, ...asked(request)],
  );
  return row === null ? null : toJob(row);
}

/** The job that waits for this URL with another query, and is to read it as the same ticker, endpoint and session. */
export async function pendingJobByBareUrl(sql: Sql, bareUrl: string, request: JobRequest): Promise<Job | null> {
  const row = await sql.first(
    `SELECT * FROM import_jobs
     WHERE starts_with(url, $1) AND split_part(split_part(url, '?', 1), '#', 1) = $1 AND status = 'pending' AND ${isAskedFor}
     ORDER BY created_at, id LIMIT 1`,
    [bareUrl, ...asked(request)],
  );
  return row === null ? null : toJob(row);
}

export async function requestsOf(sql: Sql, ids: readonly string[]): Promise<RequestRow[]> {
  const rows = await sql.all(
    "SELECT * FROM job_requests WHERE job_id = ANY(string_to_array($1, ',')) ORDER BY received_at",
    [listOf(ids)],
  );
  return rows.map(toRequest);
}
