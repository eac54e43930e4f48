import type { LogTimes } from '../core/clock-doubt.ts';
import type { ArchivedSource, ParquetFile } from '../core/job.ts';
import type { Database } from '../db/db.ts';
import { text, toArchivedSource, toFile, toKeptSource, type KeptSource } from './rows.ts';

/** One statement on `archived_sources`, `maintenance_runs` or what retention reads of the other tables per function. */

/**
 * The sources of completed jobs, oldest staging first. The last `received` event counts, so that no source looks older than it is;
 * it never is later than the end of the job.
 */
export async function keptSources(database: Database): Promise<KeptSource[]> {
  const rows = await database.all(
    `SELECT job.id, job.staged_path, job.checksum, job.session_date, job.records_read, job.records_quarantined,
       least(job.finished_at, coalesce(received.at, job.finished_at)) AS staged_at
     FROM import_jobs AS job
     LEFT JOIN (SELECT job_id, max(occurred_at) AS at FROM job_events WHERE event = 'received' GROUP BY job_id) AS received
       ON received.job_id = job.id
     WHERE job.status = 'completed' AND job.staged_path IS NOT NULL AND job.checksum IS NOT NULL
     ORDER BY staged_at, job.id`,
  );
  return rows.map(toKeptSource);
}

/** The sources of jobs that are not over and may still need them. */
export async function awaitedSources(database: Database): Promise<string[]> {
  const rows = await database.all("SELECT url FROM import_jobs WHERE status IN ('pending', 'started')");
  return rows.flatMap((row) => text(row['url']) ?? []);
}

export async function archivedSources(database: Database): Promise<ArchivedSource[]> {
  return (await database.all('SELECT * FROM archived_sources ORDER BY archive_path')).map(toArchivedSource);
}

/** What holds a job's place or a path in the archive, the job's own first. */
export async function archivedAs(
  database: Database,
  jobId: string,
  archivePath: string,
): Promise<ArchivedSource | null> {
  const row = await database.first(
    'SELECT * FROM archived_sources WHERE job_id = ? OR archive_path = ? ORDER BY job_id <> ? LIMIT 1',
    [jobId, archivePath, jobId],
  );
  return row === null ? null : toArchivedSource(row);
}

/** A source that is still in the archive: of these bytes, or staged once at this path. */
export async function findArchived(
  database: Database,
  checksum: string | null,
  stagedPath: string,
): Promise<ArchivedSource | null> {
  const row = await database.first(
    `SELECT * FROM archived_sources WHERE state = 'archived' AND (checksum = ? OR (?::VARCHAR IS NULL AND staged_path = ?))
     ORDER BY archived_at LIMIT 1`,
    [checksum, checksum, stagedPath],
  );
  return row === null ? null : toArchivedSource(row);
}

export async function insertArchived(database: Database, source: ArchivedSource): Promise<void> {
  await database.run(
    `INSERT INTO archived_sources (job_id, staged_path, archive_path, checksum, size_bytes, archived_checksum,
       archived_size_bytes, state, archived_at, removed_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?::TIMESTAMP, ?::TIMESTAMP)`,
    [
      source.job_id,
      source.staged_path,
      source.archive_path,
      source.checksum,
      source.size_bytes,
      source.archived_checksum,
      source.archived_size_bytes,
      source.state,
      source.archived_at,
      source.removed_at,
    ],
  );
}

/** Gives how many rows it changed: none where the source is not in the archive. */
export async function setRemoved(database: Database, jobId: string, now: string): Promise<number> {
  const sql =
    "UPDATE archived_sources SET state = 'removed', removed_at = ?::TIMESTAMP WHERE job_id = ? AND state = 'archived' RETURNING job_id";
  return (await database.all(sql, [now, jobId])).length;
}

export async function filesOfJobs(database: Database, jobIds: readonly string[]): Promise<ParquetFile[]> {
  const rows = await database.all(
    'SELECT * FROM parquet_files WHERE list_contains(string_split(?, chr(44)), job_id) ORDER BY path',
    [jobIds.join(',')],
  );
  return rows.map(toFile);
}

/** When a task was last begun; null where it never was. */
export async function lastRun(database: Database, task: string): Promise<Date | null> {
  const row = await database.first('SELECT max(started_at) AS at FROM maintenance_runs WHERE task = ?', [task]);
  return row?.['at'] instanceof Date ? row['at'] : null;
}

export async function insertRun(database: Database, task: string, now: string, actor: string): Promise<void> {
  await database.run('INSERT INTO maintenance_runs (task, started_at, actor) VALUES (?, ?::TIMESTAMP, ?)', [
    task,
    now,
    actor,
  ]);
}

/** Every file that the log knows, where it lies, with its SHA-256: published, superseded, staged, archived. */
export async function knownFiles(database: Database): Promise<{ path: string; checksum: string }[]> {
  // Both columns are texts and not null.
  return (await database.all(
    `SELECT CASE state WHEN 'superseded' THEN archive_path ELSE path END AS path, checksum FROM parquet_files
     UNION ALL SELECT archive_path, archived_checksum FROM archived_sources WHERE state = 'archived'
     UNION ALL SELECT staged_path, checksum FROM import_jobs WHERE staged_path IS NOT NULL`,
  )) as unknown as { path: string; checksum: string }[];
}

/** When a job was last changed; null where there is none. One column of one table: it is asked at the start of every import. */
export async function newestChange(database: Database): Promise<LogTimes | null> {
  const row = await database.first('SELECT max(updated_at) AS newest FROM import_jobs');
  const newest = row?.['newest'];
  return newest instanceof Date ? { newest_ms: newest.getTime(), resumed_ms: null } : null;
}

/** The same with the first job after the last pause of more than a year. */
export async function logTimes(database: Database): Promise<LogTimes | null> {
  const newest = await newestChange(database);
  const row = await database.first(
    `SELECT max(created_at) AS resumed
     FROM (SELECT created_at, lag(created_at) OVER (ORDER BY created_at) AS earlier_at FROM import_jobs)
     WHERE created_at - earlier_at > INTERVAL 366 DAY`,
  );
  const resumed = row?.['resumed'];
  return newest === null || !(resumed instanceof Date) ? newest : { ...newest, resumed_ms: resumed.getTime() };
}
