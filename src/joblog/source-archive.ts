import type { ArchivedSource, JobStatus, SourceReceipt, SourceRoot } from '../core/job.ts';
import type { StoredPath } from '../core/stored-path.ts';

/** A completed job's source, as far as keeping it is concerned. */
export type KeptSource = {
  readonly job_id: string;
  readonly staged_path: StoredPath;
  readonly checksum: string;
  readonly session_date: string | null;
  /** Null in a log that was rebuilt: how many were set aside is then what was found of them. */
  readonly records_read: number | null;
  readonly records_quarantined: number;
  /** When it was staged: the job's last `received` event, or where there is none, its end. ISO 8601 in UTC. */
  readonly staged_at: string;
};

/** The sources of completed jobs with what retention has done to them. */
export type Kept = { readonly sources: readonly KeptSource[]; readonly archived: readonly ArchivedSource[] };

/** A file that the log knows, where it lies, with its SHA-256. */
export type KnownFile = { readonly path: string; readonly checksum: string };

/** A job by its source alone. */
export type JobOfSource = { readonly url: string; readonly status: JobStatus };

/** The root of the tree over the records of a source. */
export type RecordRoot = Omit<SourceRoot, 'noted_at'>;

/** Where the sources of finished jobs have gone, and when retention has run. */
export type SourceArchive = {
  /** All that a pass of retention has to look at. */
  readonly kept: () => Promise<Kept>;
  /** The sources of jobs that are not over and may still need them. */
  readonly awaited: () => Promise<string[]>;
  /** The jobs whose source begins with a text, such as the members of one bundle, and what has become of them. */
  readonly jobsFrom: (start: string) => Promise<readonly JobOfSource[]>;
  /** A source in the archive with these bytes, or, where they are not known, one that was staged at the path. */
  readonly findArchived: (checksum: string | null, stagedPath: string) => Promise<ArchivedSource | null>;
  /**
   * Notes that a source has its place in the archive: from here on the staged file may go. Gives the row that holds: where another
   * process was faster, or another job has the path, that one. With the root over its records, where nobody has noted that yet.
   */
  readonly recordArchived: (
    source: Omit<ArchivedSource, 'state' | 'archived_at' | 'removed_at'>,
    actor: string,
    root?: RecordRoot | null,
  ) => Promise<ArchivedSource>;
  /** What was said of the bytes of some jobs' sources when they came, oldest first. */
  readonly receiptsOf: (jobIds: readonly string[]) => Promise<SourceReceipt[]>;
  /** The root of the tree over the records of a source, by its SHA-256; null where nobody has noted it yet. */
  readonly rootOf: (checksum: string) => Promise<SourceRoot | null>;
  /** Notes it. Doing it again changes nothing. */
  readonly recordRoot: (root: RecordRoot) => Promise<void>;
  /** Notes that a source leaves the archive: from here on the file may go. Doing it again changes nothing. */
  readonly recordRemoved: (jobId: string, actor: string, detail: string) => Promise<void>;
  /**
   * Begins a task that is to run at most once in `interval_ms` over all processes; false where it is not time yet. A time that
   * lies in the future is that of a clock which has been put right since.
   */
  readonly beginTask: (task: string, interval_ms: number, actor: string) => Promise<boolean>;
};
