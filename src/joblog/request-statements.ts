import { redactFields } from '../core/redact-fields.ts';
import { redactTextSql } from '../core/redact.ts';
import type { Database } from '../db/db.ts';
import type { NewJob } from './job-statements.ts';
import { idOf, text, time } from './rows.ts';

/** One statement on `job_requests` per function: what came over HTTP with a job beside the job itself. */

/** Where a job came from, and what its request said that is no part of the job. */
export type JobOrigin = {
  readonly job_id: string;
  readonly origin: 'http';
  readonly idempotency_key: string | null;
  /** The request's other fields, as JSON. */
  readonly fields: string | null;
  readonly received_at: string;
};

export async function insertOrigin(database: Database, origin: JobOrigin): Promise<void> {
  await database.run(
    'INSERT INTO job_requests (job_id, origin, idempotency_key, fields, received_at) VALUES (?, ?, ?, ?, ?::TIMESTAMP)',
    [origin.job_id, origin.origin, origin.idempotency_key, origin.fields, origin.received_at],
  );
}

/** The job that an actor's request with this key has made. */
export async function jobIdByKey(database: Database, actor: string, key: string): Promise<string | null> {
  const row = await database.first(
    `SELECT job.id FROM job_requests AS request JOIN import_jobs AS job ON job.id = request.job_id
     WHERE request.idempotency_key = ? AND job.actor = ? ORDER BY request.received_at LIMIT 1`,
    [key, actor],
  );
  return row === null ? null : idOf(row);
}

/** The job of this very URL that waits or runs, and is to read it as the same ticker, endpoint and session. */
export async function openJobIdByUrl(database: Database, request: Omit<NewJob, 'id'>): Promise<string | null> {
  const { url, publish, ticker, endpoint, sessionDate } = request;
  const row = await database.first(
    `SELECT id FROM import_jobs
     WHERE url = ? AND status IN ('pending', 'started') AND kind = 'import' AND publish = ?
       AND ticker IS NOT DISTINCT FROM ? AND endpoint IS NOT DISTINCT FROM ? AND session_date IS NOT DISTINCT FROM ?::DATE
     ORDER BY created_at, id LIMIT 1`,
    [url, publish, ticker, endpoint, sessionDate],
  );
  return row === null ? null : idOf(row);
}

/** The job that waits for this URL with another query, and is to read it as the same ticker, endpoint and session. */
export async function pendingJobIdByBareUrl(
  database: Database,
  bareUrl: string,
  { publish, ticker, endpoint, sessionDate }: Omit<NewJob, 'id'>,
): Promise<string | null> {
  const row = await database.first(
    `SELECT id FROM import_jobs
     WHERE starts_with(url, ?) AND regexp_replace(url, '[?#].*$', '', 's') = ? AND status = 'pending' AND kind = 'import'
       AND publish = ? AND ticker IS NOT DISTINCT FROM ? AND endpoint IS NOT DISTINCT FROM ?
       AND session_date IS NOT DISTINCT FROM ?::DATE
     ORDER BY created_at, id LIMIT 1`,
    [bareUrl, bareUrl, publish, ticker, endpoint, sessionDate],
  );
  return row === null ? null : idOf(row);
}

export async function originsOf(database: Database, ids: readonly string[]): Promise<JobOrigin[]> {
  const rows = await database.all(
    'SELECT * FROM job_requests WHERE list_contains(?::VARCHAR::VARCHAR[], job_id) ORDER BY received_at',
    [`[${ids.join(', ')}]`],
  );
  return rows.map((row) => ({
    job_id: text(row['job_id']) ?? '',
    origin: 'http',
    idempotency_key: text(row['idempotency_key']),
    fields: text(row['fields']),
    received_at: time(row['received_at']) ?? '',
  }));
}

/** Copies all of them from an attached log, without the secrets that an older version has kept of a request's fields. */
export async function copyOrigins(database: Database, from: string): Promise<void> {
  const rows = await database.all(`SELECT DISTINCT fields FROM ${from}.job_requests WHERE fields IS NOT NULL`);
  const kept = rows.map((row) => text(row['fields']) ?? '{}');
  const pairs = kept.map((fields) => ({ kept: fields, shown: JSON.stringify(redactFields(JSON.parse(fields))) }));
  await database.run(
    `INSERT INTO job_requests
     SELECT job_id, origin, ${redactTextSql('idempotency_key')}, pair.shown, received_at
     FROM ${from}.job_requests
     LEFT JOIN (SELECT unnest(from_json(?, '[{"kept":"VARCHAR","shown":"VARCHAR"}]')) AS pair) ON pair.kept = fields`,
    [JSON.stringify(pairs)],
  );
}
