import type { Job, JobEvent, ParquetFile } from '../../core/job.ts';
import type { Changes, Feed, FeedPosition, JobDetails } from '../feed.ts';
import { eventsOf, lastNumber, toEvent } from './events.ts';
import { filesOfJobs } from './files.ts';
import { jobsByIds, toJob } from './jobs.ts';
import { receiptsOf } from './receipts.ts';
import { requestsOf } from './requests.ts';
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
  const last = await lastNumber(sql);
  const mark = await markOf(sql, last);
  const isAnother = position !== null && (await markOf(sql, position.last)) !== position.mark;
  if (position === null || isAnother)
    return { jobs: await allJobs(sql), events: [], details: [], last, mark, isAnother };
  const rows = await sql.all(
    `SELECT * FROM import_jobs
     WHERE status = 'started' OR updated_at >= CAST($1 AS TIMESTAMP)
       OR id IN (SELECT job_id FROM job_events WHERE number > CAST($2 AS BIGINT))
     ORDER BY created_at, id`,
    [position.updated_at, position.last],
  );
  const events = await eventsAfter(sql, position.last, last);
  const details = await detailsOf(sql, await touchedBy(sql, events));
  return { jobs: rows.map(toJob), events, details: [...details.values()], last, mark, isAnother };
}

/** What an event is told by in any log; nothing for a number that the log does not have. */
async function markOf(sql: Sql, number: number): Promise<string> {
  const row = await sql.first('SELECT * FROM job_events WHERE number = CAST($1 AS BIGINT)', [number]);
  if (row === null) return '';
  const { job_id, occurred_at, actor, event } = toEvent(row);
  return [job_id, occurred_at, actor, event].join(' ');
}

/** The jobs of some events, and those whose files these jobs have replaced. */
async function touchedBy(sql: Sql, events: readonly JobEvent[]): Promise<string[]> {
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
  const ids = (await sql.all('SELECT id FROM import_jobs ORDER BY id')).map((row) => String(row['id']));
  const jobs: Job[] = [];
  for (let at = 0; at < ids.length; at += chunkRows) {
    const [first = '', last = first] = [ids[at], ids.slice(at, at + chunkRows).at(-1)];
    const rows = await sql.all('SELECT * FROM import_jobs WHERE id >= $1 AND id <= $2', [first, last]);
    for (const row of rows) jobs.push(toJob(row));
  }
  const key = ({ created_at, id }: Job) => created_at + id;
  return jobs.sort((left, right) => (key(left) < key(right) ? -1 : 1));
}

/** The events behind number `after`, up to number `last`, in their order. */
async function eventsAfter(sql: Sql, after: number, last: number): Promise<JobEvent[]> {
  const rows = await sql.all(
    'SELECT * FROM job_events WHERE number > CAST($1 AS BIGINT) AND number <= CAST($2 AS BIGINT) ORDER BY number',
    [after, last],
  );
  return rows.map(toEvent);
}

/** The details of several jobs at once, by their ids; none for ids that no job has. */
export async function detailsOf(sql: Sql, ids: readonly string[]): Promise<Map<string, JobDetails>> {
  if (ids.length === 0) return new Map();
  const jobs = await jobsByIds(sql, ids);
  const eventsById = Map.groupBy(await eventsOf(sql, ids), (event) => event.job_id);
  const filesById = Map.groupBy(await filesOfJobs(sql, ids), (file: ParquetFile) => file.job_id);
  const receiptsById = Map.groupBy(await receiptsOf(sql, ids), (receipt) => receipt.job_id);
  const requestById = new Map((await requestsOf(sql, ids)).map((request) => [request.job_id, request]));
  const details = (job: Job): JobDetails => ({
    job,
    events: eventsById.get(job.id) ?? [],
    files: filesById.get(job.id) ?? [],
    receipts: receiptsById.get(job.id) ?? [],
    request: requestById.get(job.id) ?? null,
  });
  return new Map(jobs.map((job) => [job.id, details(job)]));
}
