import type { Block } from '../db/db.ts';

/** Takes rows in their order, and hands them to a writer in row groups. */
export type RowCollector = {
  /** What it wants to have selected of each row behind the first column, which says the row's place. */
  readonly select: string;
  readonly add: (block: Block) => Promise<void>;
  readonly flush: () => Promise<void>;
};

/** SQL for a row's day and microsecond, counted from 1970. */
export const fromEpoch: readonly string[] = [
  `(session_date - DATE '1970-01-01')::DOUBLE`,
  'epoch_us(timestamp)::DOUBLE',
];
