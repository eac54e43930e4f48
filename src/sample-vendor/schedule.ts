import { calendarDay, isTradingDay } from '../core/calendar.ts';
import { vendorKeeps_days } from '../core/coverage.ts';
import { newYorkTime_s } from '../core/new-york.ts';
import { formatDay, isSessionDate, newYorkDay, parseDay } from '../core/session.ts';

/** When what comes out: minutes of New York's day, and calendar days. */
export type Schedule = {
  /** When the end-of-day bundle of a session replaces the one before. */
  readonly eod_minute: number;
  /** When the files of a session can be had one by one. */
  readonly hist_minute: number;
  /** For how many calendar days they can be had. */
  readonly history_days: number;
  /** The first session that there is; none but the calendar's begins the history where it is null. */
  readonly first: string | null;
};

export const defaultSchedule: Schedule = {
  eod_minute: 17 * 60 + 5,
  hist_minute: 20 * 60,
  history_days: vendorKeeps_days,
  first: null,
};

/** When a session's bundle or files come out, in milliseconds. */
export function publishedAt_ms(date: string, minute: number): number {
  return (newYorkTime_s(parseDay(date), 0) + minute * 60) * 1_000;
}

/** Whether the market had a session on a day: also one of a year that nobody has announced yet. */
export function isSession(date: string): boolean {
  return isSessionDate(date) && isTradingDay(parseDay(date));
}

/** Seconds from 09:30:00 that a session lasts. */
export function sessionLength_s(date: string): number {
  const day = calendarDay(parseDay(date));
  return day.kind === 'closed' ? 0 : day.close_s - day.open_s;
}

/** Whether a day is one that the vendor still keeps. */
export function isKept(date: string, now_ms: number, { history_days, first }: Schedule): boolean {
  return newYorkDay(now_ms) - parseDay(date) <= history_days && (first === null || date >= first);
}

/** The sessions before a moment, latest first, as far back as the vendor keeps them. */
export function* sessionsBefore(now_ms: number, schedule: Schedule): Generator<string> {
  for (let day = newYorkDay(now_ms); isKept(formatDay(day), now_ms, schedule); day--)
    if (isSession(formatDay(day))) yield formatDay(day);
}
