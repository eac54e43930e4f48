import { formatCanonicalFolder, formatCanonicalPath, formatPublishedName } from '../../core/canonical-path.ts';
import type { Job, ParquetFile } from '../../core/job.ts';
import type { PrivateFile } from '../../core/journey.ts';
import { parquetFiles } from '../../core/log-tables.ts';
import type { StoredPath } from '../../core/stored-path.ts';
import type { Intended } from '../attempt-log.ts';
import type { LogChange } from './change.ts';
import { areSameFiles, commitTime, filesOfBlocks, filesOfJobs, filesSupersededBy, isFolderTaken } from './files.ts';
import { forgetPurge } from './purges.ts';
import { commitQuality, forgetQuality } from './quality.ts';
import type { Sql } from './session.ts';

/**
 * The paths that private files will be published under: the first files of a folder get the plain names, later ones their
 * job's. Nothing is written yet.
 */
export async function planIntents(
  sql: Sql,
  job: Job,
  privateFiles: readonly PrivateFile[],
  now: string,
): Promise<ParquetFile[]> {
  const [ticker, endpoint] = [job.ticker ?? '', job.endpoint ?? ''];
  const free = await foldersFree(sql, privateFiles, ticker, endpoint);
  return privateFiles.map((file) => {
    const { month, dataset } = file;
    const isFree = free.has(formatCanonicalFolder({ month, ticker, endpoint }));
    const name = formatPublishedName({ dataset, jobId: isFree ? null : job.id });
    return toIntended(job, file, formatCanonicalPath({ month, ticker, endpoint, file: name }), now);
  });
}

/** The folders whose first file of either dataset this job writes: those get the plain names. */
async function foldersFree(
  sql: Sql,
  privateFiles: readonly PrivateFile[],
  ticker: string,
  endpoint: string,
): Promise<Set<string>> {
  const free = new Set<string>();
  for (const { month } of privateFiles) {
    const folder = formatCanonicalFolder({ month, ticker, endpoint });
    if (!(await isFolderTaken(sql, folder))) free.add(folder);
  }
  return free;
}

/** Whether the files of some sessions of a job's ticker and endpoint, published or about to be, are still those that it has seen. */
export async function areStill(
  sql: Sql,
  { ticker, endpoint }: Job,
  { sessionDates, files }: { readonly sessionDates: readonly string[]; readonly files: readonly ParquetFile[] },
): Promise<boolean> {
  const present = await filesOfBlocks(sql, { ticker: ticker ?? '', endpoint: endpoint ?? '', sessionDates });
  return areSameFiles(present, files);
}

/** The log's row of a file that is about to be published at a path. */
export function toIntended(job: Job, file: PrivateFile, path: StoredPath, now: string): ParquetFile {
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
    contract_version: file.contract,
    writer: file.writer,
    content_hash: file.contentHash,
    committed_at: null,
    superseded_at: null,
  };
}

/** What a job has recorded as intended and neither committed nor taken back. */
export async function intendedOf(sql: Sql, job: Job): Promise<Intended> {
  const placed = await filesOfJobs(sql, [job.id]);
  const retired = await filesSupersededBy(sql, job.id);
  return {
    placed: placed.filter((file) => file.state === 'publishing'),
    retired: retired.filter((file) => file.state === 'live'),
  };
}

/** Makes live what a job intended, and supersedes what it was to replace; gives how many files of either. */
export async function commitIntended(change: LogChange, job: Job): Promise<{ live: number; superseded: number }> {
  const { placed, retired } = await intendedOf(change.sql, job);
  const at = await commitTime(change);
  for (const file of retired) await change.update(parquetFiles, file, { state: 'superseded', superseded_at: at });
  for (const file of placed) await change.update(parquetFiles, file, { state: 'live', committed_at: at });
  await commitQuality(change, job, { placed, retired, at });
  return { live: placed.length, superseded: retired.length };
}

/** Forgets what a job intended; gives how many files it would have published. */
export async function forget(change: LogChange, job: Job): Promise<number> {
  const { placed, retired } = await intendedOf(change.sql, job);
  for (const file of retired) await change.update(parquetFiles, file, { superseded_by: null, archive_path: null });
  for (const file of placed) await change.remove(parquetFiles, file);
  await forgetPurge(change, job);
  await forgetQuality(change, job);
  return placed.length;
}
