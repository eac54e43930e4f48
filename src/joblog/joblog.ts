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
import { parquetFolder } from '../core/names.ts';
import type { PrivateFile } from '../core/journey.ts';
import { migrate, withAttached, withDatabase, type Database, type DatabaseOptions } from '../db/db.ts';
import * as files from './file-statements.ts';
import * as jobs from './job-statements.ts';
import { migrations } from './migrations.ts';

export type { JobFilter } from './job-statements.ts';

export type JobRequest = Omit<jobs.NewJob, 'id'>;

/** A job with its story: what happened, and what it published. */
export type JobStory = Job & { readonly events: readonly JobEvent[]; readonly files: readonly ParquetFile[] };

/** Who acts: the owner string of a process and the name that events carry. */
export type Holder = { readonly owner: string; readonly actor: string };

type Finished = {
  readonly counts: Counts;
  readonly sessionDates: readonly string[];
  readonly stagedPath: string | null;
};

/**
 * The job log, `gex_history.db`. Every method is one short transaction for which the file is opened and closed again, so that
 * other processes and anyone's DuckDB shell can work in between. Methods that change a running job take its holder and fail
 * with JOB_TAKEN_OVER where the job is no longer theirs.
 */
export class JobLog {
  readonly path: string;
  readonly #options: DatabaseOptions;
  #migrated = false;

  constructor(path: string, options: DatabaseOptions) {
    this.path = path;
    this.#options = { ...options, threads: 1 };
  }

  /** Writes down a new job as pending. */
  async enqueue(request: JobRequest): Promise<Job> {
    return this.#transact(async (database, now) => this.#insert(database, request, now));
  }

  /** Writes down a new job and takes it at once, for an import in the foreground. */
  async enqueueAndTake(request: JobRequest, holder: Holder): Promise<Job> {
    return this.#transact(async (database, now) => {
      const job = await this.#insert(database, request, now);
      return this.#take(database, job.id, 'pending', holder, now);
    });
  }

  /** Takes the oldest pending job; null where there is none. Two processes never get the same one. */
  async takeOldest(holder: Holder): Promise<Job | null> {
    return this.#transact(async (database, now) => {
      const id = await jobs.oldestPending(database);
      return id === null ? null : this.#take(database, id, 'pending', holder, now);
    });
  }

  /** How many jobs wait. */
  async countPending(): Promise<number> {
    return this.#transact((database) => jobs.countByStatus(database, 'pending'));
  }

  /**
   * Notes what was received. Where a completed import of the same bytes is live, the job becomes skipped instead, and that
   * import's id is returned.
   */
  async received(job: Job, holder: Holder, checksum: string, stagedPath: string): Promise<string | null> {
    return this.#transact(async (database, now) => {
      const equal = await jobs.completedWithChecksum(database, checksum);
      if (equal === null) {
        this.#own(job, await jobs.setReceived(database, job.id, holder.owner, checksum, stagedPath, now));
        await this.#event(database, job, holder, 'received', `sha256 ${checksum}`, now);
        return null;
      }
      const ending = { ...ended('skipped'), checksum, skippedAs: equal, counts: noCounts };
      this.#own(job, await jobs.endAttempt(database, job.id, holder.owner, ending, now));
      await this.#event(database, job, holder, 'skipped', `same bytes as job ${equal}`, now);
      return equal;
    });
  }

  async beat(job: Job, holder: Holder): Promise<void> {
    await this.#transact(async (database, now) => {
      this.#own(job, await jobs.setHeartbeat(database, job.id, holder.owner, now));
    });
  }

  /** The live and intended files of a job's blocks. */
  async filesOfBlocks(ticker: string, endpoint: string, sessionDates: readonly string[]): Promise<ParquetFile[]> {
    return this.#transact((database) => files.filesOfBlocks(database, ticker, endpoint, sessionDates));
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
  ): Promise<ParquetFile[] | null> {
    const ticker = job.ticker ?? '';
    const endpoint = job.endpoint ?? '';
    return this.#transact(async (database, now) => {
      const sessionDates = [...new Set(privateFiles.flatMap((file) => file.sessionDates))];
      const present = await files.filesOfBlocks(database, ticker, endpoint, sessionDates);
      if (!sameFiles(present, compared)) return null;
      this.#own(job, await jobs.setHeartbeat(database, job.id, holder.owner, now));
      const intended: ParquetFile[] = [];
      const alone = await this.#foldersFree(database, privateFiles, ticker, endpoint);
      for (const file of privateFiles) {
        const folder = parquetFolder(file.month, ticker, endpoint);
        const name = alone.has(folder) ? `${file.dataset}.parquet` : `${file.dataset}_${job.id}.parquet`;
        intended.push(toIntended(job, file, `${folder}/${name}`, now));
      }
      for (const file of intended) await files.insertFile(database, file);
      await this.#event(database, job, holder, 'publishing', intended.map((file) => file.path).join(', '), now);
      return intended;
    });
  }

  /** The commit point: the intended files are live and the job is completed, in one transaction. */
  async complete(job: Job, holder: Holder, finished: Finished, notes: readonly JobNote[]): Promise<void> {
    await this.#transact(async (database, now) => {
      const live = await files.setFilesLive(database, job.id);
      const ending = { ...ended('completed'), ...endingOf(finished) };
      this.#own(job, await jobs.endAttempt(database, job.id, holder.owner, ending, now));
      for (const note of notes) await this.#event(database, job, holder, note.event, note.detail, now);
      await this.#event(
        database,
        job,
        holder,
        'completed',
        `${live} files live, ${describeCounts(finished.counts)}`,
        now,
      );
    });
  }

  /** All rows are there already: nothing is published. `equal` is a job whose files hold them. */
  async skip(job: Job, holder: Holder, finished: Finished, equal: string): Promise<void> {
    await this.#transact(async (database, now) => {
      const ending = { ...ended('skipped'), ...endingOf(finished), skippedAs: equal };
      this.#own(job, await jobs.endAttempt(database, job.id, holder.owner, ending, now));
      await this.#event(database, job, holder, 'skipped', `all rows are already live, from job ${equal}`, now);
    });
  }

  /** The end of a job with `publish: false`: checked, and left in its staging table. */
  async stage(job: Job, holder: Holder, finished: Finished, stagingTable: string): Promise<void> {
    await this.#transact(async (database, now) => {
      const ending = { ...ended('staged'), ...endingOf(finished) };
      this.#own(job, await jobs.endAttempt(database, job.id, holder.owner, ending, now));
      await this.#event(database, job, holder, 'staged', `rows are in ${stagingTable}`, now);
    });
  }

  /** Ends an attempt with an error, and forgets what it intended to publish. */
  async fail(job: Job, holder: Holder, error: ErrorReport, stagedPath: string | null): Promise<void> {
    await this.#transact(async (database, now) => {
      await files.deleteIntended(database, job.id);
      const lastError = `${error.code}: ${error.message}`;
      const ending = { ...ended('failed'), stagedPath, lastError };
      this.#own(job, await jobs.endAttempt(database, job.id, holder.owner, ending, now));
      await this.#event(database, job, holder, 'failed', lastError, now);
    });
  }

  /** Fails whatever a process held that died without a word. Gives the jobs. */
  async failJobsOf(holder: Holder, error: ErrorReport): Promise<Job[]> {
    return this.#transact(async (database, now) => {
      const held = await jobs.jobsWithStatus(database, 'started', holder.owner);
      const lastError = `${error.code}: ${error.message}`;
      for (const job of held) {
        await jobs.endAttempt(database, job.id, holder.owner, { ...ended('failed'), lastError }, now);
        await this.#event(database, job, holder, 'failed', lastError, now);
      }
      return held;
    });
  }

  /** Makes a failed or staged job pending again; a staged one is published by its next attempt. */
  async retry(id: string, actor: string): Promise<Job> {
    return this.#transact(async (database, now) => {
      const job = await this.#find(database, id);
      this.#checkTransition(job, 'pending', 'retried');
      await jobs.moveJob(database, job.id, job.status, 'pending', now);
      if (job.status === 'staged') await jobs.setPublish(database, job.id, true);
      await this.#event(database, job, { owner: '', actor }, 'retried', `was ${job.status}`, now);
      return this.#find(database, job.id);
    });
  }

  async cancel(id: string, actor: string): Promise<Job> {
    return this.#transact(async (database, now) => {
      const job = await this.#find(database, id);
      if (job.status === 'started') {
        throw new GexlakeError('JOB_STATE', `job ${job.id} is running and cannot be cancelled`, {
          hint: 'Interrupt the process that runs it (Ctrl-C twice); the job then fails and can be cancelled.',
        });
      }
      this.#checkTransition(job, 'cancelled', 'cancelled');
      await jobs.moveJob(database, job.id, job.status, 'cancelled', now);
      await this.#event(database, job, { owner: '', actor }, 'cancelled', `was ${job.status}`, now);
      return this.#find(database, job.id);
    });
  }

  async list(filter: jobs.JobFilter): Promise<Job[]> {
    return this.#transact((database) => jobs.listJobs(database, filter));
  }

  /** A job with its events and files, by its id or an unambiguous beginning of it. */
  async story(id: string): Promise<JobStory> {
    return this.#transact(async (database) => {
      const job = await this.#find(database, id);
      return {
        ...job,
        events: await files.eventsOf(database, job.id),
        files: await files.filesOfJob(database, job.id),
      };
    });
  }

  async liveFiles(): Promise<ParquetFile[]> {
    return this.#transact((database) => files.filesWithState(database, 'live'));
  }

  /**
   * Copies the log's tables into another database, for queries that must hold no lock. The query strings of URLs stay behind.
   * Where there is no log yet, the tables are empty.
   */
  async copyInto(database: Database, present: boolean): Promise<void> {
    await migrate(database, migrations, new Date(this.#options.clock.now_ms()).toISOString());
    if (!present) return;
    await withAttached(database, this.path, 'job_log', this.#options, async () => {
      await database.run(
        `INSERT INTO import_jobs SELECT * REPLACE (regexp_replace(url, '[?#].*$', '?…', 's') AS url) FROM job_log.import_jobs`,
      );
      for (const table of ['job_events', 'parquet_files'])
        await database.run(`INSERT INTO ${table} SELECT * FROM job_log.${table}`);
    });
  }

  async #insert(database: Database, request: JobRequest, now: string): Promise<Job> {
    const id = newJobId(this.#options.clock.now_ms());
    await jobs.insertJob(database, { ...request, id }, now);
    const job = await this.#find(database, id);
    await this.#event(database, job, { owner: '', actor: request.actor }, 'created', null, now);
    return job;
  }

  async #take(database: Database, id: string, from: JobStatus, holder: Holder, now: string): Promise<Job> {
    const job = await jobs.takeJob(database, id, from, holder.owner, now);
    if (job === null) throw new GexlakeError('JOB_STATE', `job ${id} is not ${from} any more`);
    await this.#event(database, job, holder, 'started', `attempt ${job.attempts} by ${holder.owner}`, now);
    return job;
  }

  async #find(database: Database, id: string): Promise<Job> {
    const exact = await jobs.jobById(database, id);
    if (exact !== null) return exact;
    const ids = /^[0-9a-f]{4,31}$/.test(id) ? await jobs.jobIdsStartingWith(database, id) : [];
    const only = ids.length === 1 && ids[0] !== undefined ? await jobs.jobById(database, ids[0]) : null;
    if (only !== null) return only;
    const problem = ids.length > 1 ? `more than one job id starts with ${id}` : `no job has the id ${id}`;
    throw new GexlakeError('JOB_NOT_FOUND', problem, { hint: '`gexlake jobs` lists the jobs with their ids.' });
  }

  /** The folders whose first file of either dataset this job writes: those get the plain names. */
  async #foldersFree(
    database: Database,
    privateFiles: readonly PrivateFile[],
    ticker: string,
    endpoint: string,
  ): Promise<Set<string>> {
    const free = new Set<string>();
    for (const { month } of privateFiles) {
      const folder = parquetFolder(month, ticker, endpoint);
      if (!(await files.folderTaken(database, folder))) free.add(folder);
    }
    return free;
  }

  #checkTransition(job: Job, to: JobStatus, verb: string): void {
    if (transitions[job.status].includes(to)) return;
    throw new GexlakeError('JOB_STATE', `job ${job.id} is ${job.status} and cannot be ${verb}`, {
      hint: 'Only failed and staged jobs are retried, only jobs that have not finished are cancelled.',
    });
  }

  #own(job: Job, changedRows: number): void {
    if (changedRows === 1) return;
    throw new GexlakeError('JOB_TAKEN_OVER', `job ${job.id} is no longer held by this process`, {
      details: { jobId: job.id },
      hint: 'Another process took it over. Nothing was published by this attempt.',
    });
  }

  async #event(
    database: Database,
    job: Job,
    holder: Holder,
    event: string,
    detail: string | null,
    now: string,
  ): Promise<void> {
    await files.insertEvent(database, { job_id: job.id, occurred_at: now, actor: holder.actor, event, detail });
  }

  async #transact<T>(act: (database: Database, now: string) => Promise<T>): Promise<T> {
    return withDatabase(this.path, this.#options, async (database) => {
      const now = new Date(this.#options.clock.now_ms()).toISOString();
      if (!this.#migrated) await migrate(database, migrations, now);
      this.#migrated = true;
      return database.transaction(() => act(database, now));
    });
  }
}

export type JobNote = { readonly event: string; readonly detail: string };

function ended(status: jobs.Ending['status']): jobs.Ending {
  return {
    status,
    counts: null,
    checksum: null,
    stagedPath: null,
    sessionDate: null,
    skippedAs: null,
    lastError: null,
  };
}

function endingOf(finished: Finished): Partial<jobs.Ending> {
  const [first, ...others] = finished.sessionDates;
  return {
    counts: finished.counts,
    stagedPath: finished.stagedPath,
    sessionDate: others.length === 0 ? (first ?? null) : null,
  };
}

function describeCounts(counts: Counts): string {
  const { records_read, records_processed, records_duplicate, records_quarantined } = counts;
  return `read ${records_read} = ${records_processed} processed + ${records_duplicate} duplicate + ${records_quarantined} set aside`;
}

function sameFiles(left: readonly ParquetFile[], right: readonly ParquetFile[]): boolean {
  const keys = (list: readonly ParquetFile[]) =>
    list.map((file) => `${file.path} ${file.checksum} ${file.state}`).sort();
  return keys(left).join('\n') === keys(right).join('\n');
}

function toIntended(job: Job, file: PrivateFile, path: string, now: string): ParquetFile {
  return {
    job_id: job.id,
    path,
    dataset: file.dataset,
    ticker: job.ticker ?? '',
    endpoint: job.endpoint ?? '',
    session_dates: file.sessionDates,
    row_count: file.rows,
    size_bytes: file.size_bytes,
    checksum: file.checksum,
    first_timestamp: new Date(file.first_timestamp_s * 1000).toISOString(),
    last_timestamp: new Date(file.last_timestamp_s * 1000).toISOString(),
    state: 'publishing',
    superseded_by: null,
    created_at: now,
  };
}
