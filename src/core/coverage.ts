import type { JobStatus } from './job.ts';
import type { Problem } from './problem.ts';

/** What is known about one ticker, endpoint and day: exactly one of these. */
export const coverageStates = [
  'available',
  'partial',
  'missing',
  'pending',
  'purged',
  'closed',
  'unknown',
  'lost',
] as const;
export type CoverageState = (typeof coverageStates)[number];

/** From when on a session that is here counts as partial only. */
export const coverageThresholds = {
  /** Seconds from the open to the first record, and from the last record to the close. Good files start and end within a few. */
  edge_s: 120,
  /** Seconds between two records that follow each other; at least 60, see session-facts.ts. */
  gap_s: 120,
  /** Share of the median by which a session may have fewer records. */
  fewer_share: 0.1,
  /** How many sessions before it make the median. */
  median_sessions: 20,
} as const;

/** For how many calendar days behind a session the vendor keeps its files. */
export const vendorKeeps_days = 90;

/** Why a day is in its state. `detail` is for people. */
export type CoverageReason = {
  readonly code:
    | 'late_start'
    | 'early_end'
    | 'gap'
    | 'few_records'
    | 'one_record'
    | 'closed'
    | 'not_announced'
    | 'withdrawn'
    | 'purged'
    | 'asked';
  readonly detail: string;
};

/** One ticker, endpoint and day. Times are ISO 8601 in UTC. */
export type CoverageDay = {
  readonly ticker: string;
  readonly endpoint: string;
  readonly session_date: string;
  readonly state: CoverageState;
  readonly reasons: readonly CoverageReason[];
  /** Days until the vendor's copy is gone; 0 on the last one. Null where it is gone, or where nothing is to be fetched. */
  readonly days_left: number | null;
  /** What is published; null where nothing is. */
  readonly records: number | null;
  readonly first_timestamp: string | null;
  readonly last_timestamp: string | null;
  /** Seconds between the two consecutive records that are furthest apart; null where that is less than a minute. */
  readonly largest_gap_s: number | null;
  /** Records that the sessions before let expect; null where there are none. */
  readonly records_expected: number | null;
  /** The newest job about this block that waits, runs, is staged or has failed. */
  readonly job_id: string | null;
  readonly job_status: JobStatus | null;
};

/** What `gexlake coverage --json` prints and `GET /coverage` answers. */
export type Coverage = {
  /** The moment that it is computed for, and its day in New York. */
  readonly as_of: string;
  readonly as_of_date: string;
  readonly from: string | null;
  readonly to: string;
  readonly counts: Readonly<Record<CoverageState, number>>;
  /** By ticker, endpoint and day. */
  readonly rows: readonly CoverageDay[];
  /** Live files of the log that could not be read: their records are not counted. */
  readonly unreadable: readonly Problem[];
};

/** What to look at. Without a first day: from the first session that is known of each ticker and endpoint, or 90 days back. */
export type CoverageRequest = {
  readonly ticker?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** `YYYY-MM`, instead of `from` and `to`. */
  readonly month?: string | undefined;
  /** The day at whose end, in New York, to look; else now. */
  readonly as_of?: string | undefined;
};
