import { findExtreme, LadderShape, type Knots, type Point } from '../measure/measure.ts';
import { spotSlot, strikeOf } from './market.ts';
import type { Market } from './market.ts';

/** The price of a slot's strike, hundredths; 0 where there is no slot. */
export function levelAt(market: Market, slot: number): number {
  return slot < 0 ? 0 : strikeOf(market, slot);
}

/** What the majors of one market's ladders are found with. Filled again with every record. */
export type MajorFinder = { readonly knots: Knots; readonly shape: LadderShape; readonly point: Point };

export function createMajorFinder(market: Market): MajorFinder {
  const strikes = Float64Array.from({ length: market.slots }, (_, slot) => strikeOf(market, slot) / 100);
  const knots = { strikes, values: new Float64Array(market.slots), from: 0, count: 0 };
  return { knots, shape: new LadderShape(), point: { x: 0, y: 0 } };
}

/**
 * The levels of the most positive and the most negative exposure, hundredths, as the vendor finds them: at the extremes of a spline
 * through the ladder, so that they can lie beside a strike. `hundredths` has the ladder's values from `row` on. 0 where all are.
 */
export function majorsOf(
  market: Market,
  { shape, point, knots: all }: MajorFinder,
  { hundredths, row }: { readonly hundredths: Int32Array; readonly row: number },
): { readonly positive: number; readonly negative: number } {
  const { low, high } = market;
  for (let slot = low; slot <= high; slot += 1) all.values[slot] = (hundredths[row + slot] ?? 0) / 100;
  const knots = { ...all, from: low, count: high - low + 1 };
  shape.look(knots);
  const range = shape.high - shape.low;
  if (range === 0 && shape.high === 0) return { positive: 0, negative: 0 };
  findExtreme(knots, { sign: 1, peak: shape.highest, range }, point);
  const positive = Math.round(point.x * 100);
  findExtreme(knots, { sign: -1, peak: shape.lowest, range }, point);
  return { positive, negative: Math.round(point.x * 100) };
}

/** The price nearest to spot at which exposure turns from negative below to positive above, hundredths; 0 without one. */
export function zeroGamma(market: Market, volumes: Int32Array): number {
  const spot = Math.floor(spotSlot(market));
  for (let distance = 0; distance <= market.high - market.low; distance += 1) {
    for (const slot of [spot - distance, spot + distance]) {
      if (slot < market.low || slot >= market.high) continue;
      const below = volumes[slot] ?? 0;
      const above = volumes[slot + 1] ?? 0;
      if (below < 0 && above > 0)
        return strikeOf(market, slot) + Math.round((market.traits.spacing * -below) / (above - below));
    }
  }
  return 0;
}
