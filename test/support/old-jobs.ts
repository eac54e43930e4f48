import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImportResult } from '../../src/core/job.ts';
import { editLog, loseJournal, readDatabase } from './duckdb.ts';
import { lakeAt, only, type Lake } from './gexlake.ts';
import { put, record, records } from './records.ts';

/** What `prune --json` and `archive --json` print. */
export type Pruned = {
  readonly applied: boolean;
  readonly plan_id: string;
  readonly plan: readonly {
    readonly action: string;
    readonly path: string;
    readonly bytes: number;
    readonly reason: string;
  }[];
  readonly kept: readonly { readonly path: string; readonly reason: string }[];
};

export const day = '2025-10-22_SPX_classic_gex_zero.json';

/** The name of a source of October 2025 that {@link importDay} imports. */
export function nameOf(date: number): string {
  return day.replace('22', String(date));
}

/** Imports a small session of its own; with `setAside`, one record of it goes into quarantine. */
export async function importDay(lake: Lake, date: number, setAside = false): Promise<ImportResult> {
  const second_s = (date - 22) * 86_400;
  const head = setAside ? [record(second_s - 86_400)] : [];
  const path = await put(lake.desk, nameOf(date), [...head, ...records(20, second_s)]);
  return only(await lake.import([path]));
}

/** Makes a job older in the log, all its times alike; its files keep theirs. */
export async function age(lake: Lake, jobId: string, days: number): Promise<void> {
  const columns = ['created_at', 'updated_at', 'started_at', 'finished_at', 'heartbeat_at'];
  const earlier = columns.map((column) => `${column} = ${column} - INTERVAL ${days} DAY`);
  const log = join(lake.folder, 'gex_history.db');
  await editLog(log, `UPDATE import_jobs SET ${earlier.join(', ')} WHERE id = '${jobId}'`);
  await editLog(
    log,
    `UPDATE job_events SET occurred_at = occurred_at - INTERVAL ${days} DAY WHERE job_id = '${jobId}'`,
  );
}

/** A copy of a data folder, as a folder of its own. */
export async function copyOf(lake: Lake): Promise<Lake> {
  const folder = join(await mkdtemp(join(lake.desk, 'copy-')), 'data');
  await cp(lake.folder, folder, { recursive: true, mode: 0, preserveTimestamps: true });
  return lakeAt(folder, lake.desk);
}

export const databases = ['gex_history.db', 'gex_data.db'] as const;

/** Takes both databases and the journal away. */
export async function destroy(lake: Lake): Promise<void> {
  for (const name of databases) await rm(join(lake.folder, name), { force: true });
  await loseJournal(lake.folder);
}

/** All that the log says, without what a rebuilt log cannot know. */
export async function logOf(lake: Lake): Promise<unknown[]> {
  const path = join(lake.folder, 'gex_history.db');
  const jobs = `SELECT id, checksum, ticker, endpoint, status, kind, records_processed, records_quarantined, session_date, staged_path,
    corrects_job_id FROM import_jobs WHERE status <> 'skipped' ORDER BY id`;
  const files =
    'SELECT * EXCLUDE (created_at, content_hash, committed_at, superseded_at) FROM parquet_files ORDER BY path, checksum';
  const archived = 'SELECT * EXCLUDE (archived_at) FROM archived_sources ORDER BY job_id';
  return Promise.all([jobs, files, archived].map((sql) => readDatabase(path, sql)));
}
