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
  throw new GexlakeError('CLOCK_WRONG', `${doubt.message}: with this clock nothing is archived or removed`, {
    hint: doubt.certain
      ? 'Correct the clock. If the log was written with a wrong clock, nothing is due until its times have passed.'
      : 'Correct the clock. If it is right, look at the plan (`gexlake prune`) and apply that one: `gexlake prune --apply <plan id>`.',
  });
}
