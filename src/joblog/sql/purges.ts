import { counted } from '../../core/counted.ts';
import { day, rowReader, text } from '../../core/columns.ts';
import { GexlakeError } from '../../core/errors.ts';
import type { Job, PurgedFile } from '../../core/job.ts';
import { importJobs, purgedFiles } from '../../core/log-tables.ts';
import type { Holder } from '../notes.ts';
import type { PurgedSession, PurgeLog, Purging } from '../purge-log.ts';
import type { LogChange } from './change.ts';
import { noteAll } from './events.ts';
import type { Sql } from './session.ts';
import type { Transactions } from './transactions.ts';

/** What is read of `purged_files` and written there. */

const toPurged = rowReader(purgedFiles.columns);

export function sqlPurgeLog({ read, write }: Transactions): PurgeLog {
  return {
    all: () => read(allPurged, []),
    leaving: (jobId) => read((sql) => withState(sql, jobId, 'removing'), []),
    gone: (jobId) =>
      write(async (change) => {
        const leaving = await withState(change.sql, jobId, 'removing');
        for (const row of leaving) await change.update(purgedFiles, row, { state: 'purged' });
      }),
    isPurged: ({ ticker, endpoint }, sessionDate) =>
      read(async (sql) => {
        const found = (await purgedSessions(sql)).some(
          (gone) => gone.ticker === ticker && gone.endpoint === endpoint && gone.session_date === sessionDate,
        );
        return found && !(await isLive(sql, { ticker, endpoint }, sessionDate));
      }, false),
  };
}

export async function allPurged(sql: Sql): Promise<PurgedFile[]> {
  const rows = await sql.all("SELECT * FROM purged_files WHERE state <> 'intended' ORDER BY path, job_id");
  return rows.map(toPurged);
}

async function withState(sql: Sql, jobId: string, state: PurgedFile['state']): Promise<PurgedFile[]> {
  const rows = await sql.all('SELECT * FROM purged_files WHERE job_id = $1 AND state = $2 ORDER BY path', [
    jobId,
    state,
  ]);
  return rows.map(toPurged);
}

/** Records what a job is about to purge, in the place of what an earlier attempt of it has recorded. */
export async function intendPurge(change: LogChange, job: Job, purging: readonly Purging[]): Promise<void> {
  await forgetPurge(change, job);
  const rows = purging.map((file): PurgedFile => ({ ...file, job_id: job.id, state: 'intended', purged_at: null }));
  await change.insert(purgedFiles, rows);
}

export async function forgetPurge(change: LogChange, job: Job): Promise<void> {
  for (const row of await withState(change.sql, job.id, 'intended')) await change.remove(purgedFiles, row);
}

/** What a job intended to purge counts as purged from here on. Each job whose source goes is told of it. */
export async function commitPurge(change: LogChange, job: Job, { actor }: Holder): Promise<void> {
  const rows = await withState(change.sql, job.id, 'intended');
  if (rows.length === 0) return;
  for (const row of rows) await change.update(purgedFiles, row, { state: 'removing', purged_at: change.now });
  const own = Map.groupBy(
    rows.filter(({ source_checksum }) => source_checksum !== null),
    ({ of_job_id }) => of_job_id ?? job.id,
  );
  const told = [[job.id, rows] as const, ...own].map(([id, files]) => {
    const size_bytes = files.reduce((sum, file) => sum + file.size_bytes, 0);
    const detail = `${counted(files.length, 'file')} purged by job ${job.id}: ${job.reason}`;
    const data = { by: job.id, files: files.length, size_bytes };
    return { job: { id }, actor, noted: { event: 'purged', detail, data } } as const;
  });
  await noteAll(change, told);
}

/**
 * Refuses bytes that were purged, unless the job says that somebody wants them again.
 * @throws SOURCE_PURGED
 */
export async function mustNotBePurged(sql: Sql, { target, kind }: Job, checksum: string): Promise<void> {
  if (target?.kind === 'readmission') return;
  const row = await sql.first(
    `SELECT job_id, purged_at, (SELECT reason FROM import_jobs WHERE id = gone.job_id) AS reason FROM purged_files AS gone
     WHERE source_checksum = $1 AND state <> 'intended' ORDER BY purged_at DESC LIMIT 1`,
    [checksum],
  );
  if (row === null) return;
  const by = importJobs.columns.id.read(row['job_id']);
  const at = purgedFiles.columns.purged_at.read(row['purged_at']) ?? '';
  const reason = importJobs.columns.reason.read(row['reason']) ?? '';
  const problem = `these bytes, SHA-256 ${checksum}, were purged by job ${by} on ${at.slice(0, 10)}: ${reason}`;
  const hint =
    kind === 'import'
      ? 'Nothing was kept of them. To have them again in spite of that: gexlake import … --again'
      : 'Nothing was kept of them, and nothing was changed.';
  throw new GexlakeError('SOURCE_PURGED', problem, { details: { jobId: by }, hint });
}

/** The sessions of the jobs whose sources were purged, or that were migrated and keep none; of some of them there may be live rows again, or of other jobs. */
export async function purgedSessions(sql: Sql): Promise<PurgedSession[]> {
  const rows = await sql.all(
    `WITH purged AS (
       SELECT DISTINCT job_id, of_job_id FROM purged_files
       WHERE state <> 'intended' AND (source_checksum IS NOT NULL
         OR of_job_id IN (SELECT id FROM import_jobs WHERE kind = 'migration'))
     ), held AS (
       SELECT purged.job_id, source.ticker, source.endpoint, source.session_date AS day
       FROM purged JOIN import_jobs AS source ON source.id = purged.of_job_id WHERE source.session_date IS NOT NULL
       UNION
       SELECT purged.job_id, file.ticker, file.endpoint, days.day
       FROM purged JOIN parquet_files AS file ON file.job_id = purged.of_job_id, unnest(file.session_dates) AS days(day)
     )
     SELECT held.ticker, held.endpoint, held.day AS session_date, job.id AS job_id, coalesce(job.reason, '') AS reason
     FROM held JOIN import_jobs AS job ON job.id = held.job_id
     WHERE held.ticker IS NOT NULL AND held.endpoint IS NOT NULL
     ORDER BY job.finished_at, job.id`,
  );
  return rows.map(toSession);
}

const toSession = rowReader({
  ticker: text(''),
  endpoint: text(''),
  session_date: day(''),
  job_id: importJobs.columns.id,
  reason: text(''),
});

async function isLive(
  sql: Sql,
  { ticker, endpoint }: { readonly ticker: string; readonly endpoint: string },
  sessionDate: string,
): Promise<boolean> {
  const row = await sql.first(
    `SELECT 1 AS found FROM parquet_files WHERE ticker = $1 AND endpoint = $2 AND state IN ('live', 'publishing')
       AND session_dates && CAST(string_to_array($3, ',') AS DATE[]) LIMIT 1`,
    [ticker, endpoint, sessionDate],
  );
  return row !== null;
}
