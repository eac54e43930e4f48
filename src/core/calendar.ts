import { datedClosings, earlyClosesOf, holidaysOf } from './market-holidays.ts';
import { isWeekend, newYorkTime_s, yearOf } from './new-york.ts';
import { formatDay, NewYorkDays, parseDay } from './session.ts';

/**
 * What a day of the calendar is for the markets that GEXBot's data are about (Cboe, NYSE). Times are Unix seconds. An unknown day is
 * one of a year whose closings nobody has announced; its hours are those that it has if it is an ordinary session.
 */
export type CalendarDay =
  | {
      readonly kind: 'session' | 'unknown';
      readonly open_s: number;
      readonly close_s: number;
      readonly early: string | null;
    }
  | { readonly kind: 'closed'; readonly why: string };

/** The years that the exchanges have announced. NYSE Group published 2028 on 2025-12-23. */
export const announcedYears = { first: 2018, last: 2028 } as const;

const open_hours = 9.5;
const close_hours = 16;
const earlyClose_hours = 13;

/** Seconds of an ordinary session. */
export const regularSession_s = (close_hours - open_hours) * 3_600;

const dated = new Map(datedClosings.map(({ date, name }) => [parseDay(date), name]));
const years = new Map<
  number,
  { readonly closed: ReadonlyMap<number, string>; readonly early: ReadonlyMap<number, string> }
>();

/** A day given as days since 1970-01-01. */
export function calendarDay(day: number): CalendarDay {
  if (isWeekend(day)) return { kind: 'closed', why: 'weekend' };
  const hours = { open_s: newYorkTime_s(day, open_hours), close_s: newYorkTime_s(day, close_hours), early: null };
  const year = yearOf(day);
  if (year < announcedYears.first || year > announcedYears.last) return { kind: 'unknown', ...hours };
  const { closed, early } = rulesOf(year);
  const why = dated.get(day) ?? closed.get(day);
  if (why !== undefined) return { kind: 'closed', why };
  const short = early.get(day);
  if (short === undefined) return { kind: 'session', ...hours };
  return { kind: 'session', open_s: hours.open_s, close_s: newYorkTime_s(day, earlyClose_hours), early: short };
}

/** Whether the exchanges are open on a day; also on one of a year that nobody has announced. */
export function isTradingDay(day: number): boolean {
  return calendarDay(day).kind !== 'closed';
}

/** The last day, on or before that of a moment in New York, whose session is over then. Days of unannounced years count as sessions. */
export function lastCompletedSession(now_s: number): number {
  for (let day = new NewYorkDays().dayOf(now_s); ; day--) {
    const found = calendarDay(day);
    if (found.kind !== 'closed' && found.close_s <= now_s) return day;
  }
}

/** The last second of a New York day. */
export function endOfDay_s(date: string): number {
  return newYorkTime_s(parseDay(date), 24) - 1;
}

function rulesOf(year: number): {
  readonly closed: ReadonlyMap<number, string>;
  readonly early: ReadonlyMap<number, string>;
} {
  const known = years.get(year);
  if (known !== undefined) return known;
  const rules = { closed: holidaysOf(year), early: earlyClosesOf(year) };
  years.set(year, rules);
  return rules;
}

/** All days from one to another, as days since 1970-01-01. */
export function daysBetween(from: string, to: string): number[] {
  const first = parseDay(from);
  return Array.from({ length: Math.max(0, parseDay(to) - first + 1) }, (_, at) => first + at);
}

/** `YYYY-MM-DD` to the first and last day of its month. */
export function monthOf(month: string): { readonly first: string; readonly last: string } {
  const first = parseDay(`${month}-01`);
  let last = first + 27;
  while (formatDay(last + 1).startsWith(month)) last++;
  return { first: formatDay(first), last: formatDay(last) };
}
