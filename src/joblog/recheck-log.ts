import type { Job, Recheck, SourceReceipt } from '../core/job.ts';

export type RecheckedBlock = { readonly ticker: string; readonly endpoint: string };

/** The job whose rows a source is compared with, and what was said of its bytes when they came. */
export type Compared = {
  readonly job: Job;
  readonly receipts: readonly SourceReceipt[];
  /** Whether nothing has changed what is live of the sessions since its commit, so that its bytes alone tell what is published. */
  readonly isLatest: boolean;
};

/** Sources that were looked at again. */
export type RecheckLog = {
  readonly note: (row: Omit<Recheck, 'checked_at'>) => Promise<Recheck>;
  /** The newest, newest first. */
  readonly list: (limit: number) => Promise<Recheck[]>;
  /** Those from a time on. */
  readonly since: (from: string) => Promise<Recheck[]>;
  /** Those of one ticker and endpoint that have kept the bytes which differed. */
  readonly keptOf: (block: RecheckedBlock) => Promise<Recheck[]>;
  /** The one that has kept bytes at this path of the data folder; null where none has. */
  readonly keptAt: (path: string) => Promise<Recheck | null>;
  /** @throws RECHECK_UNKNOWN where none has this id, or more than one begins so */
  readonly find: (id: string) => Promise<Recheck>;
  /** The newest job with live rows of any of these sessions; null where none has. */
  readonly publisherOf: (block: RecheckedBlock, sessionDates: readonly string[]) => Promise<Compared | null>;
};
