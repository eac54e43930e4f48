import type { Job, JobEvent, ParquetFile } from '../core/job.ts';
import type { Database } from '../db/db.ts';
import { originsOf, type JobOrigin } from './request-statements.ts';
import { idOf, text, toEvent, toFile, toJob } from './rows.ts';

/*
 * Reading the log for those who follow it. `job_events` is append-only and every change of a job writes into it, so the place of a
 * row in that table is a number that only rises: it says how far somebody has followed.
 */

/** An event with its place in the log, counted from 1. */
export type NumberedEvent = JobEvent & { readonly number: number };

/** What has changed since a place in the log: the jobs as they are now, and what happened. */
export type Changes = {
  readonly jobs: readonly Job[];
  readonly events: readonly NumberedEvent[];
  /** All about the jobs to which something has happened, and those whose files they have replaced. */
  readonly details: readonly JobDetails[];
  /** The newest event's number, and what it is told by. */
  readonly last: number;
  readonly mark: string;
  /** Whether this is another log than the one that was followed: it lacks the event that was seen last. Then these are all jobs. */
  readonly isAnother: boolean;
};

/** How far somebody has followed the log; null for one who knows nothing yet and gets every job, without the events. */
export type FeedPosition = { readonly last: number; readonly mark: string; readonly updated_at: string };

export async function changesSince(database: Database, position: FeedPosition | null): Promise<Changes> {
  const newest = await database.first('SELECT coalesce(max(rowid) + 1, 0) AS last FROM job_events');
  const last = Number(newest?.['last'] ?? 0);
  const mark = await markOf(database, last);
  const isAnother = position !== null && (await markOf(database, position.last)) !== position.mark;
  if (position === null || isAnother)
    return { jobs: await allJobs(database), events: [], details: [], last, mark, isAnother };
  const rows = await database.all(
    `SELECT * FROM import_jobs
     WHERE status = 'started' OR updated_at >= ?::TIMESTAMP OR id IN (SELECT job_id FROM job_events WHERE rowid >= ?)
     ORDER BY created_at, id`,
    [position.updated_at, position.last],
  );
  const events = await eventsAfter(database, position.last, last);
  const details = await detailsOf(database, await touchedBy(database, events));
  return { jobs: rows.map(toJob), events, details: [...details.values()], last, mark, isAnother };
}

/** What an event is told by in any log; nothing for a number that the log does not have. */
async function markOf(database: Database, number: number): Promise<string> {
  const row = await database.first(
    "SELECT concat_ws(' ', job_id, occurred_at, actor, event) AS mark FROM job_events WHERE rowid = ?",
    [number - 1],
  );
  return text(row?.['mark']) ?? '';
}

/** The jobs of some events, and those whose files these jobs have replaced. */
async function touchedBy(database: Database, events: readonly NumberedEvent[]): Promise<string[]> {
  const ids = new Set(events.map((event) => event.job_id));
  if (ids.size === 0) return [];
  const rows = await database.all(
    'SELECT DISTINCT job_id AS id FROM parquet_files WHERE list_contains(?::VARCHAR::VARCHAR[], superseded_by)',
    [`[${[...ids].join(', ')}]`],
  );
  for (const row of rows) ids.add(idOf(row));
  return [...ids];
}

/** Rows that are made into jobs at once: as one piece, a log of 100,000 jobs needs 500 MB more for a moment. */
const chunkRows = 2_000;

async function allJobs(database: Database): Promise<Job[]> {
  const jobs: Job[] = [];
  const end = await database.first('SELECT coalesce(max(rowid) + 1, 0) AS rows FROM import_jobs');
  for (let start = 0; start < Number(end?.['rows'] ?? 0); start += chunkRows) {
    const rows = await database.all('SELECT * FROM import_jobs WHERE rowid >= ? AND rowid < ?', [
      start,
      start + chunkRows,
    ]);
    for (const row of rows) jobs.push(toJob(row));
  }
  const key = ({ created_at, id }: Job) => created_at + id;
  return jobs.sort((left, right) => (key(left) < key(right) ? -1 : 1));
}

/** The events behind number `after`, up to number `last`, in their order. */
export async function eventsAfter(database: Database, after: number, last: number): Promise<NumberedEvent[]> {
  const rows = await database.all(
    'SELECT rowid + 1 AS number, * FROM job_events WHERE rowid >= ? AND rowid < ? ORDER BY rowid',
    [after, last],
  );
  return rows.map((row) => Object.assign({ number: Number(row['number']) }, toEvent(row)));
}

/** A job with its events, its files, and the request that it came with. */
export type JobDetails = {
  readonly job: Job;
  readonly events: readonly JobEvent[];
  readonly files: readonly ParquetFile[];
  readonly request: JobOrigin | null;
};

/** The details of several jobs at once, by their ids; none for ids that no job has. */
export async function detailsOf(database: Database, ids: readonly string[]): Promise<Map<string, JobDetails>> {
  if (ids.length === 0) return new Map();
  const list = `[${ids.join(', ')}]`;
  const chosen = 'list_contains(?::VARCHAR::VARCHAR[], job_id)';
  const jobs = await database.all('SELECT * FROM import_jobs WHERE list_contains(?::VARCHAR::VARCHAR[], id)', [list]);
  const events = await database.all(`SELECT * FROM job_events WHERE ${chosen} ORDER BY occurred_at, rowid`, [list]);
  const files = await database.all(`SELECT * FROM parquet_files WHERE ${chosen} ORDER BY path`, [list]);
  const eventsById = Map.groupBy(events.map(toEvent), (event) => event.job_id);
  const filesById = Map.groupBy(files.map(toFile), (file) => file.job_id);
  const requestById = new Map((await originsOf(database, ids)).map((request) => [request.job_id, request]));
  return new Map(
    jobs.map(toJob).map((job) => [
      job.id,
      {
        job,
        events: eventsById.get(job.id) ?? [],
        files: filesById.get(job.id) ?? [],
        request: requestById.get(job.id) ?? null,
      },
    ]),
  );
}

export type FileFilter = {
  readonly jobId?: string | undefined;
  readonly ticker?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly dataset?: ParquetFile['dataset'] | undefined;
  readonly state?: ParquetFile['state'] | undefined;
  /** Files with rows of a session from this day on, and up to this day. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The last file of the page before. */
  readonly after?: { readonly created_at: string; readonly path: string; readonly job_id: string } | undefined;
  readonly limit: number;
};

/** The newest files that match, newest first. */
export async function listFiles(database: Database, filter: FileFilter): Promise<ParquetFile[]> {
  const { after } = filter;
  const rows = await database.all(
    `SELECT * FROM parquet_files
     WHERE ($job::VARCHAR IS NULL OR job_id = $job) AND ($ticker::VARCHAR IS NULL OR ticker = $ticker)
       AND ($endpoint::VARCHAR IS NULL OR endpoint = $endpoint) AND ($dataset::VARCHAR IS NULL OR dataset = $dataset)
       AND ($state::VARCHAR IS NULL OR state = $state)
       AND len(list_filter(session_dates, lambda day:
         day >= coalesce($from::DATE, '-infinity'::DATE) AND day <= coalesce($to::DATE, 'infinity'::DATE))) > 0
       AND ($at::TIMESTAMP IS NULL OR (created_at, path, job_id) < ($at::TIMESTAMP, $path::VARCHAR, $owner::VARCHAR))
     ORDER BY created_at DESC, path DESC, job_id DESC LIMIT $limit`,
    {
      job: filter.jobId ?? null,
      ticker: filter.ticker ?? null,
      endpoint: filter.endpoint ?? null,
      dataset: filter.dataset ?? null,
      state: filter.state ?? null,
      from: filter.from ?? null,
      to: filter.to ?? null,
      at: after?.created_at ?? null,
      path: after?.path ?? null,
      owner: after?.job_id ?? null,
      limit: filter.limit,
    },
  );
  return rows.map(toFile);
}
