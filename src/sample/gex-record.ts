import {
  putByte,
  putBytes,
  putHundredths,
  putInteger,
  putText,
  putThousandths,
  roundToHundredths,
  type TextBytes,
} from './digits.ts';
import { isBeforeOpen, laggedRow, latestRow, previousRow } from './earlier.ts';
import type { Earlier } from './earlier.ts';
import { largestOf, smallestOf, sumOf } from './field.ts';
import type { Field } from './field.ts';
import { levelAt, majorsOf, zeroGamma, type MajorFinder } from './levels.ts';
import { spotOf } from './market.ts';
import type { SeriesInput } from './series.ts';

/** The priors of a strike row: gex_by_volume 1, 5, 10, 15 and 30 minutes earlier. */
export const gexLags_s: readonly number[] = [60, 300, 600, 900, 1_800];

/** What a record of classic or state gex is written from. */
export type GexState = SeriesInput & {
  readonly volume: Field;
  /** Null in the state package, whose open-interest fields are always 0. */
  readonly openInterest: Field | null;
  readonly earlier: Earlier;
  readonly majors: MajorFinder;
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

/** Writes one record. */
export function putGexRecord(state: GexState, to: TextBytes, second: number): void {
  for (let lag = 0; lag < gexLags_s.length; lag += 1) state.priorRows[lag] = laggedRow(state.earlier, lag, second);
  putText(to, `{"timestamp":${state.open + second},"ticker":"${state.ticker}","min_dte":0,"sec_min_dte":`);
  putInteger(to, state.daysToNextExpiry);
  putText(to, ',"spot":');
  putHundredths(to, spotOf(state.market));
  putLevels(state, to);
  putText(to, ',"strikes":[');
  putStrikes(state, to);
  putText(to, ']');
  putSums(state, to);
  putText(to, ',"max_priors":[');
  putMaxPriors(state, to);
  putText(to, ']}');
}

function putLevels({ market, volume, openInterest, earlier, majors }: GexState, to: TextBytes): void {
  const { low, high } = market;
  const flip = openInterest === null ? 0 : zeroGamma(market, volume.values);
  const positive = openInterest === null ? -1 : largestOf(openInterest.values, low, high);
  const negative = openInterest === null ? -1 : smallestOf(openInterest.values, low, high);
  const { hundredths } = earlier;
  const { positive: above, negative: below } = majorsOf(market, majors, { hundredths, row: latestRow(earlier) });
  putText(to, ',"zero_gamma":');
  putHundredths(to, flip);
  putText(to, ',"major_pos_vol":');
  putHundredths(to, above);
  putText(to, ',"major_pos_oi":');
  putHundredths(to, levelAt(market, positive));
  putText(to, ',"major_neg_vol":');
  putHundredths(to, below);
  putText(to, ',"major_neg_oi":');
  putHundredths(to, levelAt(market, negative));
}

function putSums(state: GexState, to: TextBytes): void {
  const { volume, openInterest } = state;
  const { low, high } = state.market;
  putText(to, ',"sum_gex_vol":');
  putThousandths(to, sumOf(volume.values, low, high));
  putText(to, ',"sum_gex_oi":');
  putThousandths(to, openInterest === null ? 0 : sumOf(openInterest.values, low, high));
  putText(to, ',"delta_risk_reversal":');
  putThousandths(to, openInterest === null ? 0 : Math.round(state.riskReversal));
}

/** The ladder: a row per strike, each with its five priors. This loop writes nearly all bytes of a file. */
function putStrikes(state: GexState, to: TextBytes): void {
  const { market, openInterest, strikeTexts, priorRows } = state;
  const { hundredths } = state.earlier;
  const row = latestRow(state.earlier);
  for (let slot = market.low; slot <= market.high; slot += 1) {
    if (slot > market.low) putByte(to, comma);
    putBytes(to, strikeTexts[slot] ?? nothing);
    putHundredths(to, hundredths[row + slot] ?? 0);
    putByte(to, comma);
    putHundredths(to, openInterest === null ? 0 : roundToHundredths(openInterest.values[slot] ?? 0));
    putByte(to, comma);
    putByte(to, openBracket);
    for (let lag = 0; lag < priorRows.length; lag += 1) {
      if (lag > 0) putByte(to, comma);
      putHundredths(to, hundredths[(priorRows[lag] ?? 0) + slot] ?? 0);
    }
    putByte(to, closeBracket);
    putByte(to, closeBracket);
  }
}

/**
 * Six `[strike, change]` pairs, those of the largest change since the record before and since each prior; `[0,0]` where there is
 * no such record or nothing changed. The vendor's first pair covers less than a minute; here it is one record.
 */
function putMaxPriors(state: GexState, to: TextBytes): void {
  putLargestChange(state, to, previousRow(state.earlier));
  for (const row of state.priorRows) {
    putByte(to, comma);
    putLargestChange(state, to, row);
  }
}

function putLargestChange({ market, earlier }: GexState, to: TextBytes, priorRow: number): void {
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
  putByte(to, openBracket);
  putHundredths(to, levelAt(market, found));
  putByte(to, comma);
  putThousandths(to, largest);
  putByte(to, closeBracket);
}
