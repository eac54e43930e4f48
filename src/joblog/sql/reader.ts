import type { Job } from '../../core/job.ts';
import type { BlockJob, JobReader, JobStory } from '../job-reader.ts';
import { eventsOf, lastEventsOf, note } from './events.ts';
import { filesOfJobs } from './files.ts';
import { findJob, jobsByIds, jobsOfBlocks, listJobs, noLogYet, openJobs } from './jobs.ts';
import type { Sql } from './session.ts';
import type { Transactions } from './transactions.ts';
import { receiptsOf } from './receipts.ts';
import { logTimes, newestChange } from './sources.ts';

export function sqlJobReader({ read, write }: Transactions): JobReader {
  return {
    list: (filter) => read((sql) => listJobs(sql, filter), []),
    story: async (id) => {
      const story = await read((sql) => storyOf(sql, id), null);
      if (story === null) throw noLogYet(id);
      return story;
    },
    open: () => read(openJobs, []),
    known: async (ids) => (ids.length === 0 ? [] : read((sql) => jobsByIds(sql, ids), [])),
    newestChange: () => read(newestChange, null),
    times: () => read(logTimes, null),
    remark: (id, actor, noted) => write(async (change) => note(change, await findJob(change.sql, id), actor, noted)),
  };
}

async function storyOf(sql: Sql, id: string): Promise<JobStory> {
  const job = await findJob(sql, id);
  const files = await filesOfJobs(sql, [job.id]);
  const sessionDates = new Set(files.flatMap((file) => file.session_dates));
  if (job.session_date !== null) sessionDates.add(job.session_date);
  const block = await jobsOfBlocks(sql, job, [...sessionDates]);
  const last = await lastEventsOf(
    sql,
    block.map((other) => other.id),
  );
  const told = block.map((other) => toBlockJob(other, last.get(other.id)?.detail ?? null));
  const receipts = await receiptsOf(sql, [job.id]);
  return { ...job, events: await eventsOf(sql, [job.id]), files, receipts, block: told };
}

function toBlockJob(job: Job, outcome: string | null): BlockJob {
  const { id, kind, status, created_at, actor, corrects_job_id, reason } = job;
  return { id, kind, status, created_at, actor, corrects_job_id, reason, outcome };
}
