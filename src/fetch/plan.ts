import type { FetchGap, FetchItem, FetchPlan } from '../core/fetch-plan.ts';
import { parseEndpoint } from '../core/names.ts';
import type { VendorCall } from '../core/vendor-call.ts';
import { formatVendorSource } from '../core/vendor-source.ts';
import { expectBytesBy, expectSeconds, type ExpectBytes } from './estimate.ts';
import { isByInput, type FetchFacts } from './facts.ts';
import {
  bundleDate,
  bundleFrom_ms,
  bundleUntil_ms,
  filesFrom_ms,
  filesUntil_ms,
  lastSessions,
  lookedBack,
  nextNight_ms,
} from './schedule.ts';
import { gapAs, sortOut, type Asking, type Missing } from './sort-out.ts';

export type { Asking } from './sort-out.ts';

/** A file that came whole and could not be imported is got again so often, not sooner than after so long. */
const inputTries = 3;
const inputPause_ms = 12 * 3_600_000;

/** How long after its job has failed, by no fault of the file, a session is tried again. */
const failedPause_ms = 10 * 60_000;

/**
 * How long after something came it is got again, where nothing says what became of it: its job was cancelled, or skipped for what another
 * one has brought. Twice as long each time, up to the longest.
 */
const givenPause_ms = 3_600_000;
const longestGivenPause_ms = 6 * givenPause_ms;

/** What follows from the facts for all sessions of a plan. */
type PlanFacts = FetchFacts & {
  readonly expectBytes: ExpectBytes;
  /** The last sessions, which are looked back at every night. */
  readonly recent: ReadonlySet<string>;
};

/** What is asked for, what cannot be had, and how many sessions a bundle that is not out yet may still bring. */
type Chosen = { readonly items: readonly FetchItem[]; readonly gaps: readonly FetchGap[]; readonly hoped: number };

/**
 * What is to be got, the most urgent first, and what cannot be had and why: what is wanted, by the calendar, without what is here, under way,
 * gone on purpose, not in the plan, or too old. Where the bundle of the last session brings enough, it is asked for instead of single files.
 * Pure.
 */
export function makePlan(facts: FetchFacts, asking: Asking): FetchPlan {
  const sorted = sortOut(facts, asking);
  const sessions = Map.groupBy(sorted.missing, ({ ticker, date }) => `${ticker} ${date}`);
  const known: PlanFacts = {
    ...facts,
    expectBytes: expectBytesBy(facts.calls),
    recent: new Set(lastSessions(lookedBack, facts.now_ms)),
  };
  const chosen = [...sessions.values()].map((missing) => choose(missing, known, asking));
  const items = chosen.flatMap((one) => one.items).sort(byUrgency);
  const gaps = [...sorted.gaps, ...chosen.flatMap((one) => one.gaps)].sort(byDate);
  const due = items.filter(({ due_at }) => Date.parse(due_at) <= facts.now_ms);
  const dueSessions = sessionsIn(due);
  const later = sessionsIn(items) - dueSessions + chosen.reduce((sum, { hoped }) => sum + hoped, 0);
  return {
    as_of: new Date(facts.now_ms).toISOString(),
    items,
    gaps,
    counts: {
      wanted: sorted.wanted,
      here: sorted.here,
      under_way: sorted.underWay,
      due: dueSessions,
      later,
      gaps: gaps.length,
    },
    calls: due.length,
    ...expectSeconds(facts, due),
  };
}

function sessionsIn(items: readonly FetchItem[]): number {
  return items.reduce((sum, { endpoints }) => sum + endpoints.length, 0);
}

/** What is soonest lost comes first; of what is lost at one time, a bundle, which brings the most, then by name. */
function byUrgency(left: FetchItem, right: FetchItem): number {
  if (left.lost_at !== right.lost_at) return left.lost_at < right.lost_at ? -1 : 1;
  return left.source < right.source ? -1 : 1;
}

function byDate(left: FetchGap, right: FetchGap): number {
  return left.session_date === right.session_date ? 0 : left.session_date < right.session_date ? -1 : 1;
}

/** How the missing endpoints of one ticker's session are got. */
function choose(missing: readonly Missing[], facts: PlanFacts, asking: Asking): Chosen {
  const [first] = missing;
  if (first === undefined) return { items: [], gaps: [], hoped: 0 };
  const { allowed, now_ms } = facts;
  const [hasFiles, hasBundles] = [allowed.hist !== false, allowed.eod !== false];
  const isLast = first.date === bundleDate(now_ms);
  const bundle = bundleCall(first, facts);
  // What the bundle did not bring is to be had one by one in the evening.
  const isLeft = hasFiles && bundle !== undefined && now_ms >= filesFrom_ms(first.date);
  if (isLast && hasBundles && !isLeft && (missing.length > 1 || !hasFiles)) return asBundle(missing, facts, asking);
  if (hasFiles) return asFiles(missing, facts, asking);
  return withoutFiles(missing, facts, hasBundles);
}

/** Of a session that only its own bundle could have brought. The one before the last may still be in today's, as long as that is not out. */
function withoutFiles(missing: readonly Missing[], facts: FetchFacts, hasBundles: boolean): Chosen {
  const [before, last] = lastSessions(2, facts.now_ms);
  const isBefore = missing.every(({ date }) => date === before);
  const answer = missing.map(({ ticker }) => bundleCall({ ticker, date: last ?? '' }, facts))[0]?.answer;
  const isOut = answer === 'given' || answer === 'incomplete';
  if (hasBundles && isBefore && !isOut) return { items: [], gaps: [], hoped: missing.length };
  const detail = hasBundles
    ? 'the plan has the bundle of the last session only'
    : 'the plan has neither bundles nor single days';
  return { items: [], gaps: missing.map((one) => gapAs(one, 'bundle_gone', detail)), hoped: 0 };
}

function bundleCall({ ticker, date }: Pick<Missing, 'ticker' | 'date'>, { calls }: FetchFacts): VendorCall | undefined {
  return calls.get(formatVendorSource({ kind: 'bundle', ticker, date }));
}

function asBundle(missing: readonly Missing[], facts: PlanFacts, asking: Asking): Chosen {
  const [{ ticker, date }] = missing as readonly [Missing];
  const source = formatVendorSource({ kind: 'bundle', ticker, date });
  const call = facts.calls.get(source);
  const wanted = missing.map((one) => ({
    one,
    due_ms: dueOf(one, { call, from_ms: bundleFrom_ms(date) }, facts, asking),
  }));
  const gaps = wanted.flatMap(({ one, due_ms }) => (due_ms === null ? gapWithout(one, call) : []));
  const due = wanted.flatMap(({ due_ms }) => due_ms ?? []);
  if (due.length === 0) return { items: [], gaps, hoped: 0 };
  const endpoints = wanted.flatMap(({ one, due_ms }) => (due_ms === null ? [] : one.endpoint));
  const item: FetchItem = {
    source,
    kind: 'bundle',
    ticker,
    session_date: date,
    endpoints,
    due_at: iso(Math.min(...due)),
    lost_at: iso(bundleUntil_ms(date)),
    calls: call?.calls ?? 0,
    bytes: facts.expectBytes(ticker, null),
  };
  return { items: [item], gaps, hoped: 0 };
}

function asFiles(missing: readonly Missing[], facts: PlanFacts, asking: Asking): Chosen {
  const items: FetchItem[] = [];
  const gaps: FetchGap[] = [];
  for (const one of missing) {
    const { ticker, endpoint, date } = one;
    const source = formatVendorSource({ kind: 'hist', ticker, endpoint: parseEndpoint(endpoint), date });
    const call = facts.calls.get(source);
    const due_ms = dueOf(one, { call, from_ms: filesFrom_ms(date) }, facts, asking);
    if (due_ms === null) gaps.push(gapWithout(one, call));
    else
      items.push({
        source,
        kind: 'hist',
        ticker,
        session_date: date,
        endpoints: [endpoint],
        due_at: iso(due_ms),
        lost_at: iso(filesUntil_ms(date)),
        calls: call?.calls ?? 0,
        bytes: facts.expectBytes(ticker, endpoint),
      });
  }
  return { items, gaps, hoped: 0 };
}

/** When a session is asked for, by when it appears, what was answered before, and what became of what came; null: never by itself. */
function dueOf(
  { failed, date }: Missing,
  { call, from_ms }: { readonly call: VendorCall | undefined; readonly from_ms: number },
  { recent }: PlanFacts,
  { again, isPatient }: Asking,
): number | null {
  const isFileBad = failed !== null && isByInput(failed);
  if (again || (!isPatient && !isFileBad)) return from_ms;
  if (isFileBad && (call?.calls ?? 0) >= inputTries) return null;
  if (call !== undefined && isNever(call)) return null;
  const waits = [from_ms];
  if (failed?.finished_at != null) waits.push(Date.parse(failed.finished_at) + failedPause_ms);
  if (call !== undefined) waits.push(nextCall_ms(call, recent.has(date), isFileBad));
  return Math.max(...waits);
}

function isNever({ answer }: VendorCall): boolean {
  return answer === 'too_old' || answer === 'no_session';
}

/** The last sessions are looked back at every night, whatever was answered. */
function nextCall_ms(
  { answer, last_asked_at, ask_again_at, calls }: VendorCall,
  isRecent: boolean,
  isFileBad: boolean,
): number {
  const asked_ms = Date.parse(last_asked_at);
  const givenWait_ms = Math.min(longestGivenPause_ms, givenPause_ms * 2 ** Math.min(calls - 1, 20));
  if (answer === 'given') return asked_ms + (isFileBad ? inputPause_ms : givenWait_ms);
  const again_ms = ask_again_at === null ? asked_ms : Date.parse(ask_again_at);
  const mayBeSooner = isRecent && (answer === 'absent' || answer === 'not_in_plan');
  return mayBeSooner ? Math.min(again_ms, nextNight_ms(asked_ms)) : again_ms;
}

function gapWithout(missing: Missing, call: VendorCall | undefined): FetchGap {
  const { failed } = missing;
  if (call !== undefined && isNever(call))
    return gapAs(missing, 'absent', call.detail ?? 'the vendor has no such file');
  const detail = `what came could not be imported ${inputTries} times (job ${failed?.id}); --again gets it once more`;
  return gapAs(missing, 'failed', detail, failed?.id ?? null);
}

function iso(at_ms: number): string {
  return new Date(at_ms).toISOString();
}
