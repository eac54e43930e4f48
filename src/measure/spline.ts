/*
 * The vendor's majors lie at the extremes of a cardinal spline through (strike, gex_vol), which its page draws: of tension 0.05, with 16
 * steps for each interval, in which the strike is splined like the value. Found by trying; docs/quality.md has the figures.
 */

const tension = 0.05;
const steps = 16;

type Weights = {
  readonly first: number;
  readonly second: number;
  readonly slopeAtFirst: number;
  readonly slopeAtSecond: number;
};

/** The weights of the two ends of an interval and of the slopes there, the tension in them, for each step. */
const weights = Array.from({ length: steps + 1 }, (_, step): Weights => {
  const t = step / steps;
  const [squared, cubed] = [t * t, t * t * t];
  const second = 3 * squared - 2 * cubed;
  return {
    first: 1 - second,
    second,
    slopeAtFirst: (cubed - 2 * squared + t) * tension,
    slopeAtSecond: (cubed - squared) * tension,
  };
});

/** How far the spline can rise above the higher end of an interval, as a share of the range of all values: 4/27 for each slope. */
const overshoot = (2 * tension * 4) / 27;

/** A part of two columns: `count` values from `from` on, with their strikes. */
export type Knots = {
  readonly strikes: Float64Array;
  readonly values: Float64Array;
  readonly from: number;
  readonly count: number;
};

/** A point of the spline. Filled again and again: a day has 46,800 of them. */
export type Point = { x: number; y: number };

/**
 * Finds the highest point of the spline (`sign` 1) or the lowest (-1), the first of equal ones. `peak` is where the extreme of the
 * knots lies, `range` from their lowest to their highest. Only intervals beside knots that can beat the peak are computed.
 */
export function findExtreme(knots: Knots, extreme: { sign: 1 | -1; peak: number; range: number }, found: Point): void {
  const { strikes, values, from, count } = knots;
  const { sign, peak, range } = extreme;
  found.x = strikes[peak] as number;
  found.y = values[peak] as number;
  const least = sign * found.y - overshoot * range;
  const last = from + count - 1;
  let done = from - 1;
  for (let at = from; at <= last; at++) {
    if (sign * (values[at] as number) < least) continue;
    for (let interval = Math.max(at - 1, done + 1); interval <= at && interval < last; interval++) {
      climb(knots, interval, sign, found);
      done = interval;
    }
  }
}

function climb({ strikes, values, from, count }: Knots, interval: number, sign: 1 | -1, found: Point): void {
  const before = Math.max(interval - 1, from);
  const behind = Math.min(interval + 2, from + count - 1);
  const x0 = strikes[interval] as number;
  const x1 = strikes[interval + 1] as number;
  const y0 = values[interval] as number;
  const y1 = values[interval + 1] as number;
  const xSlope0 = x1 - (strikes[before] as number);
  const ySlope0 = y1 - (values[before] as number);
  const xSlope1 = (strikes[behind] as number) - x0;
  const ySlope1 = (values[behind] as number) - y0;
  for (let step = 0; step <= steps; step++) {
    const { first, second, slopeAtFirst, slopeAtSecond } = weights[step] as Weights;
    const y = first * y0 + second * y1 + slopeAtFirst * ySlope0 + slopeAtSecond * ySlope1;
    if (sign * y <= sign * found.y) continue;
    found.y = y;
    found.x = first * x0 + second * x1 + slopeAtFirst * xSlope0 + slopeAtSecond * xSlope1;
  }
}

/** The highest (or lowest) value of the spline within `reach` of a place; -Infinity times `sign` where it has no point there. */
export function extremeWithin(knots: Knots, sign: 1 | -1, { x, reach }: { x: number; reach: number }): number {
  const { strikes, from, count } = knots;
  const near: Point = { x: 0, y: -sign * Infinity };
  const point: Point = { x: 0, y: 0 };
  for (let interval = from; interval < from + count - 1; interval++) {
    if ((strikes[interval] as number) > x + reach || (strikes[interval + 1] as number) < x - reach) continue;
    for (const weight of weights) {
      placeOf(knots, interval, weight, point);
      if (Math.abs(point.x - x) <= reach && sign * point.y > sign * near.y) near.y = point.y;
    }
  }
  return near.y;
}

function placeOf(
  { strikes, values, from, count }: Knots,
  interval: number,
  { first, second, slopeAtFirst, slopeAtSecond }: Weights,
  point: Point,
): void {
  const before = Math.max(interval - 1, from);
  const behind = Math.min(interval + 2, from + count - 1);
  const along = (column: Float64Array) => {
    const [start, end] = [column[interval] as number, column[interval + 1] as number];
    const slopes =
      slopeAtFirst * (end - (column[before] as number)) + slopeAtSecond * ((column[behind] as number) - start);
    return first * start + second * end + slopes;
  };
  point.x = along(strikes);
  point.y = along(values);
}
