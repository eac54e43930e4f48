import type { Job, Recheck, SourceReceipt } from '../core/job.ts';

/** The job whose rows a source is compared with, and what was said of its bytes when they came. */
export type Compared = { readonly job: Job; readonly receipts: readonly SourceReceipt[] };

/** Sources that were looked at again. */
export type RecheckLog = {
  readonly note: (row: Omit<Recheck, 'checked_at'>) => Promise<Recheck>;
  /** The newest, newest first. */
  readonly list: (limit: number) => Promise<Recheck[]>;
  /** Those of one ticker and endpoint that have kept the bytes which differed. */
  readonly keptOf: (block: { readonly ticker: string; readonly endpoint: string }) => Promise<Recheck[]>;
  /** @throws RECHECK_UNKNOWN where none has this id, or more than one begins so */
  readonly find: (id: string) => Promise<Recheck>;
  /** The newest job that has published rows of any of these sessions; null where none has. */
  readonly publisherOf: (
    block: { readonly ticker: string; readonly endpoint: string },
    sessionDates: readonly string[],
  ) => Promise<Compared | null>;
};
