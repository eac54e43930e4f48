import { putHundredths, putInteger, putText, putThousandths, type TextBytes } from './digits.ts';
import { createEarlier, laggedRow, latestRow, remember } from './earlier.ts';
import type { Earlier } from './earlier.ts';
import { advanceField, createField, gammaDue, largestOf, settleField, smallestOf } from './field.ts';
import type { Due, Field } from './field.ts';
import { levelAt } from './levels.ts';
import { spotOf, spotSlot, strikeOf } from './market.ts';
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
  const greek = createField({ market, pace, random: random(endpoint.category), due: greekDue(input, pace) });
  if (firstSecond > 0) settleField(greek, fractionOf(firstSecond));
  const smile = random('smile');
  const series: GreekSeries = {
    ...input,
    greek,
    pace,
    earlier: createEarlier(market, priorLags_s),
    smileNoise: Int32Array.from({ length: market.slots }, () => Math.round(nextBell(smile) * 3)),
  };
  return {
    advance: (second) => advanceField(greek, fractionOf(second)),
    keep: (second) => remember(series.earlier, second, greek.values),
    write: (to, second) => putRecord(series, to, second),
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

function putRecord(series: GreekSeries, to: TextBytes, second: number): void {
  const { market, greek } = series;
  const { low, high } = market;
  putText(to, `{"timestamp":${series.open + second},"ticker":"${series.ticker}","spot":`);
  putHundredths(to, spotOf(market));
  putText(to, ',"min_dte":0,"sec_min_dte":');
  putInteger(to, series.daysToNextExpiry);
  putText(to, ',"major_positive":');
  putHundredths(to, levelAt(market, largestOf(greek.values, low, high)));
  putText(to, ',"major_negative":');
  putHundredths(to, levelAt(market, smallestOf(greek.values, low, high)));
  putText(to, ',"major_long_gamma":');
  putHundredths(to, balanceOf(series, 1));
  putText(to, ',"major_short_gamma":');
  putHundredths(to, balanceOf(series, -1));
  putText(to, ',"mini_contracts":[');
  putContracts(series, to, second);
  putText(to, ']}');
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

function putContracts(series: GreekSeries, to: TextBytes, second: number): void {
  const { market, earlier } = series;
  const { hundredths } = earlier;
  const row = latestRow(earlier);
  const priors = priorLags_s.map((_, lag) => laggedRow(earlier, lag, second));
  for (let slot = market.low; slot <= market.high; slot += 1) {
    const greek = hundredths[row + slot] ?? 0;
    putText(to, slot > market.low ? ',[' : '[');
    putHundredths(to, strikeOf(market, slot));
    putVolatilities(series, to, slot);
    putText(to, ',');
    putHundredths(to, greek);
    for (const [lag, prior] of priors.entries()) {
      putText(to, lag === 0 ? ',[' : ',');
      putHundredths(to, hundredths[prior + slot] ?? 0);
    }
    putTrailing(to, (market.lowestIndex + slot) % 10 === 0 ? greek : null);
  }
}

/** Implied volatility of call and put, three decimals: a smile, steeper for puts; 0 for contracts deep in the money. */
function putVolatilities({ market, pace, smileNoise }: GreekSeries, to: TextBytes, slot: number): void {
  const days = (slot - spotSlot(market)) / pace.daily_strikes;
  // A daily move times the root of 252 trading days, in thousandths.
  const level = market.traits.dailyMove * 15_900 + (smileNoise[slot] ?? 0);
  const smile = level + 40 * Math.abs(days) + 22 * days * days - 25 * days;
  const volatility = Math.max(1, Math.round(smile));
  putText(to, ',');
  putThousandths(to, days < -1.2 ? 0 : volatility);
  putText(to, ',');
  putThousandths(to, days > 1.2 ? 0 : volatility + 2 + (slot % 3));
}

/** The two trailing fields the vendor does not name: null in most rows, numbers at every tenth strike, since both occur. */
function putTrailing(to: TextBytes, greek: number | null): void {
  if (greek === null) {
    putText(to, '],null,null]');
    return;
  }
  putText(to, '],');
  putHundredths(to, Math.abs(greek) * 3);
  putText(to, ',');
  putHundredths(to, Math.abs(greek) * 2);
  putText(to, ']');
}
