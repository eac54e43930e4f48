import type { Knots } from './spline.ts';

/** What one pass over a ladder finds. Filled again and again; its loop takes no arrays apart, which costs until V8 has optimised it. */
export class LadderShape {
  isAscending = false;
  sum = 0;
  /** Where the highest and the lowest value are, the first of equal ones. */
  highest = 0;
  lowest = 0;
  high = 0;
  low = 0;

  look({ strikes, values, from, count }: Knots): void {
    let isAscending = true;
    let before = -Infinity;
    let sum = 0;
    let highest = from;
    let lowest = from;
    let high = -Infinity;
    let low = Infinity;
    for (let at = from; at < from + count; at++) {
      const strike = strikes[at] as number;
      const value = values[at] as number;
      if (!(strike > before)) isAscending = false;
      before = strike;
      sum += value;
      if (value > high) {
        high = value;
        highest = at;
      }
      if (value < low) {
        low = value;
        lowest = at;
      }
    }
    this.isAscending = isAscending;
    this.sum = sum;
    this.highest = highest;
    this.lowest = lowest;
    this.high = high;
    this.low = low;
  }
}
