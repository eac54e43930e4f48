import type { ParquetFile } from '../../core/job.ts';
import { filesOf, type JobFacts, type LogFacts } from './facts.ts';
import { problem, type Problem } from '../../core/problem.ts';

/*
 * What the log says of published files, held against what it says of their jobs. No file is looked at.
 */

/** Rows that cannot be as they are. */
export function checkFileRows(facts: LogFacts): Problem[] {
  const live = facts.files.filter((file) => file.state === 'live');
  const repeated = [...Map.groupBy(live, (file) => file.path).values()].filter((rows) => rows.length > 1);
  const twice = repeated.flatMap(([row]) => (row === undefined ? [] : [wrong(row, 'has more than one live row')]));
  return [...facts.files.flatMap((file) => checkRow(facts, file)), ...twice];
}

function checkRow({ jobs, lost }: LogFacts, file: ParquetFile): Problem[] {
  const status = jobs.get(file.job_id)?.status;
  // The row of a job that is lost is not to blame.
  if (status === undefined) return [];
  if (file.state === 'publishing')
    return status === 'completed' ? [wrong(file, 'is not live, though its job is completed')] : [];
  if (status !== 'completed') return [wrong(file, `is ${file.state}, though its job is ${status}`)];
  const by = file.superseded_by;
  if (by !== null && lost.has(by)) return [];
  const replaced = by !== null && jobs.get(by)?.status === 'completed';
  if (file.state === 'live') return replaced ? [wrong(file, `is live, though job ${by} has replaced it`)] : [];
  if (!replaced) return [wrong(file, 'is superseded, and no completed job has replaced it')];
  return file.archive_path === null ? [wrong(file, 'is superseded, and the log does not say where it lies')] : [];
}

function wrong(file: ParquetFile, what: string): Problem {
  return problem('FILE_ROW', { path: file.path, jobId: file.job_id }, `${file.path} of job ${file.job_id} ${what}`);
}

/** Files that a job said it publishes and that parquet_files does not have as its own. */
export function checkPublished({ job, published }: JobFacts, facts: LogFacts): Problem[] {
  const own = new Set<string>(filesOf(facts, job).map((file) => file.path));
  return published
    .filter((path) => !own.has(path))
    .map((path) =>
      problem(
        'FILE_NOT_LOGGED',
        { path, jobId: job.id },
        `job ${job.id} published ${path}, and parquet_files has no row for it`,
      ),
    );
}

/** A job's files are of its own ticker and endpoint. */
export function checkJobBlock({ job, status }: JobFacts, facts: LogFacts): Problem[] {
  const own = filesOf(facts, job);
  const foreign = own.find(({ ticker, endpoint }) => ticker !== job.ticker || endpoint !== job.endpoint);
  if (status !== 'completed' || foreign === undefined) return [];
  const what = `job ${job.id} is of ${job.ticker} ${job.endpoint}, and its files of ${foreign.ticker} ${foreign.endpoint}`;
  return [problem('JOB_BLOCK', { jobId: job.id }, what)];
}

/** The records of an import or migration are the rows of its snapshots, whatever became of these files since. */
export function checkJobRows({ job, status, counts }: JobFacts, facts: LogFacts): Problem[] {
  if (status !== 'completed' || job.kind === 'rewrite' || counts === null) return [];
  const own = filesOf(facts, job).filter(({ dataset }) => dataset === 'snapshots');
  const rows = own.reduce((sum, file) => sum + file.row_count, 0);
  // A correction's files can hold other sessions of the files that they replace, too.
  const fits = job.kind === 'correction' ? rows >= counts.records_processed : rows === counts.records_processed;
  if (fits) return [];
  const what = `job ${job.id} processed ${counts.records_processed} records, and its snapshots have ${rows} rows`;
  return [problem('JOB_ROWS', { jobId: job.id }, what)];
}

/** An import of one session has that session in all its files, and no other. */
export function checkJobSession({ job, status }: JobFacts, facts: LogFacts): Problem[] {
  if (status !== 'completed' || job.kind !== 'import') return [];
  const own = filesOf(facts, job);
  const sessions = [...new Set(own.flatMap((file) => file.session_dates))].sort();
  if (own.length === 0 || job.session_date === (sessions.length === 1 ? sessions[0] : null)) return [];
  const what = `job ${job.id} is of session ${job.session_date ?? 'null'}, and its files of ${sessions.join(', ')}`;
  return [problem('JOB_SESSION', { jobId: job.id }, what)];
}
