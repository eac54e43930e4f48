import { GexlakeError, type ErrorReport } from '../core/errors.ts';
import { noCounts, type Counts, type Job, type ParquetFile } from '../core/job.ts';
import type { PrivateFile } from '../core/journey.ts';
import type { Database } from '../db/db.ts';
import {
  describeCounts,
  describeElsewhere,
  ended,
  endingOf,
  type Finished,
  type JobNote,
  type Left,
} from './endings.ts';
import * as files from './file-statements.ts';
import { planIntents, sameFiles } from './intents.ts';
import * as jobs from './job-statements.ts';
import { note, noteOnce, own, type Holder } from './log-file.ts';
import { LogQueries } from './log-queries.ts';
import { forget } from './replacement-log.ts';
import { accountedFor, announcedElsewhere, liveElsewhere, sharedElsewhere } from './same-bytes.ts';

/** That a job brings nothing new, because another has brought its bytes; `warning` where that may not be what was meant. */
export type EqualImport = { readonly kind: 'equal'; readonly jobId: string; readonly warning: string | null };

/** What becomes of bytes that were received: they are new and will be staged, or another job has brought them. */
type Received = { readonly kind: 'new'; readonly stagedPath: string | null } | EqualImport;

/** What an attempt at a job writes down, from its bytes to its end, and whoever finishes or undoes it where its process is gone. */
export class AttemptLog extends LogQueries {
  /**
   * Notes what was received, and the first of `paths` that no other job has as where it will be staged; without paths it stays
   * where it is. Where an import of the same bytes accounts for all that the job could publish, or they are live as another
   * ticker or endpoint, the job becomes skipped instead. A correction says what is to be there, whoever has brought it: it never is.
   */
  async received(job: Job, holder: Holder, checksum: string, paths: readonly string[]): Promise<Received> {
    return this.transact(async (database, now) => {
      const equal = job.kind === 'correction' ? null : await findEqual(database, job, checksum);
      if (equal === null) {
        const stagedPath = await this.#freePath(database, job, paths);
        own(job, await jobs.setReceived(database, jobs.claimOf(job, holder.owner), checksum, stagedPath, now));
        await note(database, job, holder, 'received', `sha256 ${checksum}`, now);
        return { kind: 'new', stagedPath };
      }
      const ending = { ...ended('skipped'), checksum, skippedAs: equal.jobId, counts: noCounts };
      own(job, await jobs.endAttempt(database, jobs.claimOf(job, holder.owner), ending, now));
      if (equal.warning !== null) await note(database, job, holder, 'warning', equal.warning, now);
      await note(database, job, holder, 'skipped', `same bytes as job ${equal.jobId}`, now);
      return equal;
    });
  }

  /** The job whose rows are live, of the bytes of `job` read as another ticker or endpoint, as of now. */
  async equalElsewhere(job: Job, checksum: string): Promise<EqualImport | null> {
    return this.read((database) => elsewhere(database, job, checksum));
  }

  /** Files that jobs of the same bytes are about to publish as another ticker or endpoint. */
  async announcedElsewhere(job: Job, checksum: string): Promise<ParquetFile[]> {
    return this.read((database) => announcedElsewhere(database, job, checksum));
  }

  async #freePath(database: Database, job: Job, paths: readonly string[]): Promise<string | null> {
    if (paths.length === 0) return null;
    for (const path of paths) if (!(await jobs.stagedByAnother(database, job.id, path))) return path;
    throw new GexlakeError('FILE_EXISTS', `${paths.join(' and ')} are staged by other jobs already`);
  }

  async beat(job: Job, holder: Holder): Promise<void> {
    await this.transact(async (database, now) => {
      own(job, await jobs.setHeartbeat(database, jobs.claimOf(job, holder.owner), now));
    });
  }

  /**
   * Records the intent to publish, and what was noticed so far: the first commit step. Null where the blocks' files are no longer those that the job was
   * compared with, or its bytes have been published elsewhere meanwhile, or are about to be; then it must be compared again.
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
      if (!sameFiles(present, compared) || (await isElsewhere(database, job))) return null;
      own(job, await jobs.setCounts(database, jobs.claimOf(job, holder.owner), counts, now));
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
      own(job, await jobs.endAttempt(database, jobs.claimOf(job, holder.owner), ending, now));
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
    warning: string | null = null,
  ): Promise<void> {
    await this.transact(async (database, now) => {
      const ending = { ...ended('skipped'), ...endingOf(finished), skippedAs: equal };
      own(job, await jobs.endAttempt(database, jobs.claimOf(job, holder.owner), ending, now));
      if (warning !== null) await note(database, job, holder, 'warning', warning, now);
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
      own(job, await jobs.endAttempt(database, jobs.claimOf(job, holder.owner), ending, now));
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
      if (withdrawn > 0) await note(database, job, holder, 'taken back', `${withdrawn} files of this attempt`, now);
      const lastError = `${error.code}: ${error.message}`;
      const { stagedPath, keepsSource = true } = left;
      const ending = { ...ended('failed'), stagedPath, keepsSource, lastError };
      own(job, await jobs.endAttempt(database, jobs.claimOf(job, holder.owner), ending, now));
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
    const { placed, retired } = await this.intended(job);
    // A withdrawal places nothing: it is about the sessions of what goes.
    const touched = placed.length === 0 ? retired : placed;
    const sessionDates = [...new Set(touched.flatMap((file) => file.session_dates))].sort();
    const finished = { counts, sessionDates, stagedPath: job.staged_path };
    const recovered = 'all its files were in place; the commit was finished';
    await this.complete(job, holder, finished, placed.length, recovered);
  }

  /** Makes a job pending again whose process died; what it intended has been taken back. */
  async release(job: Job, holder: Holder): Promise<void> {
    await this.transact(async (database, now) => {
      const withdrawn = await forget(database, job);
      own(job, await jobs.releaseJob(database, jobs.claimOf(job, holder.owner), now));
      if (withdrawn > 0) await note(database, job, holder, 'taken back', `${withdrawn} files of the dead attempt`, now);
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

  /** Forgets what an earlier attempt intended, once its files have been taken back. */
  async forgetIntended(job: Job, holder: Holder): Promise<void> {
    await this.transact(async (database, now) => {
      own(job, await jobs.setHeartbeat(database, jobs.claimOf(job, holder.owner), now));
      const count = await forget(database, job);
      await note(database, job, holder, 'taken back', `${count} files that an earlier attempt left`, now);
    });
  }

  /** Takes over all that a process holds which is gone. Whoever it was can no longer change these jobs. */
  async takeOver(owner: string, holder: Holder): Promise<Job[]> {
    return this.transact(async (database, now) => {
      const held = await jobs.jobsWithStatus(database, 'started', owner);
      for (const job of held) await this.#handOver(database, job, holder, 'which is gone', now);
      return held;
    });
  }

  /**
   * Takes a job over as it was seen, from a process that is gone or silent: not where that process was heard of since, or the job is
   * another's or another attempt's meanwhile. Says whether it is taken.
   */
  async takeOverAsSeen(seen: Job, holder: Holder, why: string): Promise<boolean> {
    return this.transact((database, now) => this.#handOver(database, seen, holder, why, now));
  }

  async #handOver(database: Database, job: Job, holder: Holder, why: string, now: string): Promise<boolean> {
    const owner = job.owner ?? '';
    const claim = jobs.claimOf(job, owner);
    if ((await jobs.setOwner(database, claim, job.heartbeat_at, holder.owner, now)) !== 1) return false;
    await note(database, job, holder, 'taken over', `from ${owner}, ${why}`, now);
    return true;
  }
}

async function findEqual(database: Database, job: Job, checksum: string): Promise<EqualImport | null> {
  const jobId = await accountedFor(database, job, checksum);
  return jobId === null ? elsewhere(database, job, checksum) : { kind: 'equal', jobId, warning: null };
}

async function elsewhere(database: Database, job: Job, checksum: string): Promise<EqualImport | null> {
  const found = await liveElsewhere(database, job, checksum);
  return found === null ? null : { kind: 'equal', jobId: found.job.id, warning: describeElsewhere(job, found) };
}

async function isElsewhere(database: Database, job: Job): Promise<boolean> {
  // Nearly always there is no such job, and one look is all that it costs.
  const checksum = await sharedElsewhere(database, job);
  if (checksum === null) return false;
  if ((await announcedElsewhere(database, job, checksum)).length > 0) return true;
  return (await liveElsewhere(database, job, checksum)) !== null;
}
