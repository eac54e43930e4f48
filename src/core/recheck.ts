import type { Dataset } from './contract.ts';

/*
 * What looking at a source again has shown. Nothing is published by it.
 */

/**
 * `same`: the bytes that were imported. `equal`: other bytes, the same rows. `longer`: it only goes on behind the last second that is
 * published. `restated`: seconds have changed, have gone, or have come between others. `new`: nothing of it is published.
 */
export const recheckResults = ['same', 'equal', 'longer', 'restated', 'new'] as const;
export type RecheckResult = (typeof recheckResults)[number];

/** How many seconds there are, and what has become of them. */
export type RecheckSeconds = {
  readonly published: number;
  readonly found: number;
  readonly changed: number;
  readonly added: number;
  readonly gone: number;
};

/** In how many seconds a column has other values than those that are published. */
export type ColumnRestated = { readonly dataset: Dataset; readonly column: string; readonly seconds: number };

/**
 * A level or a sum that has moved in some seconds. `by` says whose number it is: the vendor's field, or ours from the ladder by the named
 * rule. `before` and `after` are those of the second in which it moved farthest.
 */
export type Moved = {
  readonly what: string;
  readonly by: 'vendor' | 'ladder';
  readonly rule: string | null;
  readonly seconds: number;
  readonly largest: number | null;
  readonly at: string | null;
  readonly before: number | null;
  readonly after: number | null;
};

/** Minutes of which any second has changed, come or gone, and spans of consecutive ones, the first of them. */
export type MinutesAffected = {
  readonly affected: number;
  readonly spans: readonly { readonly from: string; readonly to: string }[];
};

export type RecheckSummary = {
  readonly session_dates: readonly string[];
  readonly seconds: RecheckSeconds;
  readonly columns: readonly ColumnRestated[];
  readonly moved: readonly Moved[];
  readonly minutes: MinutesAffected;
};

/** What the numbers come to. `behind` counts the seconds that have come behind the last published one. */
export function resultOf({ published, changed, added, gone }: RecheckSeconds, behind: number): RecheckResult {
  if (published === 0) return 'new';
  if (changed + gone === 0) return added === 0 ? 'equal' : added === behind ? 'longer' : 'restated';
  return 'restated';
}
