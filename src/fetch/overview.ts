import { vendorKeeps_days } from '../core/coverage.ts';
import { newYorkDay, parseDay } from '../core/session.ts';
import type { WantedPair } from '../core/subscription.ts';
import type { FetchOverview } from '../core/fetch-state.ts';
import { unknownAllowance } from './allowed.ts';
import type { FetchContext } from './context.ts';
import { readFacts } from './facts.ts';
import { sortOut } from './sort-out.ts';

/** What is missing of what is wanted, by the log and the calendar alone. */
export async function overview(
  { log, clock }: Pick<FetchContext, 'log' | 'clock'>,
  pairs: readonly WantedPair[],
): Promise<FetchOverview> {
  const now_ms = clock.now_ms();
  const facts = await readFacts(log, { now_ms, pairs, allowed: unknownAllowance });
  const { missing } = sortOut(facts, { from: null, to: null, again: false, isPatient: true });
  const left = missing.map(({ date }) => vendorKeeps_days - (newYorkDay(now_ms) - parseDay(date)));
  return {
    pairs: pairs.map(({ ticker, endpoint }) => {
      const count = missing.filter((one) => one.ticker === ticker && one.endpoint === endpoint).length;
      return { ticker, endpoint, missing: count };
    }),
    days_left: left.length === 0 ? null : Math.min(...left),
  };
}
