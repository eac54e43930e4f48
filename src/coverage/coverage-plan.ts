import { calendarDay, type CalendarDay } from '../core/calendar.ts';
import {
  coverageStates,
  coverageThresholds,
  vendorKeeps_days,
  type CoverageDay,
  type CoverageReason,
  type CoverageState,
} from '../core/coverage.ts';
import { duration } from '../core/duration.ts';
import type { Job } from '../core/job.ts';
import { formatDay, NewYorkDays } from '../core/session.ts';
import { History, isLone, type Expected, type OpenDay, type SessionFacts } from './history.ts';

/** All that the coverage of one ticker and endpoint follows from: published sessions by their date, and jobs that are not over. */
export type PairFacts = {
  readonly ticker: string;
  readonly endpoint: string;
  readonly sessions: ReadonlyMap<string, SessionFacts>;
  readonly jobs: readonly Job[];
  /** The newest withdrawal of rows of a session, by its date. */
  readonly withdrawn: ReadonlyMap<string, Gone>;
  /** The newest purge of a session, by its date. */
  readonly purged: ReadonlyMap<string, Gone>;
};

/** By which job something has gone, and why. */
type Gone = { readonly job_id: string; readonly reason: string };

/** Days since 1970-01-01. */
export type DayRange = { readonly first: number; readonly last: number };

const waiting = new Set(['pending', 'started', 'staged']);

/** The days of a ticker and endpoint, each in one state, as they are at a moment (Unix seconds). Pure. */
export function coverPair(facts: PairFacts, range: DayRange, now_s: number): CoverageDay[] {
  const today = new NewYorkDays().dayOf(now_s);
  const newestJobs = newestByDate(facts.jobs);
  const before = new History(facts.sessions, range.first);
  const days: CoverageDay[] = [];
  for (let day = range.first; day <= range.last; day++) {
    const date = formatDay(day);
    const calendar = calendarDay(day);
    const found = facts.sessions.get(date) ?? null;
    const expected = found === null || calendar.kind === 'closed' ? null : before.expected(found, calendar);
    const job = newestJobs.get(date) ?? null;
    const purge = facts.purged.get(date) ?? null;
    const judged = judge({ calendar, found, expected, job, purge, age_days: today - day });
    const gone = found === null ? facts.withdrawn.get(date) : undefined;
    days.push({
      ticker: facts.ticker,
      endpoint: facts.endpoint,
      session_date: date,
      ...judged,
      reasons: gone === undefined ? judged.reasons : [...judged.reasons, whyGone(gone)],
      days_left: isFetchable(judged.state) ? daysLeft(today - day) : null,
      records: found?.records ?? null,
      first_timestamp: found === null ? null : iso(found.first_s),
      last_timestamp: found === null ? null : iso(found.last_s),
      largest_gap_s: found?.gap_s ?? null,
      records_expected: expected === null ? null : Math.round(expected.records),
      job_id: job?.id ?? null,
      job_status: job?.status ?? null,
    });
    if (found !== null && !isLone(found)) before.add(found, calendar);
  }
  return days;
}

export function countStates(days: readonly CoverageDay[]): Record<CoverageState, number> {
  const counts = Object.fromEntries(coverageStates.map((state) => [state, 0])) as Record<CoverageState, number>;
  for (const { state } of days) counts[state]++;
  return counts;
}

function whyGone({ job_id, reason }: Gone): CoverageReason {
  return { code: 'withdrawn', detail: `withdrawn by job ${job_id}: ${reason}` };
}

/** What is known of a day: the calendar, what is published, how much of it earlier sessions let expect, and the newest job. */
type KnownOfDay = {
  readonly calendar: CalendarDay;
  readonly found: SessionFacts | null;
  readonly expected: Expected | null;
  readonly job: Job | null;
  readonly purge: Gone | null;
  readonly age_days: number;
};

type Judged = Pick<CoverageDay, 'state' | 'reasons'>;

/** What is here goes before what is under way, and that before what is not known or not to be had. */
function judge({ calendar, found, expected, job, purge, age_days }: KnownOfDay): Judged {
  if (calendar.kind === 'closed') return { state: 'closed', reasons: [{ code: 'closed', detail: calendar.why }] };
  if (found !== null && (!isLone(found) || calendar.kind === 'unknown')) {
    const reasons = shortfalls(found, calendar, expected);
    return { state: reasons.length === 0 ? 'available' : 'partial', reasons };
  }
  if (job !== null && waiting.has(job.status)) return { state: 'pending', reasons: [] };
  if (purge !== null && found === null)
    return { state: 'purged', reasons: [{ code: 'purged', detail: `purged by job ${purge.job_id}: ${purge.reason}` }] };
  if (calendar.kind === 'unknown') {
    const detail = 'the exchanges’ closings of this year are not known to this version';
    return { state: 'unknown', reasons: [{ code: 'not_announced', detail }] };
  }
  return { state: daysLeft(age_days) === null ? 'lost' : 'missing', reasons: found === null ? [] : [oneRecord] };
}

const oneRecord: CoverageReason = { code: 'one_record', detail: 'has one record only, which is no session' };

/** In what a session that is here falls short. Nothing is asked of it behind an early close: half days may stop there or run on. */
function shortfalls(found: SessionFacts, { open_s, close_s }: OpenDay, expected: Expected | null): CoverageReason[] {
  const { edge_s, gap_s, fewer_share } = coverageThresholds;
  const reasons: CoverageReason[] = [];
  const late_s = found.first_s - open_s;
  if (late_s > edge_s) reasons.push({ code: 'late_start', detail: `starts ${duration(late_s)} after the open` });
  const early_s = close_s - found.last_s;
  if (early_s > edge_s) reasons.push({ code: 'early_end', detail: `ends ${duration(early_s)} before the close` });
  if (found.gap_s !== null && found.gap_s > gap_s)
    reasons.push({ code: 'gap', detail: `has a gap of ${duration(found.gap_s)}` });
  if (expected !== null && found.records < expected.records * (1 - fewer_share)) {
    const share = Math.round((1 - found.records / expected.records) * 100);
    const usual = `the ${Math.round(expected.records)} that the median of earlier sessions (${expected.sessions}) lets expect`;
    const detail = `has ${found.records} records, ${share} % under ${usual}`;
    reasons.push({ code: 'few_records', detail });
  }
  return reasons;
}

function isFetchable(state: CoverageState): boolean {
  return state === 'missing' || state === 'pending' || state === 'partial';
}

/** The vendor's last day with a file is the 90th behind its session; null from the 91st on. */
function daysLeft(age_days: number): number | null {
  return age_days > vendorKeeps_days ? null : vendorKeeps_days - Math.max(0, age_days);
}

function newestByDate(jobs: readonly Job[]): Map<string, Job> {
  const newest = new Map<string, Job>();
  const inOrder = [...jobs].sort((left, right) => (left.id < right.id ? -1 : 1));
  for (const job of inOrder) {
    // One that may still bring the session tells more than a newer one that has failed.
    const known = job.session_date === null ? undefined : newest.get(job.session_date);
    if (job.session_date === null || (known !== undefined && waiting.has(known.status) && job.status === 'failed'))
      continue;
    newest.set(job.session_date, job);
  }
  return newest;
}

function iso(second: number): string {
  return new Date(second * 1000).toISOString();
}
