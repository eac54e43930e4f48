import { putHundredths, putText, type TextBytes } from './digits.ts';
import { spotOf, spotSlot, strikeOf } from './market.ts';
import type { Market } from './market.ts';
import { nextBell, nextBits, thresholdOf } from './random.ts';
import type { Random } from './random.ts';
import type { Series, SeriesInput } from './series.ts';

/**
 * How a field moves. `level`: a price near spot. `strike`: a listed strike near spot. `total`: wanders from 0 as the day's volume
 * comes in. `flow`: swings around 0. `sum`: that of its call and its put field.
 */
type Motion = 'level' | 'strike' | 'total' | 'flow' | 'sum';

/** The fields behind timestamp, ticker and spot, in the vendor's order (GEXBot OpenAPI 2.3.0, orderflow_response). */
const fields: readonly (readonly [name: string, motion: Motion, step: number])[] = [
  ['z_mlgamma', 'level', 20],
  ['z_msgamma', 'level', 20],
  ['o_mlgamma', 'level', 10],
  ['o_msgamma', 'level', 10],
  ['zero_mcall', 'strike', 6],
  ['zero_mput', 'strike', -6],
  ['one_mcall', 'strike', 10],
  ['one_mput', 'strike', -10],
  ['zcvr', 'total', 120],
  ['ocvr', 'total', 40],
  ['zgr', 'total', 900],
  ['ogr', 'total', 240],
  ['zvanna', 'total', 300],
  ['ovanna', 'total', 160],
  ['zcharm', 'total', 220],
  ['ocharm', 'total', 60],
  ['agg_dex', 'sum', 0],
  ['one_agg_dex', 'sum', 0],
  ['agg_call_dex', 'total', 180],
  ['one_agg_call_dex', 'total', 60],
  ['agg_put_dex', 'total', 200],
  ['one_agg_put_dex', 'total', 70],
  ['net_dex', 'sum', 0],
  ['one_net_dex', 'sum', 0],
  ['net_call_dex', 'total', 90],
  ['one_net_call_dex', 'total', 30],
  ['net_put_dex', 'total', 100],
  ['one_net_put_dex', 'total', 35],
  ['dexoflow', 'flow', 150],
  ['gexoflow', 'flow', 400],
  ['cvroflow', 'flow', 60],
  ['one_dexoflow', 'flow', 50],
  ['one_gexoflow', 'flow', 90],
  ['one_cvroflow', 'flow', 20],
];

type FlowSeries = SeriesInput & {
  readonly numbers: Random;
  /** Hundredths, by field. A level or strike is kept as its distance from spot. */
  readonly values: Float64Array;
};

/** Records of orderflow: 37 flat fields. Totals and flows are 0 in the first record of a session. */
export function createFlowSeries(input: SeriesInput): Series {
  const series: FlowSeries = {
    ...input,
    numbers: input.random('orderflow'),
    values: new Float64Array(fields.length),
  };
  startFlow(series);
  return {
    advance: () => advanceFlow(series),
    keep: () => undefined,
    write: (to, second) => putRecord(series, to, second),
    ladderRows: () => 0,
  };
}

/** Levels and strikes stand away from spot at the open already. */
function startFlow(series: FlowSeries): void {
  for (const [index, [, motion, step]] of fields.entries()) {
    if (motion === 'level') series.values[index] = nextBell(series.numbers) * step * 20;
  }
}

/** Not every field moves in every second, and listed strikes seldom do. */
function advanceFlow(series: FlowSeries): void {
  const { numbers: random, values } = series;
  for (const [index, [, motion, step]] of fields.entries()) {
    if (motion === 'sum' || nextBits(random) >= moveThresholds[motion]) continue;
    const value = values[index] ?? 0;
    const kept = motion === 'flow' ? value * 0.7 : motion === 'total' ? value : value * 0.998;
    values[index] = kept + nextBell(random) * Math.abs(step);
  }
}

const moveThresholds = {
  level: thresholdOf(0.6),
  strike: thresholdOf(0.01),
  total: thresholdOf(0.55),
  flow: thresholdOf(0.8),
} as const;

function putRecord(series: FlowSeries, to: TextBytes, second: number): void {
  putText(to, `{"timestamp":${series.open + second},"ticker":"${series.ticker}","spot":`);
  putHundredths(to, spotOf(series.market));
  for (const [index, [name]] of fields.entries()) {
    putText(to, `,"${name}":`);
    putHundredths(to, shownValue(series, index));
  }
  putText(to, '}');
}

/** A field's value as it is shown, hundredths. A sum adds what its two parts show: call and put stand 2 and 4 fields further. */
function shownValue(series: FlowSeries, index: number): number {
  const { market, values } = series;
  const [, motion, step] = fields[index] ?? ['', 'flow', 0];
  const value = Math.round(values[index] ?? 0);
  if (motion === 'sum') return Math.round(values[index + 2] ?? 0) + Math.round(values[index + 4] ?? 0);
  if (motion === 'level') return spotOf(market) + value;
  return motion === 'strike' ? nearbyStrike(market, step, value) : value;
}

function nearbyStrike(market: Market, strikes: number, shift: number): number {
  const slot = Math.floor(spotSlot(market)) + strikes + Math.round(shift / 8);
  return strikeOf(market, Math.max(0, Math.min(market.slots - 1, slot)));
}
