import type { Knots } from './spline.ts';

/** What one pass over a ladder finds. Filled again and again. */
export class LadderShape {
  isAscending = false;
  sum = 0;
  /** Where the highest and the lowest value are, the first of equal ones. */
  highest = 0;
  lowest = 0;
  high = 0;
  low = 0;

  look({ strikes, values, from, count }: Knots): void {
    let [isAscending, before, sum] = [true, -Infinity, 0];
    let [highest, lowest, high, low] = [from, from, -Infinity, Infinity];
    for (let at = from; at < from + count; at++) {
      const [strike, value] = [strikes[at] as number, values[at] as number];
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
