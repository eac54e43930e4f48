import { doubtClock, doubtClockUnasked, type ClockDoubt } from '../core/clock-doubt.ts';
import { GexlakeError } from '../core/errors.ts';
import type { GovernContext } from './context.ts';

/** Days that retention waits by itself after a pause of the log of more than a year. */
const patience_days = 14;

/** Why this machine's clock is not believed; null where nothing speaks against it. */
export async function clockDoubt({ clock, log }: GovernContext): Promise<ClockDoubt | null> {
  return doubtClock(clock.now_ms(), await log.jobs.newestChange());
}

/**
 * Makes sure that ages can be told. `asked`: by a person, who may say that a doubtful clock is right by naming the plan.
 * @throws CLOCK_WRONG
 */
export async function mustTellAges(
  context: GovernContext,
  { asked, named }: { readonly asked: boolean; readonly named: boolean },
): Promise<void> {
  const { clock, log } = context;
  const times = await log.jobs.times();
  const now_ms = clock.now_ms();
  const doubt = asked ? doubtClock(now_ms, times) : doubtClockUnasked(now_ms, times, patience_days);
  if (doubt === null || (named && !doubt.certain)) return;
  throw new GexlakeError('CLOCK_WRONG', `${doubt.message}: nothing is archived or removed by such a clock`, {
    hint: doubt.certain
      ? 'Put the clock right. Where the log was written with a wrong one, its times are passed some day; until then nothing is due.'
      : 'Put the clock right. If it is, look at the plan (`gexlake prune`) and do that one: `gexlake prune --apply <plan id>`.',
  });
}
