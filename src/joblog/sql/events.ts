import { rowReader } from '../../core/columns.ts';
import type { Job, JobEvent } from '../../core/job.ts';
import { jobEvents } from '../../core/log-tables.ts';
import type { JobNote } from '../notes.ts';
import type { LogChange } from './change.ts';
import { listOf, type Sql } from './session.ts';

/** What is read of `job_events` and written there. Rows are only added. */

export const toEvent = rowReader(jobEvents.columns);

/** Notes an event of a job, whoever holds it. */
export async function note(change: LogChange, job: Pick<Job, 'id'>, actor: string, noted: JobNote): Promise<void> {
  await noteAll(change, [{ job, actor, noted }]);
}

/** Notes events of jobs, in their order. */
export async function noteAll(
  change: LogChange,
  told: readonly { readonly job: Pick<Job, 'id'>; readonly actor: string; readonly noted: JobNote }[],
): Promise<void> {
  const first = await change.countEvents(told.length, lastNumber);
  const rows = told.map(({ job, actor, noted: { event, detail, data = null } }, at) => {
    return { job_id: job.id, occurred_at: change.now, actor, event, detail, number: first + at, data };
  });
  await change.insert(jobEvents, rows);
}

/** Notes what an earlier attempt may have noticed already: it stands in the job's story once. */
export async function noteOnce(change: LogChange, job: Job, actor: string, noted: JobNote): Promise<void> {
  if (!(await hasEvent(change.sql, job.id, noted))) await note(change, job, actor, noted);
}

/** The number of the newest event; 0 where nothing has happened yet. */
export async function lastNumber(sql: Sql): Promise<number> {
  const row = await sql.first('SELECT max(number) AS last_number FROM job_events');
  return Number(row?.['last_number'] ?? 0);
}

async function hasEvent(sql: Sql, jobId: string, { event, detail }: JobNote): Promise<boolean> {
  const found = 'SELECT 1 AS found FROM job_events WHERE job_id = $1 AND event = $2 AND detail = $3 LIMIT 1';
  return (await sql.first(found, [jobId, event, detail])) !== null;
}

/** The last thing that happened to each of some jobs, by job. */
export async function lastEventsOf(sql: Sql, jobIds: readonly string[]): Promise<Map<string, JobEvent>> {
  const rows = await sql.all(
    `SELECT DISTINCT ON (job_id) * FROM job_events WHERE job_id = ANY(string_to_array($1, ','))
     ORDER BY job_id, occurred_at DESC, number DESC`,
    [listOf(jobIds)],
  );
  return new Map(rows.map(toEvent).map((event) => [event.job_id, event]));
}

export async function eventsOf(sql: Sql, jobIds: readonly string[]): Promise<JobEvent[]> {
  const rows = await sql.all(
    "SELECT * FROM job_events WHERE job_id = ANY(string_to_array($1, ',')) ORDER BY occurred_at, number",
    [listOf(jobIds)],
  );
  return rows.map(toEvent);
}
