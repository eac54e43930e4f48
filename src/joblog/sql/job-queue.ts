import { GexlakeError } from '../../core/errors.ts';
import { newJobId } from '../../core/ids.ts';
import { transitions, type Job, type JobKind } from '../../core/job.ts';
import type { JobOrigin } from '../../core/job-states.ts';
import { importJobs } from '../../core/log-tables.ts';
import { halfPublished, wrongState } from '../endings.ts';
import type { JobDetails } from '../feed.ts';
import type { JobQueue, JobRequest, Submission } from '../job-queue.ts';
import type { Holder } from '../notes.ts';
import type { LogChange } from './change.ts';
import { note, noteAll } from './events.ts';
import { detailsOf } from './feed.ts';
import { filesOfJobs } from './files.ts';
import { countPendingSince, findJob, noLogYet, oldestPending } from './jobs.ts';
import type { Transactions } from './transactions.ts';
import { submitOne } from './submissions.ts';

/** Jobs that one statement writes down: for a thousand jobs 50 ms of processor time, against 2 s one by one. */
const jobsAtOnce = 200;

/** By which way jobs come, and behind how many others of the same transaction. */
type Coming = { readonly origin: JobOrigin; readonly at: number };

const byCommand: Coming = { origin: 'command', at: 0 };

export function sqlJobQueue(transactions: Transactions): JobQueue {
  const { read, write } = transactions;
  return {
    enqueue: (requests) => write((change) => writeDown(change, requests, byCommand)),
    submit: (submissions) => write((change) => submitAll(change, submissions)),
    enqueueAndTake: (request, holder) =>
      write(async (change) => take(change, await writeDownOne(change, request, byCommand), holder)),
    takeOldest: (holder, kind = null) => write((change) => takeOldest(change, kind, holder)),
    takeOldestUnlessMany: (holder, { jobs, since }) =>
      write(async (change) => {
        const many = await countPendingSince(change.sql, since);
        return many > jobs ? { many } : takeOldest(change, null, holder);
      }),
    retry: (ids, actor) => changeEach(transactions, ids, (change, job) => retry(change, job, actor)),
    cancel: (ids, actor) => changeEach(transactions, ids, (change, job) => cancel(change, job, actor)),
    countPending: () => read((sql) => countPendingSince(sql, null), 0),
  };
}

async function writeDown(change: LogChange, requests: readonly JobRequest[], { origin, at }: Coming): Promise<Job[]> {
  // One time for all; the ids, and with that their turns, keep the order given.
  const jobs = requests.map((request, index) => newJob(request, change.now, { origin, at: at + index }));
  for (let first = 0; first < jobs.length; first += jobsAtOnce) {
    const some = jobs.slice(first, first + jobsAtOnce);
    await change.insert(importJobs, some);
    await noteAll(
      change,
      some.map((job) => ({ job, actor: job.actor ?? '', noted: { event: 'created', detail: null } })),
    );
  }
  return jobs;
}

async function writeDownOne(change: LogChange, request: JobRequest, coming: Coming): Promise<Job> {
  const [job] = await writeDown(change, [request], coming);
  if (job === undefined) throw new Error('a job was not written down');
  return job;
}

function newJob(request: JobRequest, now: string, { at, origin }: Coming): Job {
  const { url, ticker, endpoint, sessionDate, actor, publish, kind, correctsJobId, reason, target = null } = request;
  return {
    id: newJobId(Date.parse(now) + at),
    url,
    checksum: null,
    ticker,
    status: 'pending',
    records_processed: null,
    last_error: null,
    created_at: now,
    updated_at: now,
    kind: kind ?? 'import',
    endpoint,
    session_date: sessionDate,
    staged_path: null,
    attempts: 0,
    owner: null,
    heartbeat_at: null,
    skipped: false,
    skipped_as: null,
    records_read: null,
    records_duplicate: null,
    records_quarantined: null,
    corrects_job_id: correctsJobId ?? null,
    reason: reason ?? null,
    actor,
    started_at: null,
    finished_at: null,
    publish,
    target,
    error: null,
    origin,
  };
}

async function submitAll(
  change: LogChange,
  submissions: readonly Submission[],
): Promise<(JobDetails | GexlakeError)[]> {
  const found: (Job | GexlakeError)[] = [];
  for (const [at, submission] of submissions.entries()) {
    const insert = () => writeDownOne(change, submission.request, { origin: 'http', at });
    found.push(await submitOne(change, submission, insert).catch(conflictOrThrow));
  }
  const ids = new Set(found.flatMap((job) => (job instanceof GexlakeError ? [] : job.id)));
  const details = await detailsOf(change.sql, [...ids]);
  return found.map((job) => (job instanceof GexlakeError ? job : detailsIn(details, job)));
}

function detailsIn(details: ReadonlyMap<string, JobDetails>, job: Job): JobDetails {
  const found = details.get(job.id);
  if (found === undefined) throw new Error(`job ${job.id} was written and is not there`);
  return found;
}

function conflictOrThrow(error: unknown): GexlakeError {
  if (error instanceof GexlakeError && error.code === 'IDEMPOTENCY_CONFLICT') return error;
  throw error;
}

async function takeOldest(change: LogChange, kind: JobKind | null, holder: Holder): Promise<Job | null> {
  const job = await oldestPending(change.sql, kind);
  return job === null ? null : take(change, job, holder);
}

/** Takes a pending job; the attempt counts from here. */
async function take(change: LogChange, pending: Job, { owner, actor }: Holder): Promise<Job> {
  const { now } = change;
  const job = await change.update(importJobs, pending, {
    status: 'started',
    owner,
    attempts: pending.attempts + 1,
    started_at: now,
    heartbeat_at: now,
    updated_at: now,
    finished_at: null,
    last_error: null,
    error: null,
  });
  const { attempts: attempt } = job;
  const detail = `attempt ${attempt} by ${owner}`;
  await note(change, job, actor, { event: 'started', detail, data: { attempt, owner } });
  return job;
}

async function retry(change: LogChange, job: Job, actor: string): Promise<Job> {
  if (job.status !== 'failed' && job.status !== 'staged') throw wrongState(job, 'retried');
  const publish = job.status === 'staged' ? true : job.publish;
  const pending = { status: 'pending', owner: null, updated_at: change.now, publish } as const;
  const retried = await change.update(importJobs, job, pending);
  await note(change, job, actor, { event: 'retried', detail: `was ${job.status}`, data: { was: job.status } });
  return retried;
}

async function cancel(change: LogChange, job: Job, actor: string): Promise<Job> {
  if (job.status === 'started' || !transitions[job.status].includes('cancelled')) throw wrongState(job, 'cancelled');
  if ((await filesOfJobs(change.sql, [job.id])).some((file) => file.state === 'publishing')) throw halfPublished(job);
  const { now } = change;
  const over = { status: 'cancelled', owner: null, updated_at: now, finished_at: now } as const;
  const cancelled = await change.update(importJobs, job, over);
  await note(change, job, actor, { event: 'cancelled', detail: `was ${job.status}`, data: { was: job.status } });
  return cancelled;
}

async function changeEach(
  { isThere, write }: Transactions,
  ids: readonly string[],
  act: (change: LogChange, job: Job) => Promise<Job>,
): Promise<Job[]> {
  const [first] = ids;
  if (first === undefined) return [];
  if (!(await isThere())) throw noLogYet(first);
  return write(async (change) => {
    const changed = new Map<string, Job>();
    for (const id of ids) {
      const job = await findJob(change.sql, id);
      if (!changed.has(job.id)) changed.set(job.id, await act(change, job));
    }
    return [...changed.values()];
  });
}
