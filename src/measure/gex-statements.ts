import type { Endpoint } from '../core/names.ts';
import { EarlierLadders } from './earlier-ladders.ts';
import { LadderShape } from './ladder-shape.ts';
import { namesLargestChanges } from './max-priors.ts';
import type { MeasuredLadder, MeasuredRecord } from './record.ts';
import { extremeWithin, findExtreme, type Knots, type Point } from './spline.ts';
import type { Tallies } from './tallies.ts';

/** Majors have two decimals, and so have the values that the spline goes through. */
const half = 0.005_01;
const valueRounding = 0.011;

/** Which scalars are looked at: their places among a record's. */
type Places = {
  readonly sum: number;
  readonly majorPositive: number;
  readonly majorNegative: number;
  readonly zeros: readonly number[];
};

/**
 * The statements about records of gex. A pass over every ladder took a tenth of an import, so most of them are asked only of the
 * records that are to be looked at closely.
 */
export class GexStatements {
  readonly #tallies: Tallies;
  readonly #earlier: EarlierLadders;
  readonly #isState: boolean;
  readonly #shape = new LadderShape();
  readonly #point: Point = { x: 0, y: 0 };
  #places: Places | null = null;

  constructor(endpoint: Endpoint, tallies: Tallies) {
    this.#tallies = tallies;
    this.#earlier = new EarlierLadders(tallies);
    this.#isState = endpoint.package === 'state';
  }

  add(record: MeasuredRecord, ladder: MeasuredLadder, closely: boolean): void {
    this.#places ??= placesIn(record.names);
    if (this.#isState) this.#tellZeros(record.scalars, this.#places.zeros);
    if (record.ladderRows === 0) return;
    this.#earlier.add(record, ladder);
    if (closely) this.#lookClosely(record, ladder, this.#places);
  }

  #lookClosely(record: MeasuredRecord, ladder: MeasuredLadder, { sum, majorPositive, majorNegative }: Places): void {
    const { ladderRows, scalars } = record;
    const [strikes, values] = [ladder.columns[0] as Float64Array, ladder.columns[1] as Float64Array];
    const knots = { strikes, values, from: ladder.committed, count: ladderRows };
    const shape = this.#shape;
    shape.look(knots);
    this.#tellLadder(knots, record.spot);
    // A record that lacks a value is not asked.
    if (Number.isNaN(shape.sum)) return;
    const told = scalars[sum] as number;
    if (!Number.isNaN(told))
      this.#tallies.note('sum_gex_vol', Math.abs(told - shape.sum) <= 0.005 * ladderRows + 0.001);
    this.#tellMajors(knots, { positive: scalars[majorPositive] as number, negative: scalars[majorNegative] as number });
    const names = namesLargestChanges(record, ladder);
    if (names !== null) this.#tallies.note('max_priors', names);
  }

  #tellZeros(scalars: Float64Array, zeros: readonly number[]): void {
    let areAll = true;
    for (const at of zeros) {
      const value = scalars[at] as number;
      if (Number.isNaN(value)) return;
      if (value !== 0) areAll = false;
    }
    this.#tallies.note('state_zero', areAll);
  }

  #tellLadder({ strikes, from, count }: Knots, spot: number): void {
    this.#tallies.note('ladder_ascending', this.#shape.isAscending);
    if (!this.#shape.isAscending || Number.isNaN(spot)) return;
    const isInside = spot >= (strikes[from] as number) && spot <= (strikes[from + count - 1] as number);
    this.#tallies.note('spot_inside', isInside);
  }

  #tellMajors(knots: Knots, { positive, negative }: { positive: number; negative: number }): void {
    const { high, low, isAscending } = this.#shape;
    if (Number.isNaN(positive) || Number.isNaN(negative)) return;
    if (high === 0 && low === 0) {
      this.#tallies.note('zero_ladder', positive === 0 && negative === 0);
      return;
    }
    if (low >= 0) this.#tallies.note('no_negative', negative !== 0);
    if (!isAscending) return;
    // Where no strike is of a sign, which listed one its major is near was not measured.
    const isNear =
      (high <= 0 || this.#isNearest(knots, positive, high)) && (low >= 0 || this.#isNearest(knots, negative, low));
    this.#tallies.note('major_nearest', isNear);
    const areOn = this.#isOnSpline(knots, 1, positive) && this.#isOnSpline(knots, -1, negative);
    this.#tallies.note('major_spline', areOn);
  }

  /** Whether a listed strike that is nearest to a major, or one of two that are, has the extreme value. */
  #isNearest({ strikes, values, from, count }: Knots, major: number, extreme: number): boolean {
    let [low, high] = [from, from + count - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((strikes[middle] as number) <= major) low = middle;
      else high = middle;
    }
    const [toLow, toHigh] = [Math.abs(major - (strikes[low] as number)), Math.abs((strikes[high] as number) - major)];
    const areEven = Math.abs(toLow - toHigh) < 1e-6;
    if ((areEven || toLow < toHigh) && values[low] === extreme) return true;
    return (areEven || toHigh < toLow) && values[high] === extreme;
  }

  #isOnSpline(knots: Knots, sign: 1 | -1, major: number): boolean {
    const { high, low, highest, lowest } = this.#shape;
    const point = this.#point;
    findExtreme(knots, { sign, peak: sign === 1 ? highest : lowest, range: high - low }, point);
    if (Math.abs(point.x - major) <= half) return true;
    // Another point may be as high within what the values are rounded by.
    return sign * (point.y - extremeWithin(knots, sign, { x: major, reach: half })) <= valueRounding;
  }
}

function placesIn(names: readonly string[]): Places {
  const at = (name: string) => names.indexOf(name);
  return {
    sum: at('sum_gex_vol'),
    majorPositive: at('major_pos_vol'),
    majorNegative: at('major_neg_vol'),
    zeros: ['zero_gamma', 'sum_gex_oi', 'major_pos_oi', 'major_neg_oi'].map(at),
  };
}
