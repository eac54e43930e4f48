import { rowReader } from '../../core/columns.ts';
import type { Job, JobEvent } from '../../core/job.ts';
import { jobEvents } from '../../core/log-tables.ts';
import type { JobNote } from '../notes.ts';
import type { LogChange } from './change.ts';
import { listOf, type Sql } from './session.ts';

/** What is read of `job_events` and written there. Rows are only added. */

export const toEvent = rowReader(jobEvents.columns);

/** Notes an event of a job, whoever holds it. */
export async function note(
  change: LogChange,
  job: Pick<Job, 'id'>,
  actor: string,
  { event, detail }: { readonly event: string; readonly detail: string | null },
): Promise<void> {
  await change.insert(jobEvents, [{ job_id: job.id, occurred_at: change.now, actor, event, detail }]);
}

/** Notes what an earlier attempt may have noticed already: it stands in the job's story once. */
export async function noteOnce(change: LogChange, job: Job, actor: string, noted: JobNote): Promise<void> {
  if (!(await hasEvent(change.sql, job.id, noted))) await note(change, job, actor, noted);
}

async function hasEvent(sql: Sql, jobId: string, { event, detail }: JobNote): Promise<boolean> {
  const found = 'SELECT 1 AS found FROM job_events WHERE job_id = $1 AND event = $2 AND detail = $3 LIMIT 1';
  return (await sql.first(found, [jobId, event, detail])) !== null;
}

/** The last thing that happened to each of some jobs, by job. */
export async function lastEventsOf(sql: Sql, jobIds: readonly string[]): Promise<Map<string, JobEvent>> {
  const rows = await sql.all(
    `SELECT DISTINCT ON (job_id) * FROM job_events WHERE job_id = ANY(string_to_array($1, ','))
     ORDER BY job_id, occurred_at DESC, rowid DESC`,
    [listOf(jobIds)],
  );
  return new Map(rows.map(toEvent).map((event) => [event.job_id, event]));
}

export async function eventsOf(sql: Sql, jobIds: readonly string[]): Promise<JobEvent[]> {
  const rows = await sql.all(
    "SELECT * FROM job_events WHERE job_id = ANY(string_to_array($1, ',')) ORDER BY occurred_at, rowid",
    [listOf(jobIds)],
  );
  return rows.map(toEvent);
}
