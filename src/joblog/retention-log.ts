import type { LogTimes } from '../core/clock-doubt.ts';
import type { ArchivedSource, ParquetFile } from '../core/job.ts';
import { insertEvent } from './file-statements.ts';
import { LogFile } from './log-file.ts';
import * as retention from './retention-statements.ts';
import type { KeptSource } from './rows.ts';

/** The sources of completed jobs with what retention has done to them. */
export type Kept = { readonly sources: readonly KeptSource[]; readonly archived: readonly ArchivedSource[] };

/** The part of the job log that knows where the sources of finished jobs have gone. */
export class RetentionLog extends LogFile {
  /** All that a pass of retention has to look at. */
  async kept(): Promise<Kept> {
    return this.read(async (database) => ({
      sources: await retention.keptSources(database),
      archived: await retention.archivedSources(database),
    }));
  }

  /** What the log knows of time at little cost: not of pauses. Null where nothing has happened yet. */
  async newestChange(): Promise<LogTimes | null> {
    return this.read(retention.newestChange);
  }

  /** What the log knows of time; null where nothing has happened yet. */
  async times(): Promise<LogTimes | null> {
    return this.read(retention.logTimes);
  }

  async awaitedSources(): Promise<string[]> {
    return this.read((database) => retention.awaitedSources(database));
  }

  async archivedSources(): Promise<ArchivedSource[]> {
    return this.read((database) => retention.archivedSources(database));
  }

  /** Every file that the log knows, where it lies, with its SHA-256. */
  async knownFiles(): Promise<{ path: string; checksum: string }[]> {
    return this.read((database) => retention.knownFiles(database));
  }

  /** A source in the archive with these bytes, or, where they are not known, one that was staged at the path. */
  async findArchived(checksum: string | null, stagedPath: string): Promise<ArchivedSource | null> {
    return this.read((database) => retention.findArchived(database, checksum, stagedPath));
  }

  /** The files that these jobs have published, whatever has become of them. */
  async filesOfJobs(jobIds: readonly string[]): Promise<ParquetFile[]> {
    return jobIds.length === 0 ? [] : this.read((database) => retention.filesOfJobs(database, jobIds));
  }

  /**
   * Notes that a source has its place in the archive: from here on the staged file may go. Gives the row that holds: where another
   * process was faster, or another job has the path, that one.
   */
  async recordArchived(
    source: Omit<ArchivedSource, 'state' | 'archived_at' | 'removed_at'>,
    actor: string,
  ): Promise<ArchivedSource> {
    return this.transact(async (database, now) => {
      const known = await retention.archivedAs(database, source.job_id, source.archive_path);
      if (known !== null) return known;
      const row: ArchivedSource = { ...source, state: 'archived', archived_at: now, removed_at: null };
      await retention.insertArchived(database, row);
      const event = { job_id: source.job_id, occurred_at: now, actor, event: 'archived', detail: source.archive_path };
      await insertEvent(database, event);
      return row;
    });
  }

  /** Notes that a source leaves the archive: from here on the file may go. Doing it again changes nothing. */
  async recordRemoved(jobId: string, actor: string, detail: string): Promise<void> {
    await this.transact(async (database, now) => {
      if ((await retention.setRemoved(database, jobId, now)) === 0) return;
      await insertEvent(database, { job_id: jobId, occurred_at: now, actor, event: 'source removed', detail });
    });
  }

  /**
   * Begins a task that is to run at most once in `interval_ms` over all processes; false where it is not time yet. A time that
   * lies in the future is that of a clock which has been put right since.
   */
  async beginTask(task: string, interval_ms: number, actor: string): Promise<boolean> {
    return this.transact(async (database, now) => {
      const last = await retention.lastRun(database, task);
      const since_ms = last === null ? interval_ms : Date.parse(now) - last.getTime();
      if (since_ms >= 0 && since_ms < interval_ms) return false;
      await retention.insertRun(database, task, now, actor);
      return true;
    });
  }
}
