import type { ArchivedSource, Job, JobEvent, ParquetFile, PurgedFile } from '../core/job.ts';
import type { Database } from '../db/db.ts';
import type { Journal, JournalTree, Position } from '../journal/journal.ts';
import type { Said } from './journal/recorder.ts';
import type { PurgedSession } from './purge-log.ts';
import type { KnownFile } from './source-archive.ts';

/** All that the log says at one moment. Jobs and files are ordered by time, events as they were written. */
export type LogSnapshot = {
  readonly jobs: readonly Job[];
  readonly events: readonly JobEvent[];
  readonly files: readonly ParquetFile[];
  readonly archived: readonly ArchivedSource[];
  /** What was purged, by path. */
  readonly purged: readonly PurgedFile[];
};

/** Rows that were made out from what files say. */
export type FoundRows = Omit<LogSnapshot, 'purged'>;

/** What the log says at one moment about what is published and what is not over. */
export type Survey = {
  /** Files that are live, and files that a job is about to make live. */
  readonly live: readonly ParquetFile[];
  readonly publishing: readonly ParquetFile[];
  /** Jobs that wait, run, are staged or have failed, oldest first. */
  readonly open: readonly Job[];
  /** Sessions of which a withdrawal has taken rows away. */
  readonly withdrawn: readonly WithdrawnSession[];
  /** Sessions of jobs whose sources were purged, the oldest purge first. */
  readonly purged: readonly PurgedSession[];
};

export type WithdrawnSession = {
  readonly ticker: string;
  readonly endpoint: string;
  readonly session_date: string;
  /** The job that has taken them away, and why. */
  readonly job_id: string;
  readonly reason: string;
};

/**
 * A row of the log that is not what the journal says: changed in these columns, missing, or unknown to the journal; or `unkept`: it is as it
 * was, and what the journal has only the hash of is not kept beside it any more.
 */
export type RowDifference = {
  readonly kind: 'changed' | 'missing' | 'unknown' | 'unkept';
  readonly table: string;
  /** What the row is found by, in words. */
  readonly key: string;
  readonly job_id: string | null;
  readonly columns: readonly string[];
};

/** Why a journal is begun anew, who asks for it, and what takes the old one away. */
export type Restarting = { readonly reason: string; readonly actor: string; readonly putAside: () => Promise<void> };

/** The log as a whole: whether it is there, what is in it at one moment, and a copy of it. */
export type WholeLog = {
  readonly isThere: () => Promise<boolean>;
  /** Makes the log if there is none and brings its layout up to date. @throws DATABASE_NEWER, LOCK_BUSY, … */
  readonly prepare: () => Promise<void>;
  /**
   * Makes sure, by reading alone, that the next transaction that writes would not be refused.
   * @throws LOG_FORKED, LOG_ROLLED_BACK, JOURNAL_DAMAGED, LOG_LOST, DATABASE_DAMAGED, FOLDER_NOT_WRITABLE, …
   */
  readonly requireMayWrite: () => Promise<void>;
  /** The layout that the log says the data folder has; this version's where there is no log. */
  readonly folderLayout: () => Promise<number>;
  /** All of the log; empty where there is none. */
  readonly snapshot: () => Promise<LogSnapshot>;
  /** What is published and what is not over. */
  readonly survey: () => Promise<Survey>;
  /** What `gex_data.db` is to show: the live files, and the jobs whose rows wait there for inspection. */
  readonly shown: () => Promise<{ readonly live: readonly ParquetFile[]; readonly staged: readonly Job[] }>;
  /** Every file that the log knows, where it lies, with its SHA-256. */
  readonly knownFiles: () => Promise<KnownFile[]>;
  /**
   * The rows that are not what the journal says; null where there is no journal to compare them with, or nothing to compare. Where all of
   * the journal is read for that, `onHash` hears the hash of each entry, in order.
   * @throws JOURNAL_DAMAGED, LOG_ROLLED_BACK, LOG_FORKED
   */
  readonly compare: (onHash?: (hash: string) => Promise<void>) => Promise<readonly RowDifference[] | null>;
  /** Makes the log again from its journal, whatever it holds; gives where the one before is, null where there was none. */
  readonly remake: () => Promise<string | null>;
  /** Adds rows that were found in files, which count from now on. */
  readonly takeIn: (rows: FoundRows, actor: string) => Promise<void>;
  /** Makes the log whole where its file is gone or damaged and it has a journal; gives whether there was anything to do. */
  readonly mend: () => Promise<boolean>;
  /** Notes that work was done that concerns no single job. */
  readonly note: (task: string, actor: string) => Promise<void>;
  /** Makes an entry of the journal that says something besides rows, and notes the task in the log. */
  readonly announce: (task: string, said: Said) => Promise<void>;
  /** How much of a journal the database has; null where it knows of none, or is not there. */
  readonly applied: () => Promise<Position | null>;
  /** Begins a new journal from the log as it is. */
  readonly restart: (restarting: Restarting) => Promise<void>;
  /** The journal, whose entries are what the log was made by. */
  readonly journal: Pick<
    Journal,
    'root' | 'position' | 'beganAt' | 'entries' | 'changes' | 'isThere' | 'readWhole' | 'hasAppended'
  >;
  /** The journal as a tree: its checkpoint, and proofs that an entry is in it. */
  readonly tree: JournalTree;
  /**
   * Copies the log's tables into another database, for queries that must hold no lock. The secrets in URLs stay behind. Tables that
   * nobody needs stay empty, because copying a long log takes a second.
   */
  readonly copyInto: (database: Database, isNeeded: (table: string) => boolean) => Promise<void>;
};
