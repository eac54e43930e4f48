import type { Job, ParquetFile } from '../../core/job.ts';
import type { Carriers } from '../file-catalog.ts';
import { toFile } from './files.ts';
import { toJob } from './jobs.ts';
import type { Sql } from './session.ts';
import { isAbout, keepsRows } from './targets.ts';

/*
 * What the log knows of other jobs that have brought the very bytes of a job. Equal bytes alone say little: read as another ticker
 * or endpoint they are other rows, and with another session date others of their records count.
 */

/** A completed job that brought the same bytes as another ticker or endpoint, and the files that hold its rows. */
export type Elsewhere = { readonly job: Job } & Carriers;

/** Whether `file` has rows of the session `$4`. With `= ANY(…)` DuckDB takes 27 ms for it in a log of 100,000 jobs instead of 7. */
const holdsSession = "file.session_dates && CAST(string_to_array($4, ',') AS DATE[])";

/**
 * The completed job of the same ticker and endpoint, and the same bytes, that accounts for all that `job` could publish: it has looked
 * at the same records, and since its commit nothing has changed what is live of their sessions but jobs that keep all rows. Null
 * where that is not certain; then rows are compared.
 */
export async function accountedFor(sql: Sql, job: Job, checksum: string): Promise<string | null> {
  const rows = await sql.all(
    `SELECT job.* FROM import_jobs AS job
     WHERE job.checksum = $1 AND job.status = 'completed' AND job.kind <> 'rewrite' AND job.ticker = $2 AND job.endpoint = $3
       AND CASE
         -- Without a date every record counts: so it was where the job has no session, or no record was set aside.
         WHEN CAST($4 AS DATE) IS NULL THEN job.session_date IS NULL OR job.records_quarantined = 0
         ELSE job.session_date = CAST($4 AS DATE) OR (job.session_date IS NULL AND EXISTS (
           SELECT 1 FROM parquet_files AS file
           WHERE file.job_id = job.id AND ${holdsSession}))
       END
     ORDER BY job.created_at, job.id`,
    [checksum, job.ticker, job.endpoint, job.session_date],
  );
  for (const { id } of rows.map(toJob)) if (await isUntouched(sql, id, job)) return id;
  return null;
}

/** Whether no job has changed the live rows of a block since another job's commit. The order of events counts, and no clock. */
export async function isUntouched(
  sql: Sql,
  id: string,
  block: Pick<Job, 'ticker' | 'endpoint' | 'session_date'>,
): Promise<boolean> {
  const row = await sql.first(
    `WITH committed AS (SELECT job_id, max(number) AS place FROM job_events WHERE event = 'completed' GROUP BY job_id)
     SELECT own.place IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM parquet_files AS file
       JOIN import_jobs AS changer ON changer.id = file.superseded_by
       LEFT JOIN committed AS changed ON changed.job_id = changer.id
       WHERE file.ticker = $2 AND file.endpoint = $3
         AND (CAST($4 AS DATE) IS NULL OR ${holdsSession})
         AND NOT ${keepsRows('changer')}
         AND (changed.place IS NULL OR changed.place > own.place)
     ) AS untouched
     FROM (SELECT max(place) AS place FROM committed WHERE job_id = $1) AS own`,
    [id, block.ticker, block.endpoint, block.session_date],
  );
  return row?.['untouched'] === true;
}

/** A completed job whose rows are live, of the same bytes read as another ticker or endpoint; the first of them. */
export async function liveElsewhere(sql: Sql, job: Job, checksum: string): Promise<Elsewhere | null> {
  const rows = await sql.all(
    `SELECT * FROM import_jobs
     WHERE checksum = $1 AND status = 'completed' AND kind <> 'rewrite' AND (ticker <> $2 OR endpoint <> $3)
     ORDER BY created_at, id`,
    [checksum, job.ticker, job.endpoint],
  );
  for (const other of rows.map(toJob)) {
    const carriers = await carriersOf(sql, other.id);
    if (carriers.own.length + carriers.merged.length > 0) return { job: other, ...carriers };
  }
  return null;
}

/** Files that jobs of the same bytes have announced in blocks of another ticker or endpoint, and not committed. */
export async function announcedElsewhere(sql: Sql, job: Job, checksum: string): Promise<ParquetFile[]> {
  const rows = await sql.all(
    `SELECT file.* FROM parquet_files AS file JOIN import_jobs AS other ON other.id = file.job_id
     WHERE file.state = 'publishing' AND other.checksum = $1 AND other.id <> $2 AND (file.ticker <> $3 OR file.endpoint <> $4)`,
    [checksum, job.id, job.ticker, job.endpoint],
  );
  return rows.map(toFile);
}

/** Whether the bytes of a job are live, or about to be, as another ticker or endpoint. */
export async function isElsewhere(sql: Sql, { checksum, ...job }: Job): Promise<boolean> {
  if (checksum === null) return false;
  // Nearly always there is no such job, and one look is all that it costs.
  const shared = await sql.first(
    'SELECT 1 AS found FROM import_jobs WHERE checksum = $1 AND (ticker <> $2 OR endpoint <> $3) LIMIT 1',
    [checksum, job.ticker, job.endpoint],
  );
  if (shared === null) return false;
  const own = { ...job, checksum };
  return (
    (await announcedElsewhere(sql, own, checksum)).length > 0 || (await liveElsewhere(sql, own, checksum)) !== null
  );
}

/** The live files that hold rows of a job. What a rewrite has put back byte for byte is the job's own as before. */
export async function carriersOf(sql: Sql, jobId: string): Promise<Carriers> {
  const own = await versionsOf(sql, jobId);
  const merged: ParquetFile[] = [];
  const seen = new Set([jobId]);
  for (let next = mergersOf(own); next.size > 0;) {
    const found: Version[] = [];
    for (const id of next.difference(seen)) found.push(...(await versionsOf(sql, id)));
    for (const id of next) seen.add(id);
    merged.push(...liveOf(found));
    next = mergersOf(found).difference(seen);
  }
  return { own: liveOf(own), merged };
}

/** A file with a job's bytes, and the compaction that it went into, if it did. */
type Version = { readonly file: ParquetFile; readonly mergedBy: string | null };

async function versionsOf(sql: Sql, jobId: string): Promise<Version[]> {
  const rows = await sql.all(
    `SELECT file.*, CASE WHEN ${isAbout('changer', 'compaction')} THEN changer.id END AS merged_by
     FROM parquet_files AS file
     JOIN import_jobs AS maker ON maker.id = file.job_id
     LEFT JOIN import_jobs AS changer ON changer.id = file.superseded_by
     WHERE file.state <> 'publishing' AND (file.job_id = $1 OR maker.kind = 'rewrite' AND EXISTS (
       SELECT 1 FROM parquet_files AS own
       WHERE own.job_id = $1 AND own.state <> 'publishing' AND own.checksum = file.checksum
         AND own.ticker = file.ticker AND own.endpoint = file.endpoint))
     ORDER BY file.path`,
    [jobId],
  );
  return rows.map((row) => {
    const { merged_by: mergedBy } = row;
    return { file: toFile(row), mergedBy: typeof mergedBy === 'string' ? mergedBy : null };
  });
}

function liveOf(versions: readonly Version[]): ParquetFile[] {
  return versions.map(({ file }) => file).filter(({ state }) => state === 'live');
}

function mergersOf(versions: readonly Version[]): Set<string> {
  const superseded = versions.filter(({ file }) => file.state === 'superseded');
  return new Set(superseded.flatMap(({ mergedBy }) => mergedBy ?? []));
}
