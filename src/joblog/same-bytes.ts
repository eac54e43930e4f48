import { isCompactionSql, keepsRowsSql } from '../core/rewrites.ts';
import type { Job, ParquetFile } from '../core/job.ts';
import type { Database } from '../db/db.ts';
import { idOf, text, toFile, toJob } from './rows.ts';

/*
 * What the log knows of other jobs that have brought the very bytes of a job. Equal bytes alone say little: read as another ticker
 * or endpoint they are other rows, and with another session date others of their records count.
 */

/** Live files with the rows of a job: its own, and files of compactions that its own went into. */
export type Carriers = { readonly own: readonly ParquetFile[]; readonly merged: readonly ParquetFile[] };

/** A completed job that brought the same bytes as another ticker or endpoint, and the files that hold its rows. */
export type Elsewhere = { readonly job: Job } & Carriers;

/**
 * The completed job of the same ticker and endpoint, and the same bytes, that accounts for all that `job` could publish: it has looked
 * at the same records, and since its commit nothing has changed what is live of their sessions but jobs that keep all rows. Null
 * where that is not certain; then rows are compared.
 */
export async function accountedFor(database: Database, job: Job, checksum: string): Promise<string | null> {
  const rows = await database.all(
    `SELECT job.id FROM import_jobs AS job
     WHERE job.checksum = $checksum AND job.status = 'completed' AND job.kind <> 'rewrite'
       AND job.ticker = $ticker AND job.endpoint = $endpoint
       AND CASE
         -- Without a date every record counts: so it was where the job has no session, or no record was set aside.
         WHEN $date::DATE IS NULL THEN job.session_date IS NULL OR job.records_quarantined = 0
         ELSE job.session_date = $date::DATE OR (job.session_date IS NULL AND EXISTS (
           SELECT 1 FROM parquet_files AS file
           WHERE file.job_id = job.id AND list_contains(file.session_dates, $date::DATE)))
       END
     ORDER BY job.created_at, job.id`,
    { checksum, ticker: job.ticker, endpoint: job.endpoint, date: job.session_date },
  );
  for (const id of rows.map(idOf)) if (await isUntouched(database, id, job)) return id;
  return null;
}

/** Whether no job has changed the live rows of a block since another job's commit. The order of events counts, and no clock. */
async function isUntouched(database: Database, id: string, block: Job): Promise<boolean> {
  const row = await database.first(
    `WITH committed AS (SELECT job_id, max(rowid) AS place FROM job_events WHERE event = 'completed' GROUP BY job_id)
     SELECT own.place IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM parquet_files AS file
       JOIN import_jobs AS changer ON changer.id = file.superseded_by
       LEFT JOIN committed AS changed ON changed.job_id = changer.id
       WHERE file.ticker = $ticker AND file.endpoint = $endpoint
         AND ($date::DATE IS NULL OR list_contains(file.session_dates, $date::DATE))
         AND NOT (changer.kind = 'rewrite' AND ${keepsRowsSql('changer.url')})
         AND (changed.place IS NULL OR changed.place > own.place)
     ) AS untouched
     FROM (SELECT max(place) AS place FROM committed WHERE job_id = $id) AS own`,
    { id, ticker: block.ticker, endpoint: block.endpoint, date: block.session_date },
  );
  return row?.['untouched'] === true;
}

/** A completed job whose rows are live, of the same bytes read as another ticker or endpoint; the first of them. */
export async function liveElsewhere(database: Database, job: Job, checksum: string): Promise<Elsewhere | null> {
  const rows = await database.all(
    `SELECT * FROM import_jobs
     WHERE checksum = ? AND status = 'completed' AND kind <> 'rewrite' AND (ticker <> ? OR endpoint <> ?)
     ORDER BY created_at, id`,
    [checksum, job.ticker, job.endpoint],
  );
  for (const other of rows.map(toJob)) {
    const carriers = await carriersOf(database, other.id);
    if (carriers.own.length + carriers.merged.length > 0) return { job: other, ...carriers };
  }
  return null;
}

/** The checksum of a job, as it was received, where another job has the same bytes as another ticker or endpoint; else null. */
export async function sharedElsewhere(database: Database, job: Job): Promise<string | null> {
  const row = await database.first(
    `SELECT own.checksum FROM import_jobs AS own JOIN import_jobs AS other ON other.checksum = own.checksum
     WHERE own.id = ? AND (other.ticker <> ? OR other.endpoint <> ?) LIMIT 1`,
    [job.id, job.ticker, job.endpoint],
  );
  return row === null ? null : text(row['checksum']);
}

/** Files that jobs of the same bytes have announced in blocks of another ticker or endpoint, and not committed. */
export async function announcedElsewhere(database: Database, job: Job, checksum: string): Promise<ParquetFile[]> {
  const rows = await database.all(
    `SELECT file.* FROM parquet_files AS file JOIN import_jobs AS other ON other.id = file.job_id
     WHERE file.state = 'publishing' AND other.checksum = ? AND other.id <> ? AND (file.ticker <> ? OR file.endpoint <> ?)`,
    [checksum, job.id, job.ticker, job.endpoint],
  );
  return rows.map(toFile);
}

/** The live files that hold rows of a job. What a rewrite has put back byte for byte is the job's own as before. */
export async function carriersOf(database: Database, jobId: string): Promise<Carriers> {
  const own = await versionsOf(database, jobId);
  const merged: ParquetFile[] = [];
  const seen = new Set([jobId]);
  for (let next = mergersOf(own); next.size > 0;) {
    const found: Version[] = [];
    for (const id of next.difference(seen)) found.push(...(await versionsOf(database, id)));
    for (const id of next) seen.add(id);
    merged.push(...liveOf(found));
    next = mergersOf(found).difference(seen);
  }
  return { own: liveOf(own), merged };
}

/** A file with a job's bytes, and the compaction that it went into, if it did. */
type Version = { readonly file: ParquetFile; readonly mergedBy: string | null };

async function versionsOf(database: Database, jobId: string): Promise<Version[]> {
  const rows = await database.all(
    `SELECT file.*, CASE WHEN changer.kind = 'rewrite' AND ${isCompactionSql('changer.url')} THEN changer.id END AS merged_by
     FROM parquet_files AS file
     JOIN import_jobs AS maker ON maker.id = file.job_id
     LEFT JOIN import_jobs AS changer ON changer.id = file.superseded_by
     WHERE file.state <> 'publishing' AND (file.job_id = $id OR maker.kind = 'rewrite' AND EXISTS (
       SELECT 1 FROM parquet_files AS own
       WHERE own.job_id = $id AND own.state <> 'publishing' AND own.checksum = file.checksum
         AND own.ticker = file.ticker AND own.endpoint = file.endpoint))
     ORDER BY file.path`,
    { id: jobId },
  );
  return rows.map((row) => ({ file: toFile(row), mergedBy: text(row['merged_by']) }));
}

function liveOf(versions: readonly Version[]): ParquetFile[] {
  return versions.map(({ file }) => file).filter(({ state }) => state === 'live');
}

function mergersOf(versions: readonly Version[]): Set<string> {
  const superseded = versions.filter(({ file }) => file.state === 'superseded');
  return new Set(superseded.flatMap(({ mergedBy }) => mergedBy ?? []));
}
