import { formatDay, parseDay } from '../core/session.ts';

const day_s = 86_400;
const hour_s = 3_600;
const open_s = 9.5 * hour_s;

/** Seconds of the cash session, 09:30 to 16:00 New York: at most this many records, one a second. */
export const session_s = 23_400;

/** The Unix second of 09:30:00 New York on a day of the calendar. */
export function sessionOpen(sessionDate: string): number {
  const day = parseDay(sessionDate);
  return day * day_s + open_s + (isDaylightTime(day) ? 4 : 5) * hour_s;
}

/** The weekday before a date. Exchange holidays are not considered. */
export function previousSession(sessionDate: string): string {
  let day = parseDay(sessionDate) - 1;
  while (isWeekend(day)) day -= 1;
  return formatDay(day);
}

/** Calendar days until the expiry after today's: 1, or 3 on a Friday. */
export function daysToNextExpiry(sessionDate: string): number {
  return weekdayOf(parseDay(sessionDate)) === 5 ? 3 : 1;
}

export function isTradingDay(sessionDate: string): boolean {
  return !isWeekend(parseDay(sessionDate));
}

/**
 * Daylight time by the rule in force since 2007: from the second Sunday of March to the first Sunday of November. Plain
 * arithmetic, so that a machine without time-zone data writes the same bytes. A session never spans a change (02:00 Sundays).
 */
function isDaylightTime(day: number): boolean {
  const year = Number(formatDay(day).slice(0, 4));
  return day >= firstSunday(year, 3) + 7 && day < firstSunday(year, 11);
}

function firstSunday(year: number, month: number): number {
  const first = parseDay(`${year}-${String(month).padStart(2, '0')}-01`);
  return first + ((7 - weekdayOf(first)) % 7);
}

/** 0 is Sunday; 1970-01-01 was a Thursday. */
function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

function isWeekend(day: number): boolean {
  return weekdayOf(day) === 0 || weekdayOf(day) === 6;
}
