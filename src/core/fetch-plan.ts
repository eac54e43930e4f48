/*
 * What is to be got from the vendor, in which order, and what cannot be had. Times are ISO 8601 in UTC.
 */

/** One file or bundle that is to be got. */
export type FetchItem = {
  /** `gexbot:…` */
  readonly source: string;
  readonly kind: 'hist' | 'bundle';
  readonly ticker: string;
  readonly session_date: string;
  /** What is missing here of the session and comes by it. */
  readonly endpoints: readonly string[];
  /** When it is asked for, at the earliest. */
  readonly due_at: string;
  /** When the vendor has it no more. */
  readonly lost_at: string;
  /** How often it was asked for already. */
  readonly calls: number;
  /** What came before of the same lets expect; null where nothing of it ever came. */
  readonly bytes: number | null;
};

export const fetchGapReasons = [
  'not_in_plan',
  'bundle_gone',
  'too_old',
  'withdrawn',
  'purged',
  'absent',
  'failed',
] as const;
export type FetchGapReason = (typeof fetchGapReasons)[number];

/** A session that is wanted and that nothing will bring by itself. */
export type FetchGap = {
  readonly ticker: string;
  readonly endpoint: string;
  readonly session_date: string;
  readonly reason: FetchGapReason;
  /** In words. */
  readonly detail: string;
  readonly job_id: string | null;
};

/** How many sessions are wanted: each of a ticker and endpoint. */
export type FetchCounts = {
  readonly wanted: number;
  readonly here: number;
  /** Those that a job is about to bring. */
  readonly under_way: number;
  /** Those that are asked for now, and later. */
  readonly due: number;
  readonly later: number;
  readonly gaps: number;
};

export type FetchPlan = {
  readonly as_of: string;
  /** Most urgent first. */
  readonly items: readonly FetchItem[];
  readonly gaps: readonly FetchGap[];
  readonly counts: FetchCounts;
  /** Of what is due now: calls of the API, bytes, and the time that it takes; null where nothing lets expect any. */
  readonly calls: number;
  readonly bytes: number | null;
  readonly seconds: number | null;
};
