import { createFlowSeries } from './flow-series.ts';
import { createGexSeries } from './gex-series.ts';
import { createGreekSeries } from './greek-series.ts';
import { daysToNextExpiry, sessionOpen } from './hours.ts';
import { advanceMarket, createMarket } from './market.ts';
import type { Market } from './market.ts';
import type { SamplePlan } from './plan.ts';
import { createRandom } from './random.ts';
import type { Series, SeriesInput } from './series.ts';
import { tickerTraits } from './tickers.ts';

/** A trading day that is simulated second by second. */
export type Session = {
  /** Unix second of 09:30:00 New York. */
  readonly open: number;
  readonly market: Market;
  readonly series: Series;
};

/**
 * A session of the plan's ticker and endpoint, at `firstSecond` of the day. All endpoints of one ticker, date and seed share
 * their market, so that spot is the same in each of their files.
 */
export function startSession(plan: SamplePlan, date: string, firstSecond: number): Session {
  const random: SeriesInput['random'] = (purpose) => createRandom(plan.seed, `${plan.ticker} ${date} ${purpose}`);
  const market = createMarket(tickerTraits(plan.ticker), random('market'), plan.strikes);
  const open = sessionOpen(date);
  const series = createSeries({
    market,
    endpoint: plan.endpoint,
    ticker: plan.ticker,
    open,
    random,
    daysToNextExpiry: daysToNextExpiry(date),
    firstSecond,
  });
  return { open, market, series };
}

/** Goes on to a second, the one after the last. */
export function advanceSession(session: Session, second: number): void {
  advanceMarket(session.market, second);
  session.series.advance(second);
}

function createSeries(input: SeriesInput): Series {
  switch (input.endpoint.ladder) {
    case 'gex':
      return createGexSeries(input);
    case 'greeks':
      return createGreekSeries(input);
    case 'none':
      return createFlowSeries(input);
  }
}
