/*
 * How fetching by itself gets on. Times are ISO 8601 in UTC.
 */

/**
 * `off`: nothing is subscribed to, or there is no key; `elsewhere`: another process does it; `idle`: nothing is due; `fetching`;
 * `paused`: the key is of no use until a time; `failing`: it cannot be done, and is tried again.
 */
export const fetchStates = ['off', 'elsewhere', 'idle', 'fetching', 'paused', 'failing'] as const;

export type FetchState = {
  readonly state: (typeof fetchStates)[number];
  /** Since when it is so. */
  readonly since: string;
  /** When something is next to be done; null where that is not known. */
  readonly next_at: string | null;
  /** A code of docs/errors.md; null where nothing is wrong. */
  readonly problem: string | null;
  /** Of the round that runs, or ran last: sessions that were asked for, how many there are to ask for, and bytes that have come. */
  readonly sessions_done: number;
  readonly sessions_total: number;
  readonly bytes: number;
};

/** What is missing of what is subscribed to. */
export type FetchOverview = {
  readonly pairs: readonly { readonly ticker: string; readonly endpoint: string; readonly missing: number }[];
  /** Days until the first missing session is lost at the vendor's; null where none is missing. */
  readonly days_left: number | null;
};
