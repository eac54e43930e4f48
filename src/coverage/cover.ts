import { vendorKeeps_days, type Coverage, type CoverageRequest } from '../core/coverage.ts';
import { formatDay, NewYorkDays } from '../core/session.ts';
import type { WantedPair } from '../core/subscription.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { withAnswers } from './asked-vendor.ts';
import { countStates, coverPair } from './coverage-plan.ts';
import { firstDay, toScope, type CoverageScope } from './coverage-range.ts';
import { readLake, type LakePair } from './lake-facts.ts';

/**
 * Which sessions are here, which are not, and how long the vendor still has them: of what the lake knows, and of what is wanted. Reads the log and the live files and changes nothing.
 * @throws TICKER_INVALID, ENDPOINT_UNKNOWN, SESSION_DATE_INVALID, USAGE, LOCK_BUSY
 */
export async function coverage(
  context: GovernContext,
  request: CoverageRequest,
  wanted: readonly WantedPair[] = [],
): Promise<Coverage> {
  const scope = toScope(request, Math.floor(context.clock.now_ms() / 1000));
  const found = toCoverage((await readLake(context, scope, wanted)).pairs, scope, wanted);
  return { ...found, rows: withAnswers(found.rows, await context.log.vendor.calls()) };
}

/** Whether all that was known of a ticker and endpoint has been withdrawn or purged, and the request does not name it in full. */
export function isGivenUp({ files, jobs, withdrawn, purged }: LakePair, { ticker, endpoint }: CoverageScope): boolean {
  const isNamed = ticker !== null && endpoint !== null;
  return !isNamed && files.length === 0 && jobs.length === 0 && withdrawn.size + purged.size > 0;
}

function isSame(one: Pick<WantedPair, 'ticker' | 'endpoint'>, other: Pick<WantedPair, 'ticker' | 'endpoint'>): boolean {
  return one.ticker === other.ticker && one.endpoint === other.endpoint;
}

function oldestKept({ now_s }: CoverageScope): string {
  return formatDay(new NewYorkDays().dayOf(now_s) - vendorKeeps_days);
}

/** The coverage of the pairs; those that are wanted, from when on they are. Pure. */
export function toCoverage(
  pairs: readonly LakePair[],
  scope: CoverageScope,
  wanted: readonly WantedPair[] = [],
): Coverage {
  const rows = pairs.flatMap((pair) => {
    const dates = pair.files.flatMap((file) => file.session_dates);
    const ofJobs = pair.jobs.flatMap((job) => job.session_date ?? []);
    const since = wanted.flatMap((one) => (isSame(one, pair) ? (one.from ?? oldestKept(scope)) : []));
    const first = firstDay(scope, [...dates, ...ofJobs, ...pair.withdrawn.keys(), ...pair.purged.keys(), ...since]);
    const days = coverPair(pair, { first, last: scope.last }, scope.now_s);
    // Of what has gone as a whole nothing says that anybody wants its other days.
    const isGone = (date: string) => pair.withdrawn.has(date) || pair.purged.has(date);
    return isGivenUp(pair, scope) ? days.filter((day) => isGone(day.session_date)) : days;
  });
  const earliest = rows.reduce<string | null>(
    (least, { session_date }) => (least === null || session_date < least ? session_date : least),
    null,
  );
  return {
    as_of: new Date(scope.now_s * 1000).toISOString(),
    as_of_date: formatDay(new NewYorkDays().dayOf(scope.now_s)),
    from: scope.first === null ? earliest : formatDay(scope.first),
    to: formatDay(scope.last),
    counts: countStates(rows),
    rows,
    unreadable: pairs.flatMap((pair) => pair.unreadable),
  };
}
