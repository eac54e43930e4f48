import { GexlakeError, type ErrorReport } from '../core/errors.ts';
import { newJobId } from '../core/ids.ts';
import {
  noCounts,
  transitions,
  type Counts,
  type Job,
  type JobEvent,
  type JobStatus,
  type ParquetFile,
} from '../core/job.ts';
import type { PrivateFile } from '../core/journey.ts';
import { redactUrlSql } from '../core/redact.ts';
import { migrate, withAttached, type Database } from '../db/db.ts';
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
import { planIntents, sameFiles } from './intents.ts';
import * as jobs from './job-statements.ts';
import { findJob, note, own, type Holder } from './log-file.ts';
import { migrations } from './migrations.ts';
import { forget, ReplacementLog } from './replacement-log.ts';

export type { JobNote } from './endings.ts';
export type { Holder } from './log-file.ts';
export type { Intended } from './replacement-log.ts';
export type { JobFilter } from './job-statements.ts';

export type JobRequest = Omit<jobs.NewJob, 'id'>;

/** A job with its story: what happened, and what it published. */
export type JobStory = Job & {
  readonly events: readonly JobEvent[];
  readonly files: readonly ParquetFile[];
  /** All jobs that have had to do with the same blocks, oldest first, this one among them. */
  readonly block: readonly BlockJob[];
};

type BlockJob = Pick<Job, 'id' | 'kind' | 'status' | 'created_at' | 'corrects_job_id' | 'reason'>;

/** What becomes of bytes that were received: they are new and will be staged, or another job has brought them. */
type Received =
  | { readonly kind: 'new'; readonly stagedPath: string }
  | { readonly kind: 'equal'; readonly jobId: string };

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

  /** Writes down a new job and takes it at once, for an import in the foreground. */
  async enqueueAndTake(request: JobRequest, holder: Holder): Promise<Job> {
    return this.transact(async (database, now) => {
      const job = await this.#insert(database, request, now);
      return this.#take(database, job.id, 'pending', holder, now);
    });
  }

  /** Takes the oldest pending job; null where there is none. Two processes never get the same one. */
  async takeOldest(holder: Holder): Promise<Job | null> {
    return this.transact(async (database, now) => {
      const id = await jobs.oldestPending(database);
      return id === null ? null : this.#take(database, id, 'pending', holder, now);
    });
  }

  /** How many jobs wait. */
  async countPending(): Promise<number> {
    return this.read((database) => jobs.countByStatus(database, 'pending'));
  }

  /**
   * Notes what was received, and the first of `paths` that no other job has as where it will be staged. Where a completed
   * import of the same bytes is live, the job becomes skipped instead.
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

  async #freePath(database: Database, job: Job, paths: readonly string[]): Promise<string> {
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
   * Records the intent to publish: the first commit step. Null where the blocks' files are no longer those that the job was
   * compared with; then it must be compared again.
   */
  async intend(
    job: Job,
    holder: Holder,
    privateFiles: readonly PrivateFile[],
    compared: readonly ParquetFile[],
    counts: Counts,
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
      return intended;
    });
  }

  /** The commit point: the `intended` files are live and the job is completed, in one transaction. */
  async complete(
    job: Job,
    holder: Holder,
    finished: Finished,
    notes: readonly JobNote[],
    intended: number,
  ): Promise<void> {
    await this.transact(async (database, now) => {
      const superseded = await files.setSuperseded(database, job.id);
      const live = await files.setFilesLive(database, job.id);
      const ending = { ...ended('completed'), ...endingOf(finished) };
      own(job, await jobs.endAttempt(database, job.id, holder.owner, ending, now));
      if (live !== intended) throw new Error(`${live} of ${intended} intended files are in the log`);
      for (const { event, detail } of notes) await note(database, job, holder, event, detail, now);
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
      if (!left.intentStands) await forget(database, job);
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
    const recovered = { event: 'recovered', detail: 'all its files were in place; the commit was finished' };
    const finished = { counts, sessionDates, stagedPath: job.staged_path };
    await this.complete(job, holder, finished, [recovered], placed.length);
  }

  /** Makes a job pending again whose process died; what it intended has been taken back. */
  async release(job: Job, holder: Holder): Promise<void> {
    await this.transact(async (database, now) => {
      await forget(database, job);
      own(job, await jobs.releaseJob(database, job.id, holder.owner, now));
      await note(database, job, holder, 'recovered', `pending again after attempt ${job.attempts}`, now);
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
      return { ...job, events, files: published, block: block.map(toBlockJob) };
    });
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

  /**
   * Copies the log's tables into another database, for queries that must hold no lock. The secrets in URLs stay behind.
   * Where there is no log yet, the tables are empty; so are those that nobody needs, because copying a long log takes a second.
   */
  async copyInto(database: Database, present: boolean, isNeeded: (table: string) => boolean): Promise<void> {
    await migrate(database, migrations, new Date(this.options.clock.now_ms()).toISOString());
    const needed = ['import_jobs', 'job_events', 'parquet_files'].filter(isNeeded);
    if (!present || needed.length === 0) return;
    await withAttached(database, this.path, 'job_log', this.options, async () => {
      for (const table of needed) {
        const columns = table === 'import_jobs' ? `* REPLACE (${redactUrlSql('url')} AS url)` : '*';
        await database.run(`INSERT INTO ${table} SELECT ${columns} FROM job_log.${table}`);
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

function toBlockJob({ id, kind, status, created_at, corrects_job_id, reason }: Job): BlockJob {
  return { id, kind, status, created_at, corrects_job_id, reason };
}
