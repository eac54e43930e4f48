import type { LogChange } from './change.ts';
import type { Sql } from './session.ts';

/** The one way to a log, whichever database it is in: each call is one short transaction. */
export type Transactions = {
  /** Reads; gives `none` where there is no log. */
  readonly read: <T>(act: (sql: Sql) => Promise<T>, none: T) => Promise<T>;
  /** Whether there is a log; else writing makes it. */
  readonly isThere: () => Promise<boolean>;
  /** Since when each of its changes is in a journal; null where there is none. */
  readonly journaledSince: () => Promise<string | null>;
  /** Writes, all of it or nothing; makes the log where there is none. */
  readonly write: <T>(act: (change: LogChange) => Promise<T>) => Promise<T>;
};
