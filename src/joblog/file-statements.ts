import type { Database } from '../db/db.ts';
import type { JobEvent, ParquetFile } from '../core/job.ts';
import { toEvent, toFile } from './rows.ts';

/** One statement on `parquet_files` or `job_events` per function. */

export async function insertEvent(database: Database, event: JobEvent): Promise<void> {
  await database.run(
    'INSERT INTO job_events (job_id, occurred_at, actor, event, detail) VALUES (?, ?::TIMESTAMP, ?, ?, ?)',
    [event.job_id, event.occurred_at, event.actor, event.event, event.detail],
  );
}

export async function eventsOf(database: Database, jobId: string): Promise<JobEvent[]> {
  return (await database.all('SELECT * FROM job_events WHERE job_id = ? ORDER BY occurred_at, rowid', [jobId])).map(
    toEvent,
  );
}

export async function insertFile(database: Database, file: ParquetFile): Promise<void> {
  await database.run(
    `INSERT INTO parquet_files (job_id, path, dataset, ticker, endpoint, session_dates, row_count, size_bytes, checksum,
       first_timestamp, last_timestamp, state, superseded_by, created_at)
     VALUES (?, ?, ?, ?, ?, ?::VARCHAR::DATE[], ?, ?, ?, ?::TIMESTAMP, ?::TIMESTAMP, ?, ?, ?::TIMESTAMP)`,
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

/** Forgets what a job intended to publish and has not. */
export async function deleteIntended(database: Database, jobId: string): Promise<number> {
  const sql = "DELETE FROM parquet_files WHERE job_id = ? AND state = 'publishing' RETURNING path";
  return (await database.all(sql, [jobId])).length;
}
