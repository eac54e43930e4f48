import { putHundredths, putInteger, putText, putThousandths } from './digits.ts';
import { createEarlier, laggedRow, latestRow, remember } from './earlier.ts';
import type { Earlier } from './earlier.ts';
import { advanceField, createField, gammaDue, largestOf, settleField, smallestOf } from './field.ts';
import type { Due, Field } from './field.ts';
import { spotOf, spotSlot, strikeOf } from './market.ts';
import type { Market } from './market.ts';
import { createPace, fractionOf } from './pace.ts';
import type { Pace } from './pace.ts';
import { nextBell } from './random.ts';
import type { Series, SeriesInput } from './series.ts';

/** The three priors of a greek. The vendor does not say how old they are; here 1, 5 and 10 minutes. */
const priorLags_s = [60, 300, 600];

type GreekSeries = SeriesInput & {
  readonly greek: Field;
  readonly pace: Pace;
  readonly earlier: Earlier;
  /** A strike's own deviation from the smile, in thousandths of volatility. */
  readonly smileNoise: Int32Array;
};

/** Records of state greeks: 10 fields with the ladder `mini_contracts` (GEXBot OpenAPI 2.3.0). */
export function createGreekSeries(input: SeriesInput): Series {
  const { market, random, endpoint, firstSecond } = input;
  const pace = createPace(market);
  const greek = createField(market, pace, random(endpoint.category), greekDue(input, pace));
  if (firstSecond > 0) settleField(greek, market, fractionOf(firstSecond));
  const smile = random('smile');
  const series: GreekSeries = {
    ...input,
    greek,
    pace,
    earlier: createEarlier(market.slots, priorLags_s),
    smileNoise: Int32Array.from({ length: market.slots }, () => Math.round(nextBell(smile) * 3)),
  };
  return {
    advance: (second) => advanceField(greek, market, fractionOf(second)),
    keep: (second) => remember(series.earlier, second, greek.values, market.low, market.high),
    write: (bytes, at, timestamp, second) => putRecord(series, bytes, at, timestamp, second),
    ladderRows: () => market.high - market.low + 1,
  };
}

/** Delta and gamma lie around spot; vanna and charm change their sign with the side of spot. */
function greekDue(input: SeriesInput, pace: Pace): Due {
  const { category } = input.endpoint;
  const gamma = gammaDue(pace, input.market.traits.gamma * 250, category.endsWith('_zero'));
  if (category.startsWith('gamma')) return gamma;
  const width = 0.5 + 0.2 * pace.daily_strikes;
  if (category.startsWith('delta'))
    return (distance, weight, fraction) => gamma(distance / 1.6, weight, fraction) * 1.4;
  const factor = category.startsWith('vanna') ? -1.8 : 0.9;
  return (distance, weight, fraction) =>
    (gamma(distance, weight, fraction) * factor * distance) / (width + Math.abs(distance));
}

function putRecord(series: GreekSeries, bytes: Uint8Array, start: number, timestamp: number, second: number): number {
  const { market, greek } = series;
  const { low, high } = market;
  let at = putText(bytes, start, `{"timestamp":${timestamp},"ticker":"${series.ticker}","spot":`);
  at = putHundredths(bytes, at, spotOf(market));
  at = putInteger(bytes, putText(bytes, at, ',"min_dte":0,"sec_min_dte":'), series.daysToNextExpiry);
  at = putLevel(market, bytes, putText(bytes, at, ',"major_positive":'), largestOf(greek.values, low, high));
  at = putLevel(market, bytes, putText(bytes, at, ',"major_negative":'), smallestOf(greek.values, low, high));
  at = putHundredths(bytes, putText(bytes, at, ',"major_long_gamma":'), balanceOf(series, 1));
  at = putHundredths(bytes, putText(bytes, at, ',"major_short_gamma":'), balanceOf(series, -1));
  at = putContracts(series, bytes, putText(bytes, at, ',"mini_contracts":['), second);
  return putText(bytes, at, ']}');
}

function putLevel(market: Market, bytes: Uint8Array, at: number, slot: number): number {
  return putHundredths(bytes, at, slot < 0 ? 0 : strikeOf(market, slot));
}

/** The price at which the exposures of one sign balance, hundredths; 0 where there are none. */
function balanceOf(series: GreekSeries, sign: number): number {
  const { market, greek } = series;
  let weight = 0;
  let moment = 0;
  for (let slot = market.low; slot <= market.high; slot += 1) {
    const value = Math.max(0, (greek.values[slot] ?? 0) * sign);
    weight += value;
    moment += value * slot;
  }
  return weight === 0 ? 0 : Math.round(market.lowestStrike + (moment / weight) * market.traits.spacing);
}

function putContracts(series: GreekSeries, bytes: Uint8Array, start: number, second: number): number {
  const { market, earlier } = series;
  const { hundredths } = earlier;
  const spot = spotSlot(market);
  const row = latestRow(earlier);
  const priors = priorLags_s.map((_, lag) => laggedRow(earlier, lag, second));
  let at = start;
  for (let slot = market.low; slot <= market.high; slot += 1) {
    at = putText(bytes, at, slot > market.low ? ',[' : '[');
    at = putHundredths(bytes, at, strikeOf(market, slot));
    at = putVolatilities(series, bytes, at, slot, slot - spot);
    at = putHundredths(bytes, putText(bytes, at, ','), hundredths[row + slot] ?? 0);
    for (const [lag, prior] of priors.entries()) {
      at = putHundredths(bytes, putText(bytes, at, lag === 0 ? ',[' : ','), hundredths[prior + slot] ?? 0);
    }
    at = putTrailing(series, bytes, at, slot, hundredths[row + slot] ?? 0);
  }
  return at;
}

/** Implied volatility of call and put, three decimals: a smile, steeper for puts; 0 for contracts deep in the money. */
function putVolatilities(
  series: GreekSeries,
  bytes: Uint8Array,
  start: number,
  slot: number,
  distance: number,
): number {
  const { traits } = series.market;
  const days = distance / series.pace.daily_strikes;
  // A daily move times the root of 252 trading days, in thousandths.
  const level = traits.dailyMove * 15_900 + (series.smileNoise[slot] ?? 0);
  const smile = level + 40 * Math.abs(days) + 22 * days * days - 25 * days;
  const volatility = Math.max(1, Math.round(smile));
  const at = putThousandths(bytes, putText(bytes, start, ','), days < -1.2 ? 0 : volatility);
  return putThousandths(bytes, putText(bytes, at, ','), days > 1.2 ? 0 : volatility + 2 + (slot % 3));
}

/** The two trailing fields the vendor does not name: null in most rows, numbers at every tenth strike, since both occur. */
function putTrailing(series: GreekSeries, bytes: Uint8Array, start: number, slot: number, greek: number): number {
  if ((series.market.lowestIndex + slot) % 10 !== 0) return putText(bytes, start, '],null,null]');
  const at = putHundredths(bytes, putText(bytes, start, '],'), Math.abs(greek) * 3);
  return putText(bytes, putHundredths(bytes, putText(bytes, at, ','), Math.abs(greek) * 2), ']');
}
