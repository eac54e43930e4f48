import type { Job, ParquetFile } from '../../core/job.ts';
import type { Changes, Feed, FeedPosition, JobDetails, NumberedEvent } from '../feed.ts';
import { eventsOf, toEvent } from './events.ts';
import { filesOfJobs } from './files.ts';
import { jobsByIds, toJob } from './jobs.ts';
import { originsOf } from './requests.ts';
import { listOf, type Sql } from './session.ts';
import type { Transactions } from './transactions.ts';

/*
 * Reading the log for those who follow it. `job_events` is append-only and every change of a job writes into it, so the place of a
 * row in that table is a number that only rises: it says how far somebody has followed.
 */

const nothing: Changes = { jobs: [], events: [], details: [], last: 0, mark: '', isAnother: false };

export function sqlFeed({ read }: Transactions, signature: Feed['signature']): Feed {
  return {
    signature,
    changesSince: (position) => read((sql) => changesSince(sql, position), nothing),
    eventsAfter: (after, last) => read((sql) => eventsAfter(sql, after, last), []),
    detailsOf: (ids) => read((sql) => detailsOf(sql, ids), new Map()),
  };
}

async function changesSince(sql: Sql, position: FeedPosition | null): Promise<Changes> {
  const newest = await sql.first('SELECT coalesce(max(rowid) + 1, 0) AS last FROM job_events');
  const last = Number(newest?.['last'] ?? 0);
  const mark = await markOf(sql, last);
  const isAnother = position !== null && (await markOf(sql, position.last)) !== position.mark;
  if (position === null || isAnother)
    return { jobs: await allJobs(sql), events: [], details: [], last, mark, isAnother };
  const rows = await sql.all(
    `SELECT * FROM import_jobs
     WHERE status = 'started' OR updated_at >= CAST($1 AS TIMESTAMP)
       OR id IN (SELECT job_id FROM job_events WHERE rowid >= CAST($2 AS BIGINT))
     ORDER BY created_at, id`,
    [position.updated_at, position.last],
  );
  const events = await eventsAfter(sql, position.last, last);
  const details = await detailsOf(sql, await touchedBy(sql, events));
  return { jobs: rows.map(toJob), events, details: [...details.values()], last, mark, isAnother };
}

/** What an event is told by in any log; nothing for a number that the log does not have. */
async function markOf(sql: Sql, number: number): Promise<string> {
  const row = await sql.first('SELECT * FROM job_events WHERE rowid = CAST($1 AS BIGINT)', [number - 1]);
  if (row === null) return '';
  const { job_id, occurred_at, actor, event } = toEvent(row);
  return [job_id, occurred_at, actor, event].join(' ');
}

/** The jobs of some events, and those whose files these jobs have replaced. */
async function touchedBy(sql: Sql, events: readonly NumberedEvent[]): Promise<string[]> {
  const ids = new Set(events.map((event) => event.job_id));
  if (ids.size === 0) return [];
  const rows = await sql.all(
    "SELECT DISTINCT job_id FROM parquet_files WHERE superseded_by = ANY(string_to_array($1, ','))",
    [listOf(ids)],
  );
  for (const row of rows) ids.add(String(row['job_id']));
  return [...ids];
}

/** Rows that are made into jobs at once: as one piece, a log of 100,000 jobs needs 500 MB more for a moment. */
const chunkRows = 2_000;

async function allJobs(sql: Sql): Promise<Job[]> {
  const jobs: Job[] = [];
  for (let last = ''; ;) {
    const rows = await sql.all(`SELECT * FROM import_jobs WHERE id > $1 ORDER BY id LIMIT ${chunkRows}`, [last]);
    for (const row of rows) jobs.push(toJob(row));
    if (rows.length < chunkRows) break;
    last = jobs.at(-1)?.id ?? '';
  }
  const key = ({ created_at, id }: Job) => created_at + id;
  return jobs.sort((left, right) => (key(left) < key(right) ? -1 : 1));
}

/** The events behind number `after`, up to number `last`, in their order. */
async function eventsAfter(sql: Sql, after: number, last: number): Promise<NumberedEvent[]> {
  const rows = await sql.all(
    'SELECT rowid + 1 AS number, * FROM job_events WHERE rowid >= CAST($1 AS BIGINT) AND rowid < CAST($2 AS BIGINT) ORDER BY rowid',
    [after, last],
  );
  return rows.map((row) => Object.assign({ number: Number(row['number']) }, toEvent(row)));
}

/** The details of several jobs at once, by their ids; none for ids that no job has. */
export async function detailsOf(sql: Sql, ids: readonly string[]): Promise<Map<string, JobDetails>> {
  if (ids.length === 0) return new Map();
  const jobs = await jobsByIds(sql, ids);
  const eventsById = Map.groupBy(await eventsOf(sql, ids), (event) => event.job_id);
  const filesById = Map.groupBy(await filesOfJobs(sql, ids), (file: ParquetFile) => file.job_id);
  const requestById = new Map((await originsOf(sql, ids)).map((request) => [request.job_id, request]));
  const details = (job: Job): JobDetails => ({
    job,
    events: eventsById.get(job.id) ?? [],
    files: filesById.get(job.id) ?? [],
    request: requestById.get(job.id) ?? null,
  });
  return new Map(jobs.map((job) => [job.id, details(job)]));
}
