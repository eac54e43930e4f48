import type { AsOfBasis } from '../core/as-of.ts';
import type { ParquetFile, PurgedFile } from '../core/job.ts';

/** Live files with the rows of a job: its own, and files of compactions that its own went into. */
export type Carriers = { readonly own: readonly ParquetFile[]; readonly merged: readonly ParquetFile[] };

/** Sessions of one ticker and endpoint. */
export type Blocks = { readonly ticker: string; readonly endpoint: string; readonly sessionDates: readonly string[] };

export type FileFilter = {
  readonly jobId?: string | undefined;
  readonly ticker?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly dataset?: ParquetFile['dataset'] | undefined;
  readonly state?: ParquetFile['state'] | undefined;
  /** Files that counted at this time, whatever has become of them since. */
  readonly asOf?: string | undefined;
  /** Files with rows of a session from this day on, and up to this day. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The last file of the page before. */
  readonly after?: { readonly created_at: string; readonly path: string; readonly job_id: string } | undefined;
  readonly limit: number;
};

/** Times that are asked about, and the present one. */
export type AskedTimes = { readonly times: readonly string[]; readonly now: string };

/** What counted at each of some times, and every file that counts or ever has: its bytes may lie where others of its bytes do. */
export type FilesAsOf = {
  readonly known: readonly {
    readonly as_of: string;
    readonly basis: AsOfBasis;
    readonly files: readonly ParquetFile[];
  }[];
  readonly versions: readonly ParquetFile[];
  /** What was purged of them. */
  readonly purged: readonly PurgedFile[];
};

/** Which files are published, are about to be, and were. */
export type FileCatalog = {
  readonly live: () => Promise<ParquetFile[]>;
  /** The live and intended files of some sessions. */
  readonly ofBlocks: (blocks: Blocks) => Promise<ParquetFile[]>;
  /** The live files of a folder, and those that are about to be. */
  readonly ofFolder: (folder: string) => Promise<ParquetFile[]>;
  /** The files that these jobs have published, whatever has become of them. */
  readonly ofJobs: (jobIds: readonly string[]) => Promise<ParquetFile[]>;
  /** The files that a job's files have replaced. */
  readonly supersededBy: (jobId: string) => Promise<ParquetFile[]>;
  /** The newest superseded file that was live at a path, or that lies at a path of the archive. */
  readonly supersededAt: (path: string) => Promise<ParquetFile | null>;
  /** The files that counted at some times. @throws AS_OF_UNKNOWN where the log cannot say it */
  readonly asOf: (asked: AskedTimes) => Promise<FilesAsOf>;
  /** What an answer about a time rests on. @throws AS_OF_UNKNOWN where there is none */
  readonly basisAt: (at: string, now: string) => Promise<AsOfBasis>;
  /** The live files that hold rows of a job. */
  readonly carriersOf: (jobId: string) => Promise<Carriers>;
  /** The newest files that match, newest first. */
  readonly list: (filter: FileFilter) => Promise<ParquetFile[]>;
};
