import { vendorKeeps_days } from '../core/coverage.ts';
import type { FetchGap, FetchGapReason } from '../core/fetch-plan.ts';
import type { Job } from '../core/job.ts';
import { newYorkDay, parseDay } from '../core/session.ts';
import type { WantedPair } from '../core/subscription.ts';
import { sessionKey, type FetchFacts } from './facts.ts';
import { bundleDate, sessionsBetween } from './schedule.ts';

/** How a plan is wanted. */
export type Asking = {
  /** The first and the last session; null: as far as there is anything. */
  readonly from: string | null;
  readonly to: string | null;
  /** Whether what was withdrawn, purged, or is not to be asked for again, is wanted all the same. */
  readonly again: boolean;
  /** Whether times are kept at which something is to be asked for again: who asks in person does not wait. */
  readonly isPatient: boolean;
};

/** A wanted session that is not here; `failed`: the job that could not bring it. */
export type Missing = {
  readonly ticker: string;
  readonly endpoint: string;
  readonly date: string;
  readonly failed: Job | null;
};

export type Sorted = {
  readonly wanted: number;
  readonly here: number;
  readonly underWay: number;
  readonly missing: readonly Missing[];
  readonly gaps: readonly FetchGap[];
};

const waiting = new Set(['pending', 'started', 'staged']);

/** Every wanted session once: here, under way, missing, or a gap that nothing will fill by itself. Pure. */
export function sortOut(facts: FetchFacts, asking: Asking): Sorted {
  const found = { wanted: 0, here: 0, underWay: 0, missing: [] as Missing[], gaps: [] as FetchGap[] };
  for (const pair of facts.pairs)
    for (const date of sessionsOf(pair, facts, asking)) {
      const { ticker, endpoint } = pair;
      const key = sessionKey(ticker, endpoint, date);
      const job = facts.jobs.get(key) ?? null;
      found.wanted++;
      if (facts.here.has(key)) found.here++;
      else if (job !== null && waiting.has(job.status)) found.underWay++;
      else {
        const missing = { ticker, endpoint, date, failed: job };
        const gap = gapOf(missing, facts, asking);
        if (gap === null) found.missing.push(missing);
        else found.gaps.push(gap);
      }
    }
  return found;
}

/** The sessions that are wanted of a pair, the oldest first: those that the vendor may still have, and older ones that were named. */
function sessionsOf({ from }: WantedPair, { now_ms }: FetchFacts, asking: Asking): string[] {
  const kept = newYorkDay(now_ms) - vendorKeeps_days;
  const named = [from, asking.from].filter((date) => date !== null).map(parseDay);
  const last = parseDay(bundleDate(now_ms));
  const until = asking.to === null ? last : Math.min(last, parseDay(asking.to));
  return sessionsBetween(named.length === 0 ? kept : Math.max(...named), until);
}

function gapOf(missing: Missing, facts: FetchFacts, { again }: Asking): FetchGap | null {
  const { ticker, endpoint, date } = missing;
  const gone = facts.gone.get(sessionKey(ticker, endpoint, date));
  if (gone !== undefined && !again)
    return gapAs(missing, gone.how, `${gone.how} by job ${gone.job_id}; --again gets it all the same`, gone.job_id);
  const age_days = newYorkDay(facts.now_ms) - parseDay(date);
  if (age_days > vendorKeeps_days)
    return gapAs(missing, 'too_old', `older than the ${vendorKeeps_days} days that the vendor keeps`);
  const { endpoints } = facts.allowed;
  if (endpoints !== null && !endpoints.includes(endpoint))
    return gapAs(missing, 'not_in_plan', `the key may not have ${endpoint}`);
  return null;
}

export function gapAs(
  { ticker, endpoint, date }: Pick<Missing, 'ticker' | 'endpoint' | 'date'>,
  reason: FetchGapReason,
  detail: string,
  job_id: string | null = null,
): FetchGap {
  return { ticker, endpoint, session_date: date, reason, detail, job_id };
}
