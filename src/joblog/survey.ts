import type { Job, ParquetFile } from '../core/job.ts';
import type { Database } from '../db/db.ts';
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
  /** Completed jobs that have published nothing, by the log. */
  readonly withoutFiles: readonly Job[];
};

export async function surveyLog(database: Database): Promise<Survey> {
  return {
    live: await filesWithState(database, 'live'),
    publishing: await filesWithState(database, 'publishing'),
    open: await openJobs(database),
    miscounted: await miscountedJobs(database),
    withoutFiles: await completedWithoutFiles(database),
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
    `SELECT * FROM import_jobs AS job WHERE status = 'completed'
       AND NOT EXISTS (SELECT 1 FROM parquet_files AS file WHERE file.job_id = job.id AND file.state <> 'publishing')
     ORDER BY created_at, id`,
  );
  return rows.map(toJob);
}
