import { roundToHundredths } from './digits.ts';
import type { Market } from './market.ts';

/**
 * The ladders of the records written so far, as far back as a prior can look. A row holds a value per slot and 0 for every strike
 * outside the record's ladder; one more row of zeros stands for "no record yet".
 */
export type Earlier = {
  readonly market: Market;
  readonly slots: number;
  readonly lags_s: readonly number[];
  readonly rows: number;
  readonly seconds: Int32Array;
  readonly thousandths: Int32Array;
  readonly hundredths: Int32Array;
  /** Per lag, the number of the latest record that is at least so old; -1 before there is one. */
  readonly cursors: Int32Array;
  records: number;
};

/** How far from its due second a prior may be taken that is later. */
const reach_s = 20;

export function createEarlier(market: Market, lags_s: readonly number[]): Earlier {
  const { slots } = market;
  const rows = Math.max(...lags_s) + 2;
  return {
    market,
    slots,
    lags_s,
    rows,
    seconds: new Int32Array(rows),
    thousandths: new Int32Array((rows + 1) * slots),
    hundredths: new Int32Array((rows + 1) * slots),
    cursors: new Int32Array(lags_s.length).fill(-1),
    records: 0,
  };
}

/** Adds the values of the market's present ladder; from now on `latestRow` is their row. */
export function remember(earlier: Earlier, second: number, values: Int32Array): void {
  const { low, high } = earlier.market;
  const row = (earlier.records % earlier.rows) * earlier.slots;
  earlier.thousandths.fill(0, row, row + earlier.slots);
  earlier.hundredths.fill(0, row, row + earlier.slots);
  for (let slot = low; slot <= high; slot += 1) {
    const value = values[slot] ?? 0;
    earlier.thousandths[row + slot] = value;
    earlier.hundredths[row + slot] = roundToHundredths(value);
  }
  earlier.seconds[earlier.records % earlier.rows] = second;
  earlier.records += 1;
}

/** Where the latest record's values begin in `thousandths` and `hundredths`. */
export function latestRow(earlier: Earlier): number {
  return rowOf(earlier, earlier.records - 1);
}

/** Where the values of the record before the latest begin. */
export function previousRow(earlier: Earlier): number {
  return rowOf(earlier, earlier.records - 2);
}

/**
 * Where the values of the latest record begin that is at least the lag older than `second`: exactly so old in a full session. Where
 * seconds are left out, the record behind it if that is nearer and within {@link reach_s}, as the vendor's priors are.
 */
export function laggedRow(earlier: Earlier, lag: number, second: number): number {
  const due = second - (earlier.lags_s[lag] ?? 0);
  let cursor = earlier.cursors[lag] ?? -1;
  while (cursor + 1 < earlier.records && (earlier.seconds[(cursor + 1) % earlier.rows] ?? 0) <= due) cursor += 1;
  earlier.cursors[lag] = cursor;
  return rowOf(earlier, isNearer(earlier, cursor + 1, due) ? cursor + 1 : cursor);
}

/** Whether a record behind a due second, the present one excluded, is nearer to it than the one before. */
function isNearer({ seconds, rows, records }: Earlier, record: number, due: number): boolean {
  if (record === 0 || record >= records - 1) return false;
  const after = (seconds[record % rows] ?? 0) - due;
  return after <= reach_s && after < due - (seconds[(record - 1) % rows] ?? 0);
}

/** Whether a row is the one of zeros. */
export function isBeforeOpen(earlier: Earlier, row: number): boolean {
  return row === earlier.rows * earlier.slots;
}

function rowOf(earlier: Earlier, record: number): number {
  return (record < 0 ? earlier.rows : record % earlier.rows) * earlier.slots;
}
