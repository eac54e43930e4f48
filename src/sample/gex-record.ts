import { putBytes, putHundredths, putInteger, putText, putThousandths, roundToHundredths } from './digits.ts';
import { isBeforeOpen, laggedRow, latestRow, previousRow } from './earlier.ts';
import type { Earlier } from './earlier.ts';
import { largestOf, smallestOf, sumOf } from './field.ts';
import type { Field } from './field.ts';
import { putLevel, zeroGamma } from './levels.ts';
import { spotOf, strikeOf } from './market.ts';
import type { SeriesInput } from './series.ts';

/** The priors of a strike row: gex_by_volume 1, 5, 10, 15 and 30 minutes earlier. */
export const gexLags_s: readonly number[] = [60, 300, 600, 900, 1_800];

/** What a record of classic or state gex is written from. */
export type GexState = SeriesInput & {
  readonly volume: Field;
  /** Null in the state package, whose open-interest fields are always 0. */
  readonly openInterest: Field | null;
  readonly earlier: Earlier;
  /** `[25187.21,` per slot: the beginning of a strike's row, which stays the same all day. */
  readonly strikeTexts: readonly Uint8Array[];
  /** Where the exposures of each prior begin in `earlier`, found anew for every record. */
  readonly priorRows: Int32Array;
  /** Thousandths. */
  riskReversal: number;
};

const comma = 44;
const openBracket = 91;
const closeBracket = 93;
const nothing = new Uint8Array(0);

/** Writes one record; returns the offset behind it. */
export function putGexRecord(
  state: GexState,
  bytes: Uint8Array,
  start: number,
  timestamp: number,
  second: number,
): number {
  for (let lag = 0; lag < gexLags_s.length; lag += 1) state.priorRows[lag] = laggedRow(state.earlier, lag, second);
  let at = putText(bytes, start, `{"timestamp":${timestamp},"ticker":"${state.ticker}","min_dte":0,"sec_min_dte":`);
  at = putInteger(bytes, at, state.daysToNextExpiry);
  at = putHundredths(bytes, putText(bytes, at, ',"spot":'), spotOf(state.market));
  at = putLevels(state, bytes, at, second);
  at = putStrikes(state, bytes, putText(bytes, at, ',"strikes":['));
  at = putSums(state, bytes, putText(bytes, at, ']'));
  return putText(bytes, putMaxPriors(state, bytes, putText(bytes, at, ',"max_priors":[')), ']}');
}

function putLevels(state: GexState, bytes: Uint8Array, start: number, second: number): number {
  const { market, volume, openInterest } = state;
  const { low, high } = market;
  const flip = openInterest === null ? 0 : zeroGamma(market, volume.values);
  const positive = openInterest === null ? -1 : largestOf(openInterest.values, low, high);
  const negative = openInterest === null ? -1 : smallestOf(openInterest.values, low, high);
  let at = putHundredths(bytes, putText(bytes, start, ',"zero_gamma":'), flip);
  at = putText(bytes, at, ',"major_pos_vol":');
  at = putLevel(market, bytes, at, largestOf(volume.values, low, high), second);
  at = putLevel(market, bytes, putText(bytes, at, ',"major_pos_oi":'), positive, 0);
  at = putText(bytes, at, ',"major_neg_vol":');
  at = putLevel(market, bytes, at, smallestOf(volume.values, low, high), second);
  return putLevel(market, bytes, putText(bytes, at, ',"major_neg_oi":'), negative, 0);
}

function putSums(state: GexState, bytes: Uint8Array, start: number): number {
  const { market, volume, openInterest } = state;
  const { low, high } = market;
  const interest = openInterest === null ? 0 : sumOf(openInterest.values, low, high);
  const riskReversal = openInterest === null ? 0 : Math.round(state.riskReversal);
  let at = putThousandths(bytes, putText(bytes, start, ',"sum_gex_vol":'), sumOf(volume.values, low, high));
  at = putThousandths(bytes, putText(bytes, at, ',"sum_gex_oi":'), interest);
  return putThousandths(bytes, putText(bytes, at, ',"delta_risk_reversal":'), riskReversal);
}

/** The ladder: a row per strike, each with its five priors. This loop writes nearly all bytes of a file. */
function putStrikes(state: GexState, bytes: Uint8Array, start: number): number {
  const { market, openInterest, strikeTexts, priorRows } = state;
  const { hundredths } = state.earlier;
  const row = latestRow(state.earlier);
  let at = start;
  for (let slot = market.low; slot <= market.high; slot += 1) {
    if (slot > market.low) bytes[at++] = comma;
    at = putBytes(bytes, at, strikeTexts[slot] ?? nothing);
    at = putHundredths(bytes, at, hundredths[row + slot] ?? 0);
    bytes[at++] = comma;
    at = putHundredths(bytes, at, openInterest === null ? 0 : roundToHundredths(openInterest.values[slot] ?? 0));
    bytes[at++] = comma;
    bytes[at++] = openBracket;
    for (let lag = 0; lag < priorRows.length; lag += 1) {
      if (lag > 0) bytes[at++] = comma;
      at = putHundredths(bytes, at, hundredths[(priorRows[lag] ?? 0) + slot] ?? 0);
    }
    bytes[at++] = closeBracket;
    bytes[at++] = closeBracket;
  }
  return at;
}

/**
 * Six `[strike, change]` pairs, those of the largest change since the record before and since each prior; `[0,0]` where there is
 * no such record or nothing changed. The vendor's first pair covers less than a minute; here it is one record.
 */
function putMaxPriors(state: GexState, bytes: Uint8Array, start: number): number {
  let at = putLargestChange(state, bytes, start, previousRow(state.earlier));
  for (const row of state.priorRows) at = putLargestChange(state, bytes, putText(bytes, at, ','), row);
  return at;
}

function putLargestChange(state: GexState, bytes: Uint8Array, start: number, priorRow: number): number {
  const { market, earlier } = state;
  const { thousandths } = earlier;
  const row = latestRow(earlier);
  let found = -1;
  let largest = 0;
  for (let slot = market.low; slot <= market.high && !isBeforeOpen(earlier, priorRow); slot += 1) {
    const change = (thousandths[row + slot] ?? 0) - (thousandths[priorRow + slot] ?? 0);
    if (Math.abs(change) <= Math.abs(largest)) continue;
    found = slot;
    largest = change;
  }
  const at = putHundredths(bytes, putText(bytes, start, '['), found < 0 ? 0 : strikeOf(market, found));
  return putText(bytes, putThousandths(bytes, putText(bytes, at, ','), largest), ']');
}
