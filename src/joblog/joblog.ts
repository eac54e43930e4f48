import { GexlakeError, type ErrorReport } from '../core/errors.ts';
import { newJobId } from '../core/ids.ts';
import {
  noCounts,
  transitions,
  type Counts,
  type Job,
  type JobEvent,
  type JobKind,
  type JobStatus,
  type ParquetFile,
} from '../core/job.ts';
import type { PrivateFile } from '../core/journey.ts';
import { redactTextSql, redactUrlSql } from '../core/redact.ts';
import { migrate, withAttached, type Database } from '../db/db.ts';
import { layoutOf } from './data-layout.ts';
import {
  describeCounts,
  ended,
  endingOf,
  halfPublished,
  wrongState,
  type Finished,
  type JobNote,
  type Left,
} from './endings.ts';
import * as files from './file-statements.ts';
import * as feed from './feed.ts';
import { planIntents, sameFiles } from './intents.ts';
import * as jobs from './job-statements.ts';
import { findJob, note, noteOnce, own, type Holder } from './log-file.ts';
import { readSnapshot, type LogSnapshot } from './log-snapshot.ts';
import { migrations } from './migrations.ts';
import { forget, ReplacementLog } from './replacement-log.ts';
import { originsOf } from './request-statements.ts';
import { submitOne, type Submission } from './submissions.ts';
import { surveyLog, type Survey } from './survey.ts';

export type { JobNote } from './endings.ts';
export type { Holder } from './log-file.ts';
export type { LogSnapshot } from './log-snapshot.ts';
export type { Intended } from './replacement-log.ts';
export type { JobFilter } from './job-statements.ts';
export type { Changes, FeedPosition, FileFilter, JobDetails, NumberedEvent } from './feed.ts';
export type { Submission } from './submissions.ts';
export type { Survey } from './survey.ts';
export type { KeptSource } from './rows.ts';
export { writeLog } from './write-rows.ts';

export type JobRequest = Omit<jobs.NewJob, 'id'>;

/** A job with its story: what happened, and what it published. */
export type JobStory = Job & {
  readonly events: readonly JobEvent[];
  readonly files: readonly ParquetFile[];
  /** All jobs that have had to do with the same blocks, oldest first, this one among them. */
  readonly block: readonly BlockJob[];
};

type BlockJob = Pick<Job, 'id' | 'kind' | 'status' | 'created_at' | 'actor' | 'corrects_job_id' | 'reason'> & {
  /** What the log says last of it: what it published, why it failed or was skipped. */
  readonly outcome: string | null;
};

/** What becomes of bytes that were received: they are new and will be staged, or another job has brought them. */
type Received =
  | { readonly kind: 'new'; readonly stagedPath: string | null }
  | { readonly kind: 'equal'; readonly jobId: string };

/** The tables of the log that users may query, each with what is selected of it: no secrets of URLs. */
const queriedTables: Readonly<Record<string, string>> = {
  import_jobs: `* REPLACE (${redactUrlSql('url')} AS url)`,
  job_events: '*',
  parquet_files: '*',
  archived_sources: '*',
  maintenance_runs: '*',
  job_requests: `* REPLACE (${redactTextSql('fields')} AS fields)`,
};

/** Jobs that one statement writes down: for a thousand jobs 50 ms of processor time, against 2 s one by one. */
const jobsAtOnce = 200;

/**
 * The job log, `gex_history.db`. Every method is one short transaction for which the file is opened and closed again, so that
 * other processes and anyone's DuckDB shell can work in between. Methods that change a running job take its holder and fail
 * with JOB_TAKEN_OVER where the job is no longer theirs.
 */
export class JobLog extends ReplacementLog {
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

  /** Whether a job was asked for over HTTP. */
  async cameOverHttp(id: string): Promise<boolean> {
    return this.read(async (database) => (await originsOf(database, [id])).length > 0);
  }

  /** What has changed since a place in the log, for those who follow it. */
  async changesSince(position: feed.FeedPosition | null): Promise<feed.Changes> {
    return this.read((database) => feed.changesSince(database, position));
  }

  async eventsAfter(after: number, last: number): Promise<feed.NumberedEvent[]> {
    return this.read((database) => feed.eventsAfter(database, after, last));
  }

  async detailsOf(ids: readonly string[]): Promise<Map<string, feed.JobDetails>> {
    return this.read((database) => feed.detailsOf(database, ids));
  }

  async listFiles(filter: feed.FileFilter): Promise<ParquetFile[]> {
    return this.read((database) => feed.listFiles(database, filter));
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
    return this.transact(async (database, now) => {
      const id = await jobs.oldestPending(database, kind);
      return id === null ? null : this.#take(database, id, 'pending', holder, now);
    });
  }

  /** How many jobs wait. */
  async countPending(): Promise<number> {
    return this.read((database) => jobs.countByStatus(database, 'pending'));
  }

  /**
   * Notes what was received, and the first of `paths` that no other job has as where it will be staged; without paths it stays
   * where it is. Where a completed import of the same bytes is live, the job becomes skipped instead.
   */
  async received(job: Job, holder: Holder, checksum: string, paths: readonly string[]): Promise<Received> {
    return this.transact(async (database, now) => {
      const equal = await jobs.completedWithChecksum(database, checksum);
      if (equal === null) {
        const stagedPath = await this.#freePath(database, job, paths);
        own(job, await jobs.setReceived(database, job.id, holder.owner, checksum, stagedPath, now));
        await note(database, job, holder, 'received', `sha256 ${checksum}`, now);
        return { kind: 'new', stagedPath };
      }
      const ending = { ...ended('skipped'), checksum, skippedAs: equal, counts: noCounts };
      own(job, await jobs.endAttempt(database, job.id, holder.owner, ending, now));
      await note(database, job, holder, 'skipped', `same bytes as job ${equal}`, now);
      return { kind: 'equal', jobId: equal };
    });
  }

  async #freePath(database: Database, job: Job, paths: readonly string[]): Promise<string | null> {
    if (paths.length === 0) return null;
    for (const path of paths) if (!(await jobs.stagedByAnother(database, job.id, path))) return path;
    throw new GexlakeError('FILE_EXISTS', `${paths.join(' and ')} are staged by other jobs already`);
  }

  async beat(job: Job, holder: Holder): Promise<void> {
    await this.transact(async (database, now) => {
      own(job, await jobs.setHeartbeat(database, job.id, holder.owner, now));
    });
  }

  /** The live and intended files of a job's blocks. */
  async filesOfBlocks(ticker: string, endpoint: string, sessionDates: readonly string[]): Promise<ParquetFile[]> {
    return this.read((database) => files.filesOfBlocks(database, ticker, endpoint, sessionDates));
  }

  /**
   * Records the intent to publish, and what was noticed so far: the first commit step. Null where the blocks' files are no longer those that the job was
   * compared with; then it must be compared again.
   */
  async intend(
    job: Job,
    holder: Holder,
    privateFiles: readonly PrivateFile[],
    compared: readonly ParquetFile[],
    counts: Counts,
    notes: readonly JobNote[],
  ): Promise<ParquetFile[] | null> {
    const ticker = job.ticker ?? '';
    const endpoint = job.endpoint ?? '';
    return this.transact(async (database, now) => {
      const sessionDates = [...new Set(privateFiles.flatMap((file) => file.sessionDates))];
      const present = await files.filesOfBlocks(database, ticker, endpoint, sessionDates);
      if (!sameFiles(present, compared)) return null;
      own(job, await jobs.setCounts(database, job.id, holder.owner, counts, now));
      const intended = await planIntents(database, job, privateFiles, now);
      for (const file of intended) await files.insertFile(database, file);
      await note(database, job, holder, 'publishing', intended.map((file) => file.path).join(', '), now);
      // Now and not with the commit, which may be left to a process that has not seen the data.
      for (const { event, detail } of notes) await noteOnce(database, job, holder, event, detail, now);
      return intended;
    });
  }

  /** The commit point: the `intended` files are live and the job is completed, in one transaction. */
  async complete(
    job: Job,
    holder: Holder,
    finished: Finished,
    intended: number,
    recovered: string | null = null,
  ): Promise<void> {
    await this.transact(async (database, now) => {
      const superseded = await files.setSuperseded(database, job.id);
      const live = await files.setFilesLive(database, job.id);
      const ending = { ...ended('completed'), ...endingOf(finished) };
      own(job, await jobs.endAttempt(database, job.id, holder.owner, ending, now));
      if (live !== intended) throw new Error(`${live} of ${intended} intended files are in the log`);
      if (recovered !== null) await note(database, job, holder, 'recovered', recovered, now);
      const replaced = superseded === 0 ? '' : `, ${superseded} superseded`;
      const told = `${live} files live${replaced}, ${describeCounts(finished.counts)}`;
      await note(database, job, holder, 'completed', told, now);
    });
  }

  /** All rows are there already: nothing is published. `equal` is a job whose files hold them. */
  async skip(
    job: Job,
    holder: Holder,
    finished: Finished,
    equal: string | null,
    detail = `all rows are already live, from job ${equal}`,
  ): Promise<void> {
    await this.transact(async (database, now) => {
      const ending = { ...ended('skipped'), ...endingOf(finished), skippedAs: equal };
      own(job, await jobs.endAttempt(database, job.id, holder.owner, ending, now));
      await note(database, job, holder, 'skipped', detail, now);
    });
  }

  /** The end of a job with `publish: false`: checked, and left in its staging table. */
  async stage(
    job: Job,
    holder: Holder,
    finished: Finished,
    notes: readonly JobNote[],
    stagingTable: string,
  ): Promise<void> {
    await this.transact(async (database, now) => {
      const ending = { ...ended('staged'), ...endingOf(finished) };
      own(job, await jobs.endAttempt(database, job.id, holder.owner, ending, now));
      for (const { event, detail } of notes) await note(database, job, holder, event, detail, now);
      await note(database, job, holder, 'staged', `rows are in ${stagingTable}`, now);
    });
  }

  /**
   * Ends an attempt with an error, and forgets what it intended to publish unless some of it could not be taken back: that
   * intent stands, for the next attempt to undo.
   */
  async fail(job: Job, holder: Holder, error: ErrorReport, left: Left): Promise<void> {
    await this.transact(async (database, now) => {
      const withdrawn = left.intentStands ? 0 : await forget(database, job);
      if (withdrawn > 0) await note(database, job, holder, 'withdrawn', `${withdrawn} files of this attempt`, now);
      const lastError = `${error.code}: ${error.message}`;
      const ending = { ...ended('failed'), stagedPath: left.stagedPath, lastError };
      own(job, await jobs.endAttempt(database, job.id, holder.owner, ending, now));
      await note(database, job, holder, 'failed', lastError, now);
    });
  }

  /** Finishes the commit of a process that died after its last file was in place. */
  async completeAbandoned(job: Job, holder: Holder): Promise<void> {
    const counts: Counts = {
      records_read: job.records_read ?? 0,
      records_processed: job.records_processed ?? 0,
      records_duplicate: job.records_duplicate ?? 0,
      records_quarantined: job.records_quarantined ?? 0,
    };
    const { placed } = await this.intended(job);
    const sessionDates = [...new Set(placed.flatMap((file) => file.session_dates))].sort();
    const finished = { counts, sessionDates, stagedPath: job.staged_path };
    const recovered = 'all its files were in place; the commit was finished';
    await this.complete(job, holder, finished, placed.length, recovered);
  }

  /** Makes a job pending again whose process died; what it intended has been taken back. */
  async release(job: Job, holder: Holder): Promise<void> {
    await this.transact(async (database, now) => {
      const withdrawn = await forget(database, job);
      own(job, await jobs.releaseJob(database, job.id, holder.owner, now));
      if (withdrawn > 0) await note(database, job, holder, 'withdrawn', `${withdrawn} files of the dead attempt`, now);
      const detail = `pending again after attempt ${job.attempts}; private files removed`;
      await note(database, job, holder, 'recovered', detail, now);
    });
  }

  /** Notes what was removed that a process which is gone had left of jobs, whatever has become of these. */
  async noteCleaned(cleaned: readonly { readonly job: Job; readonly what: string }[], holder: Holder): Promise<void> {
    if (cleaned.length === 0) return;
    await this.transact(async (database, now) => {
      for (const { job, what } of cleaned) await note(database, job, holder, 'cleaned', what, now);
    });
  }

  /** The jobs of these ids, as far as the log knows them. */
  async known(ids: readonly string[]): Promise<Job[]> {
    if (ids.length === 0) return [];
    return this.read(async (database) => {
      const found = await Promise.all(ids.map((id) => jobs.jobById(database, id)));
      return found.filter((job) => job !== null);
    });
  }

  /** Forgets what an earlier attempt intended, once its files have been taken back. */
  async forgetIntended(job: Job, holder: Holder): Promise<void> {
    await this.transact(async (database, now) => {
      own(job, await jobs.setHeartbeat(database, job.id, holder.owner, now));
      const count = await forget(database, job);
      await note(database, job, holder, 'withdrawn', `${count} files that an earlier attempt left`, now);
    });
  }

  /** The jobs that are being run, by whoever it is. */
  async running(): Promise<Job[]> {
    return this.read((database) => jobs.jobsWithStatus(database, 'started', null));
  }

  /** Takes over all that a process holds which is gone. Whoever it was can no longer change these jobs. */
  async takeOver(owner: string, holder: Holder): Promise<Job[]> {
    return this.transact(async (database, now) => {
      const held = await jobs.jobsWithStatus(database, 'started', owner);
      for (const job of held) {
        await jobs.setOwner(database, job.id, owner, holder.owner, now);
        await note(database, job, holder, 'taken over', `from ${owner}, which is gone`, now);
      }
      return held;
    });
  }

  /** Adds to a job's story what was done to its files afterwards, whatever its state. */
  async remark(id: string, actor: string, event: string, detail: string): Promise<void> {
    await this.transact(async (database, now) => {
      const job = await findJob(database, id);
      await note(database, job, { owner: '', actor }, event, detail, now);
    });
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

  /** The layout of the data folder. Changes nothing. */
  async layout(): Promise<number> {
    return this.readAsIs(layoutOf);
  }

  async list(filter: jobs.JobFilter): Promise<Job[]> {
    return this.read((database) => jobs.listJobs(database, filter));
  }

  /** A job with its events and files, by its id or an unambiguous beginning of it. */
  async story(id: string): Promise<JobStory> {
    return this.read(async (database) => {
      const job = await findJob(database, id);
      const published = await files.filesOfJob(database, job.id);
      const sessionDates = new Set(published.flatMap((file) => file.session_dates));
      if (job.session_date !== null) sessionDates.add(job.session_date);
      const block = await jobs.jobsOfBlocks(database, job, [...sessionDates]);
      const events = await files.eventsOf(database, job.id);
      const last = await files.lastEventsOf(
        database,
        block.map((other) => other.id),
      );
      const told = block.map((other) => toBlockJob(other, last.get(other.id)?.detail ?? null));
      return { ...job, events, files: published, block: told };
    });
  }

  /** What is published and what is not over, all of one moment. */
  async survey(): Promise<Survey> {
    return this.read(surveyLog);
  }

  async liveFiles(): Promise<ParquetFile[]> {
    return this.read((database) => files.filesWithState(database, 'live'));
  }

  /** What `gex_data.db` is to show: the live files, and the jobs whose rows wait there for inspection. */
  async shown(): Promise<{ live: ParquetFile[]; staged: Job[] }> {
    return this.read(async (database) => ({
      live: await files.filesWithState(database, 'live'),
      staged: await jobs.jobsWithStatus(database, 'staged', null),
    }));
  }

  /** All of the log at one moment. Changes nothing, not even the layout of an older log. */
  async snapshot(): Promise<LogSnapshot> {
    return this.readAsIs(readSnapshot);
  }

  /**
   * Copies the log's tables into another database, for queries that must hold no lock. The secrets in URLs stay behind.
   * Where there is no log yet, the tables are empty; so are those that nobody needs, because copying a long log takes a second.
   */
  async copyInto(database: Database, present: boolean, isNeeded: (table: string) => boolean): Promise<void> {
    await migrate(database, migrations, new Date(this.options.clock.now_ms()).toISOString());
    const needed = Object.keys(queriedTables).filter(isNeeded);
    if (!present || needed.length === 0) return;
    await withAttached(database, this.path, 'job_log', this.options, async () => {
      for (const table of needed) {
        await database.run(`INSERT INTO ${table} SELECT ${queriedTables[table]} FROM job_log.${table}`);
      }
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

function toBlockJob(job: Job, outcome: string | null): BlockJob {
  const { id, kind, status, created_at, actor, corrects_job_id, reason } = job;
  return { id, kind, status, created_at, actor, corrects_job_id, reason, outcome };
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
