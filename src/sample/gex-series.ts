import { putHundredths, putText } from './digits.ts';
import { createEarlier, remember } from './earlier.ts';
import { advanceField, createField, gammaDue, settleField } from './field.ts';
import type { Due, Field } from './field.ts';
import { gexLags_s, putGexRecord } from './gex-record.ts';
import type { GexState } from './gex-record.ts';
import { strikeOf } from './market.ts';
import type { Market } from './market.ts';
import { bellAt, createPace, fractionOf } from './pace.ts';
import type { Pace } from './pace.ts';
import { nextBell } from './random.ts';
import type { Series, SeriesInput } from './series.ts';

/** Seconds between two changes of the exposures by open interest. */
const openInterestStep_s = 15;

/** Records of classic and state gex: 15 fields with the ladder `strikes` (GEXBot OpenAPI 2.3.0, basic_response). */
export function createGexSeries(input: SeriesInput): Series {
  const { market, random, firstSecond } = input;
  const pace = createPace(market);
  const volume = createField(market, pace, random('volume'), volumeDue(input, pace));
  if (firstSecond > 0) settleField(volume, market, fractionOf(firstSecond));
  const openInterest = input.endpoint.package === 'classic' ? createOpenInterest(input, pace) : null;
  const risk = random('risk reversal');
  const state: GexState = {
    ...input,
    volume,
    openInterest,
    earlier: createEarlier(market.slots, gexLags_s),
    strikeTexts: Array.from({ length: market.slots }, (_, slot) => strikeText(market, slot)),
    priorRows: new Int32Array(gexLags_s.length),
    riskReversal: nextBell(risk) * 400,
  };
  return {
    advance: (second) => {
      advanceField(volume, market, fractionOf(second));
      if (openInterest !== null && second % openInterestStep_s === 0) advanceField(openInterest, market, 0);
      state.riskReversal += nextBell(risk) * 4 - state.riskReversal * 0.001;
    },
    keep: (second) => remember(state.earlier, second, volume.values, market.low, market.high),
    write: (bytes, at, timestamp, second) => putGexRecord(state, bytes, at, timestamp, second),
    ladderRows: () => market.high - market.low + 1,
  };
}

function volumeDue(input: SeriesInput, pace: Pace): Due {
  const { name } = input.endpoint;
  const nextExpiryOnly = name.endsWith('_one');
  const span = name.endsWith('_full') ? 1.5 : nextExpiryOnly ? 0.5 : 1;
  const share = input.endpoint.package === 'classic' ? 1.2 : 1;
  return gammaDue(pace, input.market.traits.gamma * 1000 * span * share, !nextExpiryOnly);
}

/** Open interest is that of the night before; only its gamma changes, slowly, as spot moves. */
function createOpenInterest(input: SeriesInput, pace: Pace): Field {
  const { market } = input;
  const scale = market.traits.gamma * 250;
  const field = createField(market, pace, input.random('open interest'), (distance, weight) => {
    const side = distance / (4 + Math.abs(distance));
    return scale * (0.1 + 0.5 * side + weight) * bellAt(distance, 1.5 + 0.5 * pace.daily_strikes);
  });
  settleField(field, market, 0);
  return field;
}

function strikeText(market: Market, slot: number): Uint8Array {
  const bytes = new Uint8Array(24);
  const end = putText(bytes, putHundredths(bytes, putText(bytes, 0, '['), strikeOf(market, slot)), ',');
  return bytes.slice(0, end);
}
