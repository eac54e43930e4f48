import { isWeekend, newYorkTime_s, weekdayOf } from '../core/new-york.ts';
import { formatDay, parseDay } from '../core/session.ts';

const open_hours = 9.5;

/** Seconds of the cash session, 09:30 to 16:00 New York: at most this many records, one a second. */
export const session_s = 23_400;

/** The Unix second of 09:30:00 New York on a day of the calendar. */
export function sessionOpen(sessionDate: string): number {
  return newYorkTime_s(parseDay(sessionDate), open_hours);
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
