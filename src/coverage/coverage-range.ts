import { calendarDay, endOfDay_s, lastCompletedSession, monthOf } from '../core/calendar.ts';
import { vendorKeeps_days, type CoverageRequest } from '../core/coverage.ts';
import { GexlakeError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { parseEndpoint, parseSessionDate, parseTicker } from '../core/names.ts';
import { formatDay, isSessionDate, NewYorkDays, parseDay } from '../core/session.ts';

/** A request that was understood: days since 1970-01-01, moments as Unix seconds. */
export type CoverageScope = {
  readonly ticker: string | null;
  readonly endpoint: string | null;
  /** Null: from the first session that is known of each ticker and endpoint. */
  readonly first: number | null;
  readonly last: number;
  /** The last day that was named; null where none was, and whatever is wrong of later days counts, too. */
  readonly until: number | null;
  readonly now_s: number;
};

/**
 * Reads a request. A range ends with the last session that is over: what is not over is not missing.
 * @throws TICKER_INVALID, ENDPOINT_UNKNOWN, SESSION_DATE_INVALID, or USAGE where options contradict each other
 */
export function toScope(request: CoverageRequest, clock_s: number): CoverageScope {
  const now_s = request.as_of === undefined ? clock_s : endOfDay_s(parseSessionDate(request.as_of));
  const { from, to } = daysOf(request);
  const over = lastOver(now_s);
  const last = Math.min(to ?? lastCompletedSession(now_s), over);
  if (from !== null && to !== null && from > to)
    throw usage(`--from ${formatDay(from)} is after --to ${formatDay(to)}`, 'Give the earlier day as --from.');
  if (from !== null && from > last) {
    const problem = `no session from ${formatDay(from)} on is over: the last one that is was on ${formatDay(lastCompletedSession(now_s))}`;
    throw usage(problem, 'Give an earlier --from or --month, or a later --as-of.');
  }
  return {
    ticker: request.ticker === undefined ? null : parseTicker(request.ticker),
    endpoint: request.endpoint === undefined ? null : parseEndpoint(request.endpoint).name,
    first: from,
    last,
    until: to,
    now_s,
  };
}

/** Whether a request is about the ticker and endpoint of a job or file. */
export function isAsked(of: Pick<Job, 'ticker' | 'endpoint'>, { ticker, endpoint }: CoverageScope): boolean {
  return (ticker === null || of.ticker === ticker) && (endpoint === null || of.endpoint === endpoint);
}

/** The first day of a ticker and endpoint: that of the request, of the first session known, or as far back as the vendor keeps files. */
export function firstDay(scope: CoverageScope, known: readonly string[]): number {
  if (scope.first !== null) return scope.first;
  const earliest = known.reduce<string | null>((least, date) => (least === null || date < least ? date : least), null);
  return earliest === null ? new NewYorkDays().dayOf(scope.now_s) - vendorKeeps_days : parseDay(earliest);
}

function daysOf({ from, to, month }: CoverageRequest): { readonly from: number | null; readonly to: number | null } {
  if (month === undefined) return { from: dayOrNull(from), to: dayOrNull(to) };
  if (from !== undefined || to !== undefined)
    throw usage('--month was given together with --from or --to', 'Give a month, or a first and a last day.');
  if (!isSessionDate(`${month}-01`))
    throw usage(`--month is ${JSON.stringify(month)}, expected YYYY-MM`, 'For example: --month 2025-10');
  const days = monthOf(month);
  return { from: parseDay(days.first), to: parseDay(days.last) };
}

/** The last day of which all is known that will be: today in New York where today's session is over or there is none, else yesterday. */
function lastOver(now_s: number): number {
  const today = new NewYorkDays().dayOf(now_s);
  const calendar = calendarDay(today);
  return calendar.kind !== 'closed' && calendar.close_s > now_s ? today - 1 : today;
}

function dayOrNull(date: string | undefined): number | null {
  return date === undefined ? null : parseDay(parseSessionDate(date));
}

function usage(problem: string, hint: string): GexlakeError {
  return new GexlakeError('USAGE', problem, { hint });
}
