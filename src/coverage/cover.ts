import type { Coverage, CoverageRequest } from '../core/coverage.ts';
import { formatDay, NewYorkDays } from '../core/session.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { countStates, coverPair } from './coverage-plan.ts';
import { firstDay, toScope, type CoverageScope } from './coverage-range.ts';
import { readLake, type LakePair } from './lake-facts.ts';

/**
 * Which sessions are here, which are not, and how long the vendor still has them. Reads the log and the live files and changes nothing.
 * @throws TICKER_INVALID, ENDPOINT_UNKNOWN, SESSION_DATE_INVALID, USAGE, LOCK_BUSY
 */
export async function coverage(context: GovernContext, request: CoverageRequest): Promise<Coverage> {
  const scope = toScope(request, Math.floor(context.clock.now_ms() / 1000));
  return toCoverage((await readLake(context, scope)).pairs, scope);
}

/** Whether all that was known of a ticker and endpoint has been withdrawn or purged, and the request does not name it in full. */
export function isGivenUp({ files, jobs, withdrawn, purged }: LakePair, { ticker, endpoint }: CoverageScope): boolean {
  const isNamed = ticker !== null && endpoint !== null;
  return !isNamed && files.length === 0 && jobs.length === 0 && withdrawn.size + purged.size > 0;
}

/** The coverage of the pairs. Pure. */
export function toCoverage(pairs: readonly LakePair[], scope: CoverageScope): Coverage {
  const rows = pairs.flatMap((pair) => {
    const dates = pair.files.flatMap((file) => file.session_dates);
    const ofJobs = pair.jobs.flatMap((job) => job.session_date ?? []);
    const first = firstDay(scope, [...dates, ...ofJobs, ...pair.withdrawn.keys(), ...pair.purged.keys()]);
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
