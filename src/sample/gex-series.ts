import { putHundredths, putText, type TextBytes } from './digits.ts';
import { createEarlier, remember } from './earlier.ts';
import { advanceField, createField, gammaDue, settleField } from './field.ts';
import type { Due, Field } from './field.ts';
import { gexLags_s, putGexRecord } from './gex-record.ts';
import type { GexState } from './gex-record.ts';
import { createMajorFinder } from './levels.ts';
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
  const volume = createField({ market, pace, random: random('volume'), due: volumeDue(input, pace) });
  if (firstSecond > 0) settleField(volume, fractionOf(firstSecond));
  const openInterest = input.endpoint.package === 'classic' ? createOpenInterest(input, pace) : null;
  const risk = random('risk reversal');
  const state: GexState = {
    ...input,
    volume,
    openInterest,
    earlier: createEarlier(market, gexLags_s),
    majors: createMajorFinder(market),
    strikeTexts: Array.from({ length: market.slots }, (_, slot) => strikeText(market, slot)),
    priorRows: new Int32Array(gexLags_s.length),
    riskReversal: nextBell(risk) * 400,
  };
  return {
    advance: (second) => {
      advanceField(volume, fractionOf(second));
      if (openInterest !== null && second % openInterestStep_s === 0) advanceField(openInterest, 0);
      state.riskReversal += nextBell(risk) * 4 - state.riskReversal * 0.001;
    },
    keep: (second) => remember(state.earlier, second, volume.values),
    write: (to, second) => putGexRecord(state, to, second),
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
  const due: Due = (distance, weight) => {
    const side = distance / (4 + Math.abs(distance));
    return scale * (0.1 + 0.5 * side + weight) * bellAt(distance, 1.5 + 0.5 * pace.daily_strikes);
  };
  const field = createField({ market, pace, random: input.random('open interest'), due });
  settleField(field, 0);
  return field;
}

function strikeText(market: Market, slot: number): Uint8Array {
  const text: TextBytes = { bytes: new Uint8Array(24), length: 0 };
  putText(text, '[');
  putHundredths(text, strikeOf(market, slot));
  putText(text, ',');
  return text.bytes.slice(0, text.length);
}
