import { isDefect } from '../core/defects.ts';
import { toGexlakeError, type GexlakeError } from '../core/errors.ts';
import type { FetchItem, FetchPlan } from '../core/fetch-plan.ts';
import type { WantedPair } from '../core/subscription.ts';
import { askAllowance } from './allowed.ts';
import type { FetchContext } from './context.ts';
import { readFacts, sessionKey, type Allowed, type FetchFacts } from './facts.ts';
import { makePlan, type Asking } from './plan.ts';
import { sweepDownloads } from './room.ts';
import { goRound, type RoundEnd, type RoundListener, type RoundOptions } from './round.ts';

/** What is wanted now. */
export type FetchRequest = Pick<RoundOptions, 'downloads' | 'most_bytes'> &
  Pick<Asking, 'from' | 'to' | 'again'> & { readonly pairs: readonly WantedPair[] };

type Ends = Pick<RoundOptions, 'finish' | 'abort'>;

/** What is to be got now, as it follows from the log, the calendar and what the key may have. */
export async function planNow(context: FetchContext, request: FetchRequest): Promise<FetchPlan> {
  const never = new AbortController().signal;
  const allowed = await askAllowance(context.openVendor(never));
  return makePlan(await factsOf(context, request, allowed), { ...request, isPatient: false });
}

async function factsOf({ log, clock }: FetchContext, { pairs }: FetchRequest, allowed: Allowed): Promise<FetchFacts> {
  return readFacts(log, { now_ms: clock.now_ms(), pairs, allowed });
}

/** What has become of what was wanted. */
export type FetchEnd = Omit<RoundEnd, 'jobs'> & {
  /** What is left by now, when the imports are over. */
  readonly look: () => Promise<FetchPlan>;
};

/**
 * Gets what is wanted: round after round, until nothing is due that was not asked for in one of them. `onPlan` hears what there is to do
 * before each.
 */
export async function fetchNow(
  context: FetchContext,
  request: FetchRequest,
  { finish, abort, ...listener }: Ends & RoundListener & { readonly onPlan: (plan: FetchPlan) => void },
): Promise<FetchEnd> {
  await sweepDownloads(context);
  const allowed = await askAllowance(context.openVendor(abort));
  const asked = new Set<string>();
  const ends: RoundEnd[] = [];
  const look = async () => makePlan(await factsOf(context, request, allowed), { ...request, isPatient: false });
  for (;;) {
    const facts = await factsOf(context, request, allowed);
    const plan = makePlan(facts, { ...request, isPatient: false });
    const items = plan.items.filter((item) => isDue(item, facts.now_ms) && !asked.has(item.source));
    const last = ends.at(-1);
    const brought = ends.flatMap((end) => end.brought);
    const bytes = brought.reduce((sum, one) => sum + one.bytes, 0);
    const left_bytes = request.most_bytes === null ? null : request.most_bytes - bytes;
    const isOver = finish.aborted || (last !== undefined && (last.error !== null || last.pausedUntil !== null));
    if (isOver || items.length === 0 || (left_bytes !== null && left_bytes <= 0))
      return { brought, error: last?.error ?? null, pausedUntil: last?.pausedUntil ?? null, look };
    for (const { source } of items) asked.add(source);
    listener.onPlan({ ...plan, items });
    const missingOf = missingIn(facts, request);
    const options = { ...request, most_bytes: left_bytes, missingOf, finish, abort };
    ends.push(await goRound(context, items, options, listener));
  }
}

export function isDue({ due_at }: FetchItem, now_ms: number): boolean {
  return Date.parse(due_at) <= now_ms;
}

/** Which wanted endpoints of a session are neither here nor about to be. */
export function missingIn(facts: FetchFacts, { pairs, again }: Pick<FetchRequest, 'pairs' | 'again'>) {
  return (ticker: string, date: string): string[] =>
    pairs.flatMap(({ ticker: of, endpoint, from }) => {
      const key = sessionKey(ticker, endpoint, date);
      const isWanted = of === ticker && (from === null || from <= date) && (again || !facts.gone.has(key));
      const job = facts.jobs.get(key);
      return isWanted && !facts.here.has(key) && (job === undefined || job.status === 'failed') ? endpoint : [];
    });
}

/** What work by itself has come to: an error that is this program's own fault is not outlived. */
export function outlived(thrown: unknown): GexlakeError {
  if (isDefect(thrown)) throw thrown;
  return toGexlakeError(thrown);
}
