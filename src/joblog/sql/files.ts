import { rowReader } from '../../core/columns.ts';
import type { ParquetFile } from '../../core/job.ts';
import { parquetFiles } from '../../core/log-tables.ts';
import type { Blocks, FileFilter } from '../file-catalog.ts';
import type { LogChange } from './change.ts';
import { listOf, type Sql } from './session.ts';
import { isAbout } from './targets.ts';

/** One question about `parquet_files` per function. */

export const toFile = rowReader(parquetFiles.columns);

export async function filesOfJobs(sql: Sql, jobIds: readonly string[]): Promise<ParquetFile[]> {
  const rows = await sql.all("SELECT * FROM parquet_files WHERE job_id = ANY(string_to_array($1, ',')) ORDER BY path", [
    listOf(jobIds),
  ]);
  return rows.map(toFile);
}

/** Files that count as published or are about to be, of one ticker and endpoint, that hold any of the sessions. */
export async function filesOfBlocks(sql: Sql, { ticker, endpoint, sessionDates }: Blocks): Promise<ParquetFile[]> {
  if (sessionDates.length === 0) return [];
  const rows = await sql.all(
    `SELECT * FROM parquet_files
     WHERE ticker = $1 AND endpoint = $2 AND state IN ('live', 'publishing')
       AND session_dates && CAST(string_to_array($3, ',') AS DATE[])
     ORDER BY created_at, path`,
    [ticker, endpoint, listOf(sessionDates)],
  );
  return rows.map(toFile);
}

/** Whether two lists name the same files in the same states. */
export function areSameFiles(left: readonly ParquetFile[], right: readonly ParquetFile[]): boolean {
  const keys = (list: readonly ParquetFile[]) =>
    list.map((file) => `${file.path} ${file.checksum} ${file.state} ${file.superseded_by}`).sort();
  return keys(left).join('\n') === keys(right).join('\n');
}

/** When a file last became live or was superseded; null where none ever has. */
export async function lastCommit(sql: Sql): Promise<string | null> {
  const row = await sql.first('SELECT max(coalesce(superseded_at, committed_at)) AS last_at FROM parquet_files');
  return parquetFiles.columns.committed_at.read(row?.['last_at']);
}

/**
 * The one time of a commit: now, but always after every commit before it, also where the clock went back. So what counted at the time of a
 * commit, or before, never changes any more.
 */
export async function commitTime({ sql, now }: LogChange): Promise<string> {
  const last = await lastCommit(sql);
  return last === null || last < now ? now : new Date(Date.parse(last) + 1).toISOString();
}

export async function filesWithState(sql: Sql, state: ParquetFile['state']): Promise<ParquetFile[]> {
  return (await sql.all('SELECT * FROM parquet_files WHERE state = $1 ORDER BY path', [state])).map(toFile);
}

/** Whether a folder has its first files, live or about to be. */
export async function isFolderTaken(sql: Sql, folder: string): Promise<boolean> {
  const row = await sql.first(
    "SELECT 1 AS taken FROM parquet_files WHERE path IN ($1, $2) AND state IN ('live', 'publishing') LIMIT 1",
    [`${folder}/strikes.parquet`, `${folder}/snapshots.parquet`],
  );
  return row !== null;
}

/** The live files that a job's own are about to replace or have replaced. */
export async function filesSupersededBy(sql: Sql, jobId: string): Promise<ParquetFile[]> {
  return (await sql.all('SELECT * FROM parquet_files WHERE superseded_by = $1 ORDER BY path', [jobId])).map(toFile);
}

/** The newest file that was replaced at a path, or lies at a path of the archive; not what a repair has put back as it was. */
export async function newestSuperseded(sql: Sql, path: string): Promise<ParquetFile | null> {
  const row = await sql.first(
    `SELECT file.* FROM parquet_files AS file JOIN import_jobs AS job ON job.id = file.superseded_by
     WHERE file.state = 'superseded' AND (file.path = $1 OR file.archive_path = $1) AND NOT ${isAbout('job', 'reparation')}
     ORDER BY job.finished_at DESC LIMIT 1`,
    [path],
  );
  return row === null ? null : toFile(row);
}

/** The live files of a folder, and those that are about to be. */
export async function filesOfFolder(sql: Sql, folder: string): Promise<ParquetFile[]> {
  const rows = await sql.all(
    "SELECT * FROM parquet_files WHERE starts_with(path, $1) AND state IN ('live', 'publishing') ORDER BY created_at, path",
    [`${folder}/`],
  );
  return rows.map(toFile);
}

/** The live file of a path and checksum, unless another job is about to replace it. */
export async function replaceableFile(sql: Sql, path: string, checksum: string): Promise<ParquetFile | null> {
  const row = await sql.first(
    `SELECT * FROM parquet_files WHERE path = $1 AND checksum = $2 AND state = 'live' AND superseded_by IS NULL`,
    [path, checksum],
  );
  return row === null ? null : toFile(row);
}

/** The newest files that match, newest first. */
export async function listFiles(sql: Sql, filter: FileFilter): Promise<ParquetFile[]> {
  const { jobId, ticker, endpoint, dataset, state, asOf, from, to, after, limit } = filter;
  const rows = await sql.all(
    `SELECT * FROM parquet_files AS file
     WHERE (CAST($1 AS VARCHAR) IS NULL OR job_id = $1) AND (CAST($2 AS VARCHAR) IS NULL OR ticker = $2)
       AND (CAST($3 AS VARCHAR) IS NULL OR endpoint = $3) AND (CAST($4 AS VARCHAR) IS NULL OR dataset = $4)
       AND (CAST($5 AS VARCHAR) IS NULL OR state = $5)
       AND EXISTS (
         SELECT 1 FROM unnest(file.session_dates) AS held(day)
         WHERE (CAST($6 AS DATE) IS NULL OR held.day >= CAST($6 AS DATE))
           AND (CAST($7 AS DATE) IS NULL OR held.day <= CAST($7 AS DATE)))
       AND (CAST($8 AS TIMESTAMP) IS NULL
         OR (created_at, path, job_id) < (CAST($8 AS TIMESTAMP), CAST($9 AS VARCHAR), CAST($10 AS VARCHAR)))
       AND (CAST($12 AS TIMESTAMP) IS NULL OR (committed_at <= CAST($12 AS TIMESTAMP)
         AND (superseded_at IS NULL OR superseded_at > CAST($12 AS TIMESTAMP))))
     ORDER BY created_at DESC, path DESC, job_id DESC LIMIT $11`,
    [
      ...[jobId, ticker, endpoint, dataset, state, from, to].map((value) => value ?? null),
      ...[after?.created_at, after?.path, after?.job_id].map((value) => value ?? null),
      limit,
      asOf ?? null,
    ],
  );
  return rows.map(toFile);
}
