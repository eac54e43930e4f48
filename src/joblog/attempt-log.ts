import type { ErrorReport } from '../core/errors.ts';
import type { Counts, Job, ParquetFile } from '../core/job.ts';
import type { PrivateFile, Receipt } from '../core/journey.ts';
import type { Measured } from '../core/quality-row.ts';
import type { StoredPath } from '../core/stored-path.ts';
import type { Holder, JobNote } from './notes.ts';
import type { Purging } from './purge-log.ts';

/** That a job brings nothing new, because another has brought its bytes; `warning` where that may not be what was meant. */
export type EqualImport = { readonly kind: 'equal'; readonly jobId: string; readonly warning: string | null };

/** What becomes of bytes that were received: they are new and will be staged, or another job has brought them. */
export type Received = { readonly kind: 'new'; readonly stagedPath: StoredPath | null } | EqualImport;

/** Files that a job intends to make live, and live files that these are to replace. */
export type Intended = { readonly placed: readonly ParquetFile[]; readonly retired: readonly ParquetFile[] };

/** Files that are about to be published, and the live ones that they were compared with. */
export type Publication = {
  readonly files: readonly PrivateFile[];
  readonly compared: readonly ParquetFile[];
  readonly counts: Counts;
  /** How good the sessions are that it is about, as they are afterwards. Of a session that is not among them nobody knows it. */
  readonly quality: readonly Measured[];
  readonly notes: readonly JobNote[];
};

/** Files that are about to take their paths, and live files that go to the archive for them. */
export type Replacement = {
  readonly placed: readonly { readonly file: PrivateFile; readonly path: StoredPath }[];
  readonly retired: readonly {
    readonly path: StoredPath;
    readonly checksum: string;
    readonly archivePath: StoredPath;
  }[];
  /**
   * The sessions that get rows which were not live, and their live files as they were when that was planned: what has come to them since
   * may hold the same seconds. Null where all that is placed holds rows of what is retired.
   */
  readonly planned: { readonly sessionDates: readonly string[]; readonly files: readonly ParquetFile[] } | null;
  /** What goes for good with the commit, and lies meanwhile where this says. */
  readonly purged?: readonly Purging[];
  readonly counts: Counts;
  /** How good the sessions are that it is about, as they are afterwards. Of a session that is not among them nobody knows it. */
  readonly quality: readonly Measured[];
  readonly notes: readonly JobNote[];
};

/** What an attempt that has not failed leaves. */
export type Finished = {
  readonly counts: Counts;
  readonly sessionDates: readonly string[];
  readonly stagedPath: StoredPath | null;
};

/** Why nothing is published: `equal` is a job whose rows are live instead. */
export type Skipped = {
  readonly equal: string | null;
  /** In words; where it is left out, that all rows are live already. */
  readonly detail?: string | undefined;
  readonly warning?: string | null;
};

/**
 * What a failed attempt leaves: the staged source (null: the one that the log has), unless it keeps none, and whether files that it
 * published could not be taken back.
 */
export type Left = {
  readonly stagedPath: StoredPath | null;
  readonly keepsSource?: boolean;
  readonly intentStands: boolean;
};

/** What an attempt at a job writes down, from its bytes to its end. Each fails with JOB_TAKEN_OVER where the job is no longer that attempt's. */
export type AttemptLog = {
  /**
   * Notes what was received, with the receipt of the transfer where there was one, and the first of `paths` that no other job has as where it will be staged; without paths it stays
   * where it is. Where an import of the same bytes accounts for all that the job could publish, or they are live as another
   * ticker or endpoint, the job becomes skipped instead. A correction says what is to be there, whoever has brought it: it never is.
   * @throws SOURCE_PURGED where these bytes were purged and nobody wants them again
   */
  readonly received: (
    job: Job,
    holder: Holder,
    bytes: { readonly checksum: string; readonly paths: readonly StoredPath[]; readonly receipt?: Receipt },
  ) => Promise<Received>;
  /** The job whose rows are live, of the bytes of `job` read as another ticker or endpoint, as of now. */
  readonly equalElsewhere: (job: Job, checksum: string) => Promise<EqualImport | null>;
  /** Files that jobs of the same bytes are about to publish as another ticker or endpoint. */
  readonly announcedElsewhere: (job: Job, checksum: string) => Promise<ParquetFile[]>;
  /** Says that the attempt lives. */
  readonly beat: (job: Job, holder: Holder) => Promise<void>;
  /**
   * Records the intent to publish, and what was noticed so far: the first commit step. Null where the blocks' files are no longer those that the job was
   * compared with, or its bytes have been published elsewhere meanwhile, or are about to be; then it must be compared again.
   */
  readonly intend: (job: Job, holder: Holder, publication: Publication) => Promise<ParquetFile[] | null>;
  /**
   * Records the intent to replace: the new files with their paths, and the live ones that go to the archive. False where one of
   * these is no longer live, another job is about to replace it, or the files of the planned sessions are others meanwhile; then it
   * must be planned again.
   */
  readonly intendSwap: (job: Job, holder: Holder, replacement: Replacement) => Promise<boolean>;
  /** What a job has recorded as intended and neither committed nor taken back. */
  readonly intended: (job: Job) => Promise<Intended>;
  /** The commit point: the intended files, so many, are live and the job is completed, in one transaction. */
  readonly complete: (
    job: Job,
    holder: Holder,
    done: { readonly finished: Finished; readonly intended: number },
  ) => Promise<void>;
  /** All rows are there already: nothing is published. */
  readonly skip: (
    job: Job,
    holder: Holder,
    done: { readonly finished: Finished; readonly skipped: Skipped },
  ) => Promise<void>;
  /** The end of a job with `publish: false`: checked, and left in its staging table. */
  readonly stage: (
    job: Job,
    holder: Holder,
    done: { readonly finished: Finished; readonly notes: readonly JobNote[]; readonly stagingTable: string },
  ) => Promise<void>;
  /**
   * Ends an attempt with an error, and forgets what it intended to publish unless some of it could not be taken back: that
   * intent stands, for the next attempt to undo.
   */
  readonly fail: (
    job: Job,
    holder: Holder,
    failed: { readonly error: ErrorReport; readonly left: Left },
  ) => Promise<void>;
  /** Forgets what an earlier attempt intended, once its files have been taken back. */
  readonly forgetIntended: (job: Job, holder: Holder) => Promise<void>;
};

/** What whoever finishes or undoes an attempt writes down where its process is gone. */
export type RecoveryLog = {
  /** The jobs that are being run, by whoever it is. */
  readonly running: () => Promise<Job[]>;
  /** Takes over all that a process holds which is gone. Whoever it was can no longer change these jobs. */
  readonly takeOver: (owner: string, holder: Holder) => Promise<Job[]>;
  /**
   * Takes a job over as it was seen, from a process that is gone or silent: not where that process was heard of since, or the job is
   * another's or another attempt's meanwhile. Says whether it is taken.
   */
  readonly takeOverAsSeen: (seen: Job, holder: Holder, why: string) => Promise<boolean>;
  /** Finishes the commit of a process that died after its last file was in place. */
  readonly completeAbandoned: (job: Job, holder: Holder) => Promise<void>;
  /** Makes a job pending again whose process died; what it intended has been taken back. */
  readonly release: (job: Job, holder: Holder) => Promise<void>;
  /** Notes what was removed that a process which is gone had left of jobs, whatever has become of these. */
  readonly noteCleaned: (
    cleaned: readonly { readonly job: Job; readonly what: string }[],
    actor: string,
  ) => Promise<void>;
};
