import type { Endpoint } from '../core/names.ts';
import type { TextBytes } from './digits.ts';
import type { Market } from './market.ts';
import type { Random } from './random.ts';

/** One session of one endpoint: goes second by second and writes a record where one is wanted. */
export type Series = {
  /** The exposures one second later; the market has moved already. */
  readonly advance: (second: number) => void;
  /** Keeps the present exposures as a record's, for later priors. Comes before `write`. */
  readonly keep: (second: number) => void;
  /** Writes the record's JSON. */
  readonly write: (to: TextBytes, second: number) => void;
  /** Ladder rows the present record has. */
  readonly ladderRows: () => number;
};

/** What a series is made from. */
export type SeriesInput = {
  readonly market: Market;
  readonly endpoint: Endpoint;
  readonly ticker: string;
  /** Unix second of 09:30:00 New York, from which a series counts its seconds. */
  readonly open: number;
  /** A source of random numbers of its own for each purpose. */
  readonly random: (purpose: string) => Random;
  /** Calendar days until the expiry after the session's. */
  readonly daysToNextExpiry: number;
  /** The second the series begins at: 0 with no volume yet, later in the middle of a session. */
  readonly firstSecond: number;
};
