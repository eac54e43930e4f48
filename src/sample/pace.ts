import { session_s } from './hours.ts';
import type { Market } from './market.ts';
import { thresholdOf } from './random.ts';

/**
 * How lively strikes are by their distance from spot, in whole strikes. Fitted to real records polled every five minutes: an
 * exposure above 100 has nearly always changed after a minute, one of 1 to 5 in a third of the cases, one below 0.05 hardly ever.
 */
export type Pace = {
  /** `nextBits` below it means that the strike traded in this second. */
  readonly thresholds: Float64Array;
  /** Standard deviation of a change, as a part of the exposure. */
  readonly noise: Float64Array;
  /** The part of the way to its due exposure that a strike goes with one change. */
  readonly pull: Float64Array;
  /** Strikes spot moves in a day, one standard deviation. */
  readonly daily_strikes: number;
};

export function createPace(market: Market): Pace {
  const { traits, ladderSize, slots } = market;
  // A ladder larger than real ones stands for a finer one: all widths grow with it, and so the file in proportion.
  const finer = Math.max(1, ladderSize / 99);
  const daily_strikes = (market.opening * traits.dailyMove) / traits.spacing;
  const reach = finer * (2 + Math.min(1.8, 0.16 * daily_strikes));
  const pace = {
    thresholds: new Float64Array(slots + 1),
    noise: new Float64Array(slots + 1),
    pull: new Float64Array(slots + 1),
    daily_strikes: daily_strikes * finer,
  };
  for (let distance = 0; distance <= slots; distance += 1) {
    const far = 1 + (distance / reach) * (distance / reach);
    const probability = 0.85 / (far * Math.sqrt(far)) + 0.0012;
    pace.thresholds[distance] = thresholdOf(probability);
    pace.noise[distance] = Math.min(0.3, 0.008 / Math.sqrt(probability));
    pace.pull[distance] = Math.min(0.6, 0.12 / Math.sqrt(probability));
  }
  return pace;
}

/** The part of the session that has passed, 0 … 1. */
export function fractionOf(second: number): number {
  return second / session_s;
}

/** A bell over the distance from spot, 1 at 0, with the long tails of real profiles. Arithmetic only. */
export function bellAt(distance: number, width: number): number {
  const square = (distance / width) * (distance / width);
  return (1 + 0.08 * square) / ((1 + square) * (1 + square));
}
