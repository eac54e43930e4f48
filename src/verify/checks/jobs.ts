import { counted } from '../../core/counted.ts';
import type { Counts, Job } from '../../core/job.ts';
import { countsOf, filesOf, type JobFacts, type LogFacts } from './facts.ts';
import { noteOf, problem, type Note, type Problem } from '../../core/problem.ts';

/*
 * What the log says of its jobs, held against itself. No file is looked at.
 */

/** A pending job that is older than this is worth a note. */
const waiting_ms = 24 * 3_600_000;

/** Jobs whose row has been removed from the log. */
export function checkLost(facts: LogFacts): Problem[] {
  return [...facts.lost].map((jobId) =>
    problem('JOB_MISSING', { jobId }, `the log speaks of job ${jobId}, and import_jobs has no such row`),
  );
}

export function checkJob(facts: LogFacts, of: JobFacts): Problem[] {
  return [checkStatus, checkCounts, checkChecksum, checkReferences, checkStuck, checkHalfPublished].flatMap((check) =>
    check(of, facts),
  );
}

function checkStatus({ job, status }: JobFacts): Problem[] {
  if (job.status === status) return [];
  return [
    problem('JOB_STATUS', { jobId: job.id }, `job ${job.id} is ${job.status} by its row and ${status} by its events`),
  ];
}

function checkCounts({ job, counts }: JobFacts): Problem[] {
  const own = countsOf(job);
  if (own === null) return [];
  const sum = own.records_processed + own.records_duplicate + own.records_quarantined;
  const told = counts === null || equalCounts(own, counts);
  if (own.records_read === sum && told) return [];
  const found = `read ${own.records_read}, processed ${own.records_processed}, duplicate ${own.records_duplicate}, set aside ${own.records_quarantined}`;
  const against = told
    ? 'which does not add up'
    : `its events say read ${counts.records_read}, processed ${counts.records_processed}, duplicate ${counts.records_duplicate}, set aside ${counts.records_quarantined}`;
  return [problem('JOB_COUNTS', { jobId: job.id }, `job ${job.id} has ${found}: ${against}`)];
}

function equalCounts(left: Counts, right: Counts): boolean {
  return (Object.keys(left) as (keyof Counts)[]).every((name) => left[name] === right[name]);
}

function checkChecksum({ job, checksum }: JobFacts): Problem[] {
  if (checksum === job.checksum) return [];
  return [
    problem(
      'JOB_CHECKSUM',
      { jobId: job.id },
      `job ${job.id} has the source checksum ${job.checksum ?? 'null'}, received was ${checksum ?? 'nothing'}`,
    ),
  ];
}

function checkReferences({ job }: JobFacts, { jobs, lost }: LogFacts): Problem[] {
  const named = [job.corrects_job_id, job.skipped_as].filter((id) => id !== null);
  const unknown = named.filter((id) => !jobs.has(id) && !lost.has(id));
  return unknown.map((id) =>
    problem('JOB_REFERENCE', { jobId: job.id }, `job ${job.id} refers to job ${id}, which the log does not know`),
  );
}

function checkStuck({ job, status, isRunning }: JobFacts): Problem[] {
  if (status !== 'started' || isRunning) return [];
  const owner = job.owner === null ? 'no process holds it' : `its process ${job.owner} is gone`;
  return [problem('JOB_STUCK', { jobId: job.id }, `job ${job.id} is started and ${owner}`)];
}

/** An attempt that failed so badly that what it had linked could not be taken back. */
function checkHalfPublished({ job, status }: JobFacts, facts: LogFacts): Problem[] {
  if (status === 'started' || status === 'completed') return [];
  const intended = filesOf(facts, job).filter(({ state }) => state === 'publishing');
  if (intended.length === 0) return [];
  const what = `job ${job.id} is ${status} and has announced ${counted(intended.length, 'file')} that it has not committed`;
  return [problem('JOB_HALF_PUBLISHED', { jobId: job.id }, what)];
}

/** Jobs that wait for somebody to run them. */
export function waitingJobs({ jobs }: LogFacts, now_ms: number): Note[] {
  const isLate = (job: Job) => now_ms - Date.parse(job.created_at) > waiting_ms;
  const late = [...jobs.values()].filter(({ job, status }) => status === 'pending' && isLate(job));
  return late.map(({ job }) =>
    noteOf('JOB_WAITING', { jobId: job.id }, `job ${job.id} is pending since ${job.created_at}`),
  );
}
