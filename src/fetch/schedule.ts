import { isTradingDay } from '../core/calendar.ts';
import { vendorKeeps_days } from '../core/coverage.ts';
import { newYorkTime_s } from '../core/new-york.ts';
import { formatDay, newYorkDay, parseDay } from '../core/session.ts';
import type { VendorAnswer } from '../core/vendor-answer.ts';

/*
 * When what can be had, by the clock of New York, and when something is asked for again. Pure: whoever asks says what time it is. Times
 * are milliseconds since 1970.
 */

/** The bundle of a session appears from then on, also of a half day; the files of a session one by one from then on. */
const bundle_hours = 17 + 5 / 60;
const files_hours = 20;

/** So many of the last sessions are looked back at every night. */
export const lookedBack = 3;

const minute_ms = 60_000;
const hour_ms = 60 * minute_ms;
const day_ms = 24 * hour_ms;

/** From when on the bundle of a session can be had. */
export function bundleFrom_ms(date: string): number {
  return newYorkTime_s(parseDay(date), bundle_hours) * 1000;
}

/** From when on the files of a session can be had. */
export function filesFrom_ms(date: string): number {
  return newYorkTime_s(parseDay(date), files_hours) * 1000;
}

/** The session whose bundle can be had at a time; the one before, where its bundle is not out yet, is the same one. */
export function bundleDate(now_ms: number): string {
  for (let day = newYorkDay(now_ms); ; day--)
    if (isTradingDay(day) && bundleFrom_ms(formatDay(day)) <= now_ms) return formatDay(day);
}

/** When a session's bundle is replaced by the next one. */
export function bundleUntil_ms(date: string): number {
  for (let day = parseDay(date) + 1; ; day++) if (isTradingDay(day)) return bundleFrom_ms(formatDay(day));
}

/** When the vendor has a session no more: with the end of its last day in New York. */
export function filesUntil_ms(date: string): number {
  return newYorkTime_s(parseDay(date) + vendorKeeps_days + 1, 0) * 1000;
}

/** The sessions from a day to another, both as days since 1970-01-01. */
export function sessionsBetween(first: number, last: number): string[] {
  const found: string[] = [];
  for (let day = first; day <= last; day++) if (isTradingDay(day)) found.push(formatDay(day));
  return found;
}

/** The newest sessions of which something can be had, newest last. */
export function lastSessions(count: number, now_ms: number): string[] {
  const found: string[] = [];
  for (let day = parseDay(bundleDate(now_ms)); found.length < count; day--)
    if (isTradingDay(day)) found.unshift(formatDay(day));
  return found;
}

/** When the next session's bundle, or files, come out after a time. */
export function nextOut_ms(now_ms: number): number {
  for (let day = newYorkDay(now_ms); ; day++) {
    if (!isTradingDay(day)) continue;
    const next = [bundleFrom_ms(formatDay(day)), filesFrom_ms(formatDay(day))].find((at_ms) => at_ms > now_ms);
    if (next !== undefined) return next;
  }
}

/** When it is night enough for the next look back at the last sessions, after a time. */
export function nextNight_ms(now_ms: number): number {
  for (let day = newYorkDay(now_ms); ; day++) {
    const at_ms = newYorkTime_s(day, files_hours) * 1000;
    if (at_ms > now_ms) return at_ms;
  }
}

/** When it became night the last time. */
export function lastNight_ms(now_ms: number): number {
  for (let day = newYorkDay(now_ms); ; day--) {
    const at_ms = newYorkTime_s(day, files_hours) * 1000;
    if (at_ms <= now_ms) return at_ms;
  }
}

/** An answer, when it came, how often it was asked before, and what the vendor itself says of another time. */
export type Answered = {
  readonly answer: VendorAnswer;
  readonly date: string;
  readonly calls: number;
  readonly now_ms: number;
  readonly said_ms: number | null;
};

/**
 * When something is asked for again by itself; null: never. Nothing is missing for good as long as the vendor may have it: what it does not
 * have long after the session is asked for after an hour, then twice as long each time, up to a week.
 */
export function askAgain_ms({ answer, date, calls, now_ms, said_ms }: Answered): number | null {
  const wait = (ms: number) => Math.max(now_ms + ms, said_ms ?? 0);
  switch (answer) {
    case 'given':
    case 'no_session':
    case 'too_old':
      return null;
    case 'not_published':
      return wait(now_ms - filesFrom_ms(date) < 4 * hour_ms ? 10 * minute_ms : hour_ms);
    case 'yesterday':
    case 'incomplete':
      return wait(now_ms - bundleFrom_ms(date) < 2 * hour_ms ? 10 * minute_ms : 30 * minute_ms);
    case 'throttled':
      return wait(rising_ms(calls, 5 * minute_ms, hour_ms));
    case 'unreachable':
      return wait(rising_ms(calls, minute_ms, 30 * minute_ms));
    case 'key_refused':
    case 'odd':
      return wait(hour_ms);
    case 'not_in_plan':
      // Throttling can look like that.
      return wait(rising_ms(calls, hour_ms, day_ms));
    case 'absent':
      // A session that is about to be lost is not left alone for a week.
      return wait(
        rising_ms(calls, hour_ms, Math.min(7 * day_ms, Math.max(day_ms, (filesUntil_ms(date) - now_ms) / 8))),
      );
  }
}

/** Twice as long each time. */
function rising_ms(calls: number, first_ms: number, most_ms: number): number {
  return Math.min(most_ms, first_ms * 2 ** Math.min(calls, 20));
}
