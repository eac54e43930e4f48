import type { Database } from '../db/db.ts';
import type { JobEvent, ParquetFile } from '../core/job.ts';
import { isReparationSql } from '../core/rewrites.ts';
import { toEvent, toFile } from './rows.ts';

/** One statement on `parquet_files` or `job_events` per function. */

export async function insertEvent(database: Database, event: JobEvent): Promise<void> {
  await insertEvents(database, [event]);
}

export async function insertEvents(database: Database, events: readonly JobEvent[]): Promise<void> {
  await database.run(
    `INSERT INTO job_events (job_id, occurred_at, actor, event, detail)
     VALUES ${events.map(() => '(?, ?::TIMESTAMP, ?, ?, ?)').join(', ')}`,
    events.flatMap((event) => [event.job_id, event.occurred_at, event.actor, event.event, event.detail]),
  );
}

export async function hasEvent(database: Database, jobId: string, event: string, detail: string): Promise<boolean> {
  const sql = 'SELECT 1 AS found FROM job_events WHERE job_id = ? AND event = ? AND detail = ? LIMIT 1';
  return (await database.first(sql, [jobId, event, detail])) !== null;
}

/** The last thing that happened to each of some jobs, by job. */
export async function lastEventsOf(database: Database, jobIds: readonly string[]): Promise<Map<string, JobEvent>> {
  const rows = await database.all(
    `SELECT * FROM job_events WHERE list_contains(?::VARCHAR[], job_id)
     QUALIFY row_number() OVER (PARTITION BY job_id ORDER BY occurred_at DESC, rowid DESC) = 1`,
    [`[${jobIds.join(', ')}]`],
  );
  return new Map(rows.map(toEvent).map((event) => [event.job_id, event]));
}

export async function eventsOf(database: Database, jobId: string): Promise<JobEvent[]> {
  return (await database.all('SELECT * FROM job_events WHERE job_id = ? ORDER BY occurred_at, rowid', [jobId])).map(
    toEvent,
  );
}

export async function insertFile(database: Database, file: ParquetFile): Promise<void> {
  await database.run(
    `INSERT INTO parquet_files (job_id, path, dataset, ticker, endpoint, session_dates, row_count, size_bytes, checksum,
       first_timestamp, last_timestamp, state, superseded_by, archive_path, created_at)
     VALUES (?, ?, ?, ?, ?, ?::VARCHAR::DATE[], ?, ?, ?, ?::TIMESTAMP, ?::TIMESTAMP, ?, ?, ?, ?::TIMESTAMP)`,
    [
      file.job_id,
      file.path,
      file.dataset,
      file.ticker,
      file.endpoint,
      `[${file.session_dates.join(', ')}]`,
      file.row_count,
      file.size_bytes,
      file.checksum,
      file.first_timestamp,
      file.last_timestamp,
      file.state,
      file.superseded_by,
      file.archive_path,
      file.created_at,
    ],
  );
}

export async function filesOfJob(database: Database, jobId: string): Promise<ParquetFile[]> {
  return (await database.all('SELECT * FROM parquet_files WHERE job_id = ? ORDER BY path', [jobId])).map(toFile);
}

/** Files that count as published or are about to be, of one ticker and endpoint, that hold any of the sessions. */
export async function filesOfBlocks(
  database: Database,
  ticker: string,
  endpoint: string,
  sessionDates: readonly string[],
): Promise<ParquetFile[]> {
  const rows = await database.all(
    `SELECT * FROM parquet_files
     WHERE ticker = ? AND endpoint = ? AND state IN ('live', 'publishing') AND list_has_any(session_dates, ?::VARCHAR::DATE[])
     ORDER BY created_at, path`,
    [ticker, endpoint, `[${sessionDates.join(', ')}]`],
  );
  return rows.map(toFile);
}

export async function filesWithState(database: Database, state: ParquetFile['state']): Promise<ParquetFile[]> {
  return (await database.all('SELECT * FROM parquet_files WHERE state = ? ORDER BY path', [state])).map(toFile);
}

/** Whether a folder has its first files, live or about to be. */
export async function folderTaken(database: Database, folder: string): Promise<boolean> {
  const row = await database.first(
    "SELECT 1 AS taken FROM parquet_files WHERE path IN (?, ?) AND state IN ('live', 'publishing') LIMIT 1",
    [`${folder}/strikes.parquet`, `${folder}/snapshots.parquet`],
  );
  return row !== null;
}

export async function setFilesLive(database: Database, jobId: string): Promise<number> {
  const sql = "UPDATE parquet_files SET state = 'live' WHERE job_id = ? AND state = 'publishing' RETURNING path";
  return (await database.all(sql, [jobId])).length;
}

/** The live files that a job's own are about to replace or have replaced. */
export async function filesSupersededBy(database: Database, jobId: string): Promise<ParquetFile[]> {
  return (await database.all('SELECT * FROM parquet_files WHERE superseded_by = ? ORDER BY path', [jobId])).map(toFile);
}

/** The newest file that was replaced at a path, or lies at a path of the archive; not what a repair has put back as it was. */
export async function newestSuperseded(database: Database, path: string): Promise<ParquetFile | null> {
  const row = await database.first(
    `SELECT file.* FROM parquet_files AS file JOIN import_jobs AS job ON job.id = file.superseded_by
     WHERE file.state = 'superseded' AND (file.path = ? OR file.archive_path = ?) AND NOT ${isReparationSql('job.url')}
     ORDER BY job.finished_at DESC LIMIT 1`,
    [path, path],
  );
  return row === null ? null : toFile(row);
}

export async function liveFilesOfFolder(database: Database, folder: string): Promise<ParquetFile[]> {
  const rows = await database.all(
    "SELECT * FROM parquet_files WHERE starts_with(path, ?) AND state IN ('live', 'publishing') ORDER BY created_at, path",
    [`${folder}/`],
  );
  return rows.map(toFile);
}

/** Marks a live file as about to be superseded; none changed means that it is not live or another job is at it. */
export async function markSuperseded(
  database: Database,
  path: string,
  checksum: string,
  jobId: string,
  archivePath: string,
): Promise<number> {
  const rows = await database.all(
    `UPDATE parquet_files SET superseded_by = ?, archive_path = ?
     WHERE path = ? AND checksum = ? AND state = 'live' AND superseded_by IS NULL RETURNING path`,
    [jobId, archivePath, path, checksum],
  );
  return rows.length;
}

export async function setSuperseded(database: Database, jobId: string): Promise<number> {
  const sql = "UPDATE parquet_files SET state = 'superseded' WHERE superseded_by = ? AND state = 'live' RETURNING path";
  return (await database.all(sql, [jobId])).length;
}

export async function unmarkSuperseded(database: Database, jobId: string): Promise<void> {
  await database.run(
    "UPDATE parquet_files SET superseded_by = NULL, archive_path = NULL WHERE superseded_by = ? AND state = 'live'",
    [jobId],
  );
}

/** Forgets what a job intended to publish and has not. */
export async function deleteIntended(database: Database, jobId: string): Promise<number> {
  const sql = "DELETE FROM parquet_files WHERE job_id = ? AND state = 'publishing' RETURNING path";
  return (await database.all(sql, [jobId])).length;
}
