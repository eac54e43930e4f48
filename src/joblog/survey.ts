import type { Job, ParquetFile } from '../core/job.ts';
import type { Database } from '../db/db.ts';
import { isWithdrawalSql } from '../core/rewrites.ts';
import { filesWithState } from './file-statements.ts';
import { toJob } from './rows.ts';

/** What the log says at one moment about what is published and what is not over. */
export type Survey = {
  /** Files that are live, and files that a job is about to make live. */
  readonly live: readonly ParquetFile[];
  readonly publishing: readonly ParquetFile[];
  /** Jobs that wait, run, are staged or have failed, oldest first. */
  readonly open: readonly Job[];
  /** Jobs whose counts break `read = processed + duplicate + set aside`. */
  readonly miscounted: readonly Job[];
  /** Completed jobs that have published nothing, by the log, although they are no withdrawals. */
  readonly withoutFiles: readonly Job[];
  /** Sessions of which a withdrawal has taken rows away. */
  readonly withdrawn: readonly WithdrawnSession[];
};

export type WithdrawnSession = {
  readonly ticker: string;
  readonly endpoint: string;
  readonly session_date: string;
  /** The job that has taken them away, and why. */
  readonly job_id: string;
  readonly reason: string;
};

export async function surveyLog(database: Database): Promise<Survey> {
  return {
    live: await filesWithState(database, 'live'),
    publishing: await filesWithState(database, 'publishing'),
    open: await openJobs(database),
    miscounted: await miscountedJobs(database),
    withoutFiles: await completedWithoutFiles(database),
    withdrawn: await withdrawnSessions(database),
  };
}

async function openJobs(database: Database): Promise<Job[]> {
  const rows = await database.all(
    "SELECT * FROM import_jobs WHERE status IN ('pending', 'started', 'staged', 'failed') ORDER BY created_at, id",
  );
  return rows.map(toJob);
}

async function miscountedJobs(database: Database): Promise<Job[]> {
  const rows = await database.all(
    `SELECT * FROM import_jobs WHERE records_read <> records_processed + records_duplicate + records_quarantined
     ORDER BY created_at, id`,
  );
  return rows.map(toJob);
}

async function completedWithoutFiles(database: Database): Promise<Job[]> {
  const rows = await database.all(
    `SELECT * FROM import_jobs AS job WHERE status = 'completed' AND NOT (kind = 'rewrite' AND ${isWithdrawalSql('url')})
       AND NOT EXISTS (SELECT 1 FROM parquet_files AS file WHERE file.job_id = job.id AND file.state <> 'publishing')
     ORDER BY created_at, id`,
  );
  return rows.map(toJob);
}

async function withdrawnSessions(database: Database): Promise<WithdrawnSession[]> {
  const rows = await database.all(
    `SELECT DISTINCT file.ticker, file.endpoint, unnest(file.session_dates)::VARCHAR AS session_date, job.id AS job_id,
       coalesce(job.reason, '') AS reason, job.finished_at
     FROM parquet_files AS file JOIN import_jobs AS job ON job.id = file.superseded_by
     WHERE file.state = 'superseded' AND job.kind = 'rewrite' AND ${isWithdrawalSql('job.url')}
     ORDER BY job.finished_at, job.id`,
  );
  // The columns that were selected, all texts and not null.
  return rows as unknown as WithdrawnSession[];
}
