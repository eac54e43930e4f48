import type { LogTimes } from '../../core/clock-doubt.ts';
import { rowReader, text, time, whole, storedPath } from '../../core/columns.ts';
import type { ArchivedSource } from '../../core/job.ts';
import { archivedSources, importJobs } from '../../core/log-tables.ts';
import type { JobOfSource, KeptSource, KnownFile } from '../source-archive.ts';
import type { Sql } from './session.ts';

/** What retention asks of the log, one question per function. */

const { id, session_date, records_read, url } = importJobs.columns;
const toKeptSource = rowReader({
  job_id: id,
  staged_path: storedPath(''),
  checksum: text(''),
  session_date,
  records_read,
  records_quarantined: whole(''),
  staged_at: time(''),
});
const toArchivedSource = rowReader(archivedSources.columns);

/**
 * The sources of completed jobs, oldest staging first. The last `received` event counts, so that no source looks older than it is;
 * it never is later than the end of the job.
 */
export async function keptSources(sql: Sql): Promise<KeptSource[]> {
  const rows = await sql.all(
    `SELECT job.id AS job_id, job.staged_path, job.checksum, job.session_date, job.records_read, coalesce(job.records_quarantined, 0) AS records_quarantined,
       least(job.finished_at, coalesce(received.last_at, job.finished_at)) AS staged_at
     FROM import_jobs AS job
     LEFT JOIN (SELECT job_id, max(occurred_at) AS last_at FROM job_events WHERE event = 'received' GROUP BY job_id) AS received
       ON received.job_id = job.id
     WHERE job.status = 'completed' AND job.staged_path IS NOT NULL AND job.checksum IS NOT NULL
       AND NOT EXISTS (
         SELECT 1 FROM purged_files AS gone
         WHERE gone.of_job_id = job.id AND gone.kind = 'source' AND gone.state <> 'intended')
     ORDER BY staged_at, job.id`,
  );
  return rows.map(toKeptSource);
}

/** The sources of jobs that are not over and may still need them. */
export async function awaitedSources(sql: Sql): Promise<string[]> {
  const rows = await sql.all("SELECT url FROM import_jobs WHERE status IN ('pending', 'started')");
  return rows.map((row) => url.read(row['url']));
}

export async function jobsFrom(sql: Sql, start: string): Promise<JobOfSource[]> {
  const rows = await sql.all('SELECT url, status FROM import_jobs WHERE starts_with(url, $1)', [start]);
  return rows.map((row) => ({ url: url.read(row['url']), status: importJobs.columns.status.read(row['status']) }));
}

export async function allArchived(sql: Sql): Promise<ArchivedSource[]> {
  return (await sql.all('SELECT * FROM archived_sources ORDER BY archive_path')).map(toArchivedSource);
}

/** What holds a job's place or a path in the archive, the job's own first. */
export async function archivedAs(sql: Sql, jobId: string, archivePath: string): Promise<ArchivedSource | null> {
  const row = await sql.first(
    'SELECT * FROM archived_sources WHERE job_id = $1 OR archive_path = $2 ORDER BY job_id <> $1 LIMIT 1',
    [jobId, archivePath],
  );
  return row === null ? null : toArchivedSource(row);
}

/** A source that is still in the archive: of these bytes, or, where they are not known, staged once at this path. */
export async function findArchived(sql: Sql, sum: string | null, stagedPath: string): Promise<ArchivedSource | null> {
  const row = await sql.first(
    `SELECT * FROM archived_sources
     WHERE state = 'archived' AND (checksum = $1 OR (CAST($1 AS VARCHAR) IS NULL AND staged_path = $2))
     ORDER BY archived_at LIMIT 1`,
    [sum, stagedPath],
  );
  return row === null ? null : toArchivedSource(row);
}

/** The sources of a job that are in the archive. */
export async function archivedOfJob(sql: Sql, jobId: string): Promise<ArchivedSource[]> {
  const rows = await sql.all("SELECT * FROM archived_sources WHERE job_id = $1 AND state = 'archived'", [jobId]);
  return rows.map(toArchivedSource);
}

/** When a task was last begun; null where it never was. */
export async function lastRun(sql: Sql, task: string): Promise<Date | null> {
  const row = await sql.first('SELECT max(started_at) AS last_at FROM maintenance_runs WHERE task = $1', [task]);
  return row?.['last_at'] instanceof Date ? row['last_at'] : null;
}

/** Every file that the log knows, where it lies, with its SHA-256: published, superseded, staged, archived. */
export async function knownFiles(sql: Sql): Promise<KnownFile[]> {
  // Both columns are texts and not null.
  return (await sql.all(
    `SELECT CASE state WHEN 'superseded' THEN archive_path ELSE path END AS path, checksum FROM parquet_files
     UNION ALL SELECT archive_path, archived_checksum FROM archived_sources WHERE state = 'archived'
     UNION ALL SELECT staged_path, checksum FROM import_jobs WHERE staged_path IS NOT NULL`,
  )) as unknown as KnownFile[];
}

/** When a job was last changed; null where there is none. One column of one table: it is asked at the start of every import. */
export async function newestChange(sql: Sql): Promise<LogTimes | null> {
  const row = await sql.first('SELECT max(updated_at) AS newest FROM import_jobs');
  const newest = row?.['newest'];
  return newest instanceof Date ? { newest_ms: newest.getTime(), resumed_ms: null } : null;
}

/** The same with the first job after the last pause of more than a year. */
export async function logTimes(sql: Sql): Promise<LogTimes | null> {
  const newest = await newestChange(sql);
  const row = await sql.first(
    `SELECT max(created_at) AS resumed
     FROM (SELECT created_at, lag(created_at) OVER (ORDER BY created_at) AS earlier_at FROM import_jobs) AS steps
     WHERE created_at - earlier_at > INTERVAL '366 days'`,
  );
  const resumed = row?.['resumed'];
  return newest === null || !(resumed instanceof Date) ? newest : { ...newest, resumed_ms: resumed.getTime() };
}
