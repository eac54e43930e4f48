import { GexlakeError } from '../core/errors.ts';
import { newJobId } from '../core/ids.ts';
import { transitions, type Job, type JobKind, type JobStatus } from '../core/job.ts';
import type { Database } from '../db/db.ts';
import { AttemptLog } from './attempt-log.ts';
import { halfPublished, wrongState } from './endings.ts';
import * as feed from './feed.ts';
import * as files from './file-statements.ts';
import * as jobs from './job-statements.ts';
import { findJob, note, type Holder } from './log-file.ts';
import { submitOne, type Submission } from './submissions.ts';

export type { JobNote } from './endings.ts';
export type { EqualImport } from './attempt-log.ts';
export type { Carriers } from './same-bytes.ts';
export { takenOver, type Holder } from './log-file.ts';
export type { JobStory } from './log-queries.ts';
export type { LogSnapshot } from './log-snapshot.ts';
export type { Intended } from './replacement-log.ts';
export type { JobFilter } from './job-statements.ts';
export type { Changes, FeedPosition, FileFilter, JobDetails, NumberedEvent } from './feed.ts';
export type { Submission } from './submissions.ts';
export type { Survey } from './survey.ts';
export type { KeptSource } from './rows.ts';
export { writeLog } from './write-rows.ts';

export type JobRequest = Omit<jobs.NewJob, 'id'>;

/** Jobs that one statement writes down: for a thousand jobs 50 ms of processor time, against 2 s one by one. */
const jobsAtOnce = 200;

/** More jobs wait than may be begun without a snapshot. */
export type TooMany = { readonly many: number };

/**
 * The job log, `gex_history.db`. Every method is one short transaction for which the file is opened and closed again, so that
 * other processes and anyone's DuckDB shell can work in between. Methods that change a running job take its holder and fail
 * with JOB_TAKEN_OVER where the job is no longer theirs.
 */
export class JobLog extends AttemptLog {
  /** Writes down new jobs as pending: all of them or none. */
  async enqueue(requests: readonly JobRequest[]): Promise<Job[]> {
    return this.transact(async (database, now) => {
      const written: Job[] = [];
      for (let at = 0; at < requests.length; at += jobsAtOnce)
        written.push(...(await this.#insertAll(database, requests.slice(at, at + jobsAtOnce), now, at)));
      return written;
    });
  }

  /** Gives each submission its job, in one transaction for all; an error is one submission's own and stops none of the others. */
  async submit(submissions: readonly Submission[]): Promise<(feed.JobDetails | GexlakeError)[]> {
    return this.transact(async (database, now) => {
      const found: (Job | GexlakeError)[] = [];
      for (const [at, submission] of submissions.entries()) {
        const insert = () => this.#insert(database, submission.request, now, at);
        found.push(await submitOne(database, submission, now, insert).catch(conflictOrThrow));
      }
      const ids = new Set(found.flatMap((job) => (job instanceof GexlakeError ? [] : job.id)));
      const details = await feed.detailsOf(database, [...ids]);
      return found.map((job) => (job instanceof GexlakeError ? job : detailsIn(details, job)));
    });
  }

  /** Makes the log if there is none and brings its layout up to date. @throws DATABASE_NEWER, LOCK_BUSY, … */
  async open(): Promise<void> {
    await this.transact(async () => undefined);
  }

  /** Writes down a new job and takes it at once, for an import in the foreground. */
  async enqueueAndTake(request: JobRequest, holder: Holder): Promise<Job> {
    return this.transact(async (database, now) => {
      const job = await this.#insert(database, request, now);
      return this.#take(database, job.id, 'pending', holder, now);
    });
  }

  /** Takes the oldest pending job, of one kind only where one is given; null where there is none. Two processes never get the same one. */
  async takeOldest(holder: Holder, kind: JobKind | null = null): Promise<Job | null> {
    return this.transact(async (database, now) => this.#takeOldest(database, kind, holder, now));
  }

  /** The same for any kind; but where more have become pending after a time (null: ever) than they may, it takes none and says how many. */
  async takeOldestUnlessMany(
    holder: Holder,
    most: { readonly jobs: number; readonly since: string | null },
  ): Promise<Job | TooMany | null> {
    return this.transact(async (database, now) => {
      const many = await jobs.countPendingSince(database, most.since);
      return many > most.jobs ? { many } : this.#takeOldest(database, null, holder, now);
    });
  }

  /** Adds to a job's story what was done to its files afterwards, whatever its state. */
  async remark(id: string, actor: string, event: string, detail: string): Promise<void> {
    await this.transact(async (database, now) => {
      const job = await findJob(database, id);
      await note(database, job, { owner: '', actor }, event, detail, now);
    });
  }

  async #takeOldest(database: Database, kind: JobKind | null, holder: Holder, now: string): Promise<Job | null> {
    const id = await jobs.oldestPending(database, kind);
    return id === null ? null : this.#take(database, id, 'pending', holder, now);
  }

  /** Makes failed or staged jobs pending again, all or none; a staged one is published by its next attempt. */
  async retry(ids: readonly string[], actor: string): Promise<Job[]> {
    return this.#changeEach(ids, async (database, job, now) => {
      if (job.status !== 'failed' && job.status !== 'staged') throw wrongState(job, 'retried');
      await jobs.moveJob(database, job.id, job.status, 'pending', now);
      if (job.status === 'staged') await jobs.setPublish(database, job.id, true);
      await note(database, job, { owner: '', actor }, 'retried', `was ${job.status}`, now);
    });
  }

  /** Cancels jobs, all or none. */
  async cancel(ids: readonly string[], actor: string): Promise<Job[]> {
    return this.#changeEach(ids, async (database, job, now) => {
      if (job.status === 'started' || !transitions[job.status].includes('cancelled'))
        throw wrongState(job, 'cancelled');
      if ((await files.filesOfJob(database, job.id)).some((file) => file.state === 'publishing'))
        throw halfPublished(job);
      await jobs.moveJob(database, job.id, job.status, 'cancelled', now);
      await note(database, job, { owner: '', actor }, 'cancelled', `was ${job.status}`, now);
    });
  }

  async #changeEach(
    ids: readonly string[],
    change: (database: Database, job: Job, now: string) => Promise<void>,
  ): Promise<Job[]> {
    if (ids.length === 0) return [];
    return this.transact(async (database, now) => {
      const changed = new Map<string, Job>();
      for (const id of ids) {
        const job = await findJob(database, id);
        if (changed.has(job.id)) continue;
        await change(database, job, now);
        changed.set(job.id, await findJob(database, job.id));
      }
      return [...changed.values()];
    });
  }

  async #insert(database: Database, request: JobRequest, now: string, at = 0): Promise<Job> {
    const [job] = await this.#insertAll(database, [request], now, at);
    if (job === undefined) throw new Error('a job was not written down');
    return job;
  }

  /** Jobs written down together have one time; `at` lets their ids, and with that their turns, keep the order given. */
  async #insertAll(database: Database, requests: readonly JobRequest[], now: string, at: number): Promise<Job[]> {
    const all = requests.map((request, index) => ({ ...request, id: newJobId(Date.parse(now) + at + index) }));
    const written = await jobs.insertJobs(database, all, now);
    await files.insertEvents(
      database,
      written.map(({ id, actor }) => ({
        job_id: id,
        occurred_at: now,
        actor: actor ?? '',
        event: 'created',
        detail: null,
      })),
    );
    return written;
  }

  async #take(database: Database, id: string, from: JobStatus, holder: Holder, now: string): Promise<Job> {
    const job = await jobs.takeJob(database, id, from, holder.owner, now);
    if (job === null) throw new GexlakeError('JOB_STATE', `job ${id} is not ${from} any more`);
    await note(database, job, holder, 'started', `attempt ${job.attempts} by ${holder.owner}`, now);
    return job;
  }
}

function detailsIn(details: ReadonlyMap<string, feed.JobDetails>, job: Job): feed.JobDetails {
  const found = details.get(job.id);
  if (found === undefined) throw new Error(`job ${job.id} was written and is not there`);
  return found;
}

function conflictOrThrow(error: unknown): GexlakeError {
  if (error instanceof GexlakeError && error.code === 'IDEMPOTENCY_CONFLICT') return error;
  throw error;
}
