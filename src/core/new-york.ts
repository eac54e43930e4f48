import { formatDay, parseDay } from './session.ts';

const day_s = 86_400;
const hour_s = 3_600;
const sunday = 0;

/** 0 is Sunday; 1970-01-01, day 0, was a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

export function isWeekend(day: number): boolean {
  return weekdayOf(day) === 0 || weekdayOf(day) === 6;
}

export function yearOf(day: number): number {
  return Number(formatDay(day).slice(0, 4));
}

/** A date as days since 1970-01-01; months count from 1. */
export function dayNumber(year: number, month: number, date: number): number {
  return parseDay(`${year}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`);
}

/** A month of a year, from 1. */
type Month = { readonly year: number; readonly month: number };

/** The n-th Monday (or other weekday) of a month. */
export function nthWeekday(nth: number, weekday: number, { year, month }: Month): number {
  const first = dayNumber(year, month, 1);
  return first + ((7 + weekday - weekdayOf(first)) % 7) + (nth - 1) * 7;
}

/**
 * The Unix second of a wall clock's time in New York, given in hours. Daylight time by the rule in force since 2007: from the second
 * Sunday of March to the first Sunday of November. Plain arithmetic, so that a machine without time-zone data computes the same; right
 * for every hour but the first two of these two Sundays.
 */
export function newYorkTime_s(day: number, hours: number): number {
  return day * day_s + hours * hour_s + (isDaylightTime(day) ? 4 : 5) * hour_s;
}

function isDaylightTime(day: number): boolean {
  const year = yearOf(day);
  return day >= nthWeekday(2, sunday, { year, month: 3 }) && day < nthWeekday(1, sunday, { year, month: 11 });
}
