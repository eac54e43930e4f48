import type { Job, ParquetFile } from '../core/job.ts';
import type { PrivateFile } from '../core/journey.ts';
import { parquetFolder } from '../core/names.ts';
import type { Database } from '../db/db.ts';
import { folderTaken } from './file-statements.ts';

/**
 * The paths that private files will be published under: the first files of a folder get the plain names, later ones their
 * job's. Nothing is written yet.
 */
export async function planIntents(
  database: Database,
  job: Job,
  privateFiles: readonly PrivateFile[],
  now: string,
): Promise<ParquetFile[]> {
  const [ticker, endpoint] = [job.ticker ?? '', job.endpoint ?? ''];
  const free = await foldersFree(database, privateFiles, ticker, endpoint);
  return privateFiles.map((file) => {
    const folder = parquetFolder(file.month, ticker, endpoint);
    const name = free.has(folder) ? `${file.dataset}.parquet` : `${file.dataset}_${job.id}.parquet`;
    return toIntended(job, file, `${folder}/${name}`, now);
  });
}

/** The folders whose first file of either dataset this job writes: those get the plain names. */
async function foldersFree(
  database: Database,
  privateFiles: readonly PrivateFile[],
  ticker: string,
  endpoint: string,
): Promise<Set<string>> {
  const free = new Set<string>();
  for (const { month } of privateFiles) {
    const folder = parquetFolder(month, ticker, endpoint);
    if (!(await folderTaken(database, folder))) free.add(folder);
  }
  return free;
}

/** Whether two lists name the same files in the same states. */
export function sameFiles(left: readonly ParquetFile[], right: readonly ParquetFile[]): boolean {
  const keys = (list: readonly ParquetFile[]) =>
    list.map((file) => `${file.path} ${file.checksum} ${file.state} ${file.superseded_by}`).sort();
  return keys(left).join('\n') === keys(right).join('\n');
}

/** The log's row of a file that is about to be published at a path. */
export function toIntended(job: Job, file: PrivateFile, path: string, now: string): ParquetFile {
  return {
    job_id: job.id,
    path,
    dataset: file.dataset,
    ticker: job.ticker ?? '',
    endpoint: job.endpoint ?? '',
    session_dates: file.sessionDates,
    row_count: file.rows,
    size_bytes: file.size_bytes,
    checksum: file.checksum,
    first_timestamp: new Date(file.first_timestamp_s * 1000).toISOString(),
    last_timestamp: new Date(file.last_timestamp_s * 1000).toISOString(),
    state: 'publishing',
    superseded_by: null,
    archive_path: null,
    created_at: now,
  };
}
