import { redactTextSql, redactUrlSql } from '../core/redact.ts';
import type { Job, JobEvent, ParquetFile } from '../core/job.ts';
import { migrate, withAttached, type Database } from '../db/db.ts';
import { layoutOf } from './data-layout.ts';
import * as feed from './feed.ts';
import * as files from './file-statements.ts';
import * as jobs from './job-statements.ts';
import { findJob } from './log-file.ts';
import { readSnapshot, type LogSnapshot } from './log-snapshot.ts';
import { migrations } from './migrations.ts';
import { ReplacementLog } from './replacement-log.ts';
import { copyOrigins, originsOf } from './request-statements.ts';
import { surveyLog, type Survey } from './survey.ts';

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

/** The tables of the log that users may query, each with what is selected of it: no secrets. */
const queriedTables: Readonly<Record<string, string>> = {
  import_jobs: `* REPLACE (${redactUrlSql('url')} AS url, ${redacted('staged_path', 'last_error', 'reason', 'actor', 'owner')})`,
  job_events: `* REPLACE (${redacted('actor', 'detail')})`,
  parquet_files: `* REPLACE (${redacted('path', 'archive_path')})`,
  archived_sources: `* REPLACE (${redacted('staged_path', 'archive_path')})`,
  maintenance_runs: '*',
  // by a statement of its own
  job_requests: '',
};

function redacted(...columns: readonly string[]): string {
  return columns.map((column) => `${redactTextSql(column)} AS ${column}`).join(', ');
}

/** What can be asked of the log. */
export class LogQueries extends ReplacementLog {
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

  /** How many jobs wait. */
  async countPending(): Promise<number> {
    return this.read((database) => jobs.countByStatus(database, 'pending'));
  }

  /** The live and intended files of a job's blocks. */
  async filesOfBlocks(ticker: string, endpoint: string, sessionDates: readonly string[]): Promise<ParquetFile[]> {
    return this.read((database) => files.filesOfBlocks(database, ticker, endpoint, sessionDates));
  }

  /** The jobs that are being run, by whoever it is. */
  async running(): Promise<Job[]> {
    return this.read((database) => jobs.jobsWithStatus(database, 'started', null));
  }

  /** The jobs of these ids, as far as the log knows them. */
  async known(ids: readonly string[]): Promise<Job[]> {
    if (ids.length === 0) return [];
    return this.read(async (database) => {
      const found = await Promise.all(ids.map((id) => jobs.jobById(database, id)));
      return found.filter((job) => job !== null);
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
        if (table === 'job_requests') await copyOrigins(database, 'job_log');
        else await database.run(`INSERT INTO ${table} SELECT ${queriedTables[table]} FROM job_log.${table}`);
      }
    });
  }
}

function toBlockJob(job: Job, outcome: string | null): BlockJob {
  const { id, kind, status, created_at, actor, corrects_job_id, reason } = job;
  return { id, kind, status, created_at, actor, corrects_job_id, reason, outcome };
}
