import assert from 'node:assert/strict';
import { GexlakeError, type ErrorCode } from '../../../src/core/errors.ts';
import { noCounts, type Counts, type Job, type ParquetFile } from '../../../src/core/job.ts';
import type { PrivateFile } from '../../../src/core/journey.ts';
import { parseStoredPath } from '../../../src/core/stored-path.ts';
import type { JobLog, JobRequest } from '../../../src/joblog/joblog.ts';

/** What an implementation of the log must do, by its title, on a log that is new and empty. */
export type Demands = Readonly<Record<string, (log: JobLog) => Promise<void>>>;

export const holder = { owner: 'machine:1:1', actor: 'tester' };
export const other = { owner: 'machine:2:2', actor: 'tester' };
export const report = { code: 'DOWNLOAD_DENIED', message: 'words', hint: 'advice' } as const;
export const withdrawn = { stagedPath: null, intentStands: false };
export const day = '2025-10-22';
export const blocks = { ticker: 'SPX', endpoint: 'gex_zero', sessionDates: [day] };
export const finished = { counts: noCounts, sessionDates: [day], stagedPath: parseStoredPath('source/x') };
export const counts: Counts = {
  records_read: 4,
  records_processed: 2,
  records_duplicate: 1,
  records_quarantined: 1,
};

export function request(url: string): JobRequest {
  return { url, ticker: 'SPX', endpoint: 'gex_zero', sessionDate: day, actor: 'tester', publish: true };
}

export function privateFile(dataset: PrivateFile['dataset'], checksum: string): PrivateFile {
  const times = { first_timestamp_s: 1_761_139_800, last_timestamp_s: 1_761_139_900 };
  const block = { month: '2025-10', sessionDates: [day] };
  const made = { contract: '2', writer: '2 zstd-1.5.7', contentHash: 'c'.repeat(64) };
  return { path: '/x', dataset, ...block, rows: 1, size_bytes: 1, checksum, ...made, ...times, sums: {} };
}

export function publication(files: readonly PrivateFile[], compared: readonly ParquetFile[]) {
  return { files, compared, counts: noCounts, quality: [], notes: [] };
}

export function bytes(checksum: string, ...paths: readonly string[]) {
  return { checksum, paths: paths.map(parseStoredPath) };
}

export async function fails(code: ErrorCode, act: Promise<unknown>): Promise<void> {
  await assert.rejects(act, (error) => error instanceof GexlakeError && error.code === code);
}

/** A job that has been taken. */
export async function begin(log: JobLog, who = holder, asked = request('/a')): Promise<Job> {
  return log.queue.enqueueAndTake(asked, who);
}

/** A job that has published one file of snapshots with these bytes. */
export async function publish(log: JobLog, checksum: string, asked = request('/a')): Promise<Job> {
  const job = await begin(log, holder, asked);
  await log.attempts.received(job, holder, bytes(`source of ${checksum}`, `source/${job.id}/x`));
  const live = await log.files.ofBlocks(blocks);
  await log.attempts.intend(job, holder, { ...publication([privateFile('snapshots', checksum)], live), counts });
  const stagedPath = parseStoredPath(`source/${job.id}/x`);
  await log.attempts.complete(job, holder, { finished: { ...finished, counts, stagedPath }, intended: 1 });
  return job;
}
