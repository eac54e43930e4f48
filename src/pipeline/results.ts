import type { ErrorReport } from '../core/errors.ts';
import { noCounts, warningsOf, type Counts, type ImportResult, type Job, type JobStatus } from '../core/job.ts';
import type { JobStory } from '../joblog/joblog.ts';

type Known = Omit<ImportResult, keyof Counts | 'job_id' | 'skipped' | 'ticker' | 'endpoint' | 'status'>;

type Outcome = { readonly [K in keyof Known]?: Known[K] | undefined } & {
  readonly status: JobStatus;
  readonly counts?: Counts | undefined;
};

/** What `import --json` prints of a job, its keys in the order that the documentation gives them. */
export function toResult(job: Job, outcome: Outcome): ImportResult {
  const counts = outcome.counts ?? noCounts;
  return {
    job_id: job.id,
    status: outcome.status,
    skipped: outcome.status === 'skipped',
    skipped_as: outcome.skipped_as ?? null,
    ticker: job.ticker,
    endpoint: job.endpoint,
    session_dates: outcome.session_dates ?? (job.session_date === null ? [] : [job.session_date]),
    records_read: counts.records_read,
    records_processed: counts.records_processed,
    records_duplicate: counts.records_duplicate,
    records_quarantined: counts.records_quarantined,
    strike_rows: outcome.strike_rows ?? 0,
    staged_path: outcome.staged_path ?? null,
    staging_table: outcome.staging_table ?? null,
    parquet_files: outcome.parquet_files ?? [],
    error: outcome.error ?? null,
    warnings: outcome.warnings ?? [],
  };
}

/** The result of a job whose importer has not told it, from the log. `error` is why, and counts only where the job failed. */
export function resultFromLog(story: JobStory, error: ErrorReport): ImportResult {
  const live = story.files.filter((file) => file.state === 'live');
  const strikes = live.filter((file) => file.dataset === 'strikes');
  const sessionDates = [...new Set(story.files.flatMap((file) => file.session_dates))].sort();
  return toResult(story, {
    status: story.status,
    session_dates: sessionDates.length === 0 ? undefined : sessionDates,
    skipped_as: story.skipped_as,
    counts: {
      records_read: story.records_read ?? 0,
      records_processed: story.records_processed ?? 0,
      records_duplicate: story.records_duplicate ?? 0,
      records_quarantined: story.records_quarantined ?? 0,
    },
    strike_rows: strikes.reduce((sum, file) => sum + file.row_count, 0),
    staged_path: story.staged_path,
    parquet_files: live.map((file) => file.path),
    error: story.status === 'failed' ? error : null,
    warnings: warningsOf(story.events),
  });
}
