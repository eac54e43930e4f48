import { dayNumber, nthWeekday, weekdayOf } from './new-york.ts';

/*
 * When the US markets for shares and options are closed, by the rules of their exchanges (NYSE Rule 7.2, Cboe Rule 5.1) and by what was
 * announced beside them. docs/calendar.md lists every day that this gives, with the announcements that it was compared with.
 */

/** A day that no rule gives. */
export type DatedClosing = { readonly date: string; readonly name: string; readonly source: string };

/** Closings that were decided a few days before. There was none but these from 2018 on; storms and 2020 closed no exchange. */
export const datedClosings: readonly DatedClosing[] = [
  {
    date: '2018-12-05',
    name: 'National Day of Mourning for George H. W. Bush',
    source: 'NYSE, press release of 2018-12-01; Cboe, 2018-12-02',
  },
  {
    date: '2025-01-09',
    name: 'National Day of Mourning for Jimmy Carter',
    source: 'NYSE Group and Cboe Global Markets, press releases of 2024-12-30',
  },
];

const sunday = 0;
const monday = 1;
const thursday = 4;
const saturday = 6;

/** The full days of a year on which a holiday is observed: day since 1970-01-01 to name. */
export function holidaysOf(year: number): ReadonlyMap<number, string> {
  const holidays: readonly (readonly [number | null, string])[] = [
    [newYearsDay(year), 'New Year’s Day'],
    [nthWeekday(3, monday, { year, month: 1 }), 'Martin Luther King, Jr. Day'],
    [nthWeekday(3, monday, { year, month: 2 }), 'Washington’s Birthday'],
    [easterSunday(year) - 2, 'Good Friday'],
    [nthWeekday(1, monday, { year, month: 6 }) - 7, 'Memorial Day'],
    [year < 2022 ? null : observed(dayNumber(year, 6, 19)), 'Juneteenth'],
    [observed(dayNumber(year, 7, 4)), 'Independence Day'],
    [nthWeekday(1, monday, { year, month: 9 }), 'Labor Day'],
    [thanksgiving(year), 'Thanksgiving Day'],
    [observed(dayNumber(year, 12, 25)), 'Christmas Day'],
  ];
  return new Map(holidays.filter((holiday): holiday is readonly [number, string] => holiday[0] !== null));
}

/**
 * The days of a year on which the session ends at 13:00: the day after Thanksgiving, and the days before Independence Day and
 * Christmas where both they and the holiday itself are weekdays. (A holiday on a Saturday makes the Friday before a full one.)
 */
export function earlyClosesOf(year: number): ReadonlyMap<number, string> {
  const eves: readonly (readonly [number, string])[] = [
    [dayNumber(year, 7, 3), 'day before Independence Day'],
    [dayNumber(year, 12, 24), 'Christmas Eve'],
  ];
  const short = eves.filter(([day]) => weekdayOf(day) >= monday && weekdayOf(day) <= thursday);
  return new Map([...short, [thanksgiving(year) + 1, 'day after Thanksgiving']]);
}

function thanksgiving(year: number): number {
  return nthWeekday(4, thursday, { year, month: 11 });
}

/** A holiday on a Saturday is observed on the Friday before, one on a Sunday on the Monday after. */
function observed(day: number): number {
  if (weekdayOf(day) === saturday) return day - 1;
  return weekdayOf(day) === sunday ? day + 1 : day;
}

/** On a Saturday it is not observed: the Friday before ends a month and a year, on which the exchanges stay open. */
function newYearsDay(year: number): number | null {
  const day = dayNumber(year, 1, 1);
  return weekdayOf(day) === saturday ? null : observed(day);
}

/** The Gregorian computus, in the form published in Nature in 1876 (Meeus/Jones/Butcher). */
function easterSunday(year: number): number {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const rest = year % 100;
  const leaps = Math.floor(century / 4);
  const drift = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * golden + century - leaps - drift + 15) % 30;
  const toSunday = (32 + 2 * (century % 4) + 2 * Math.floor(rest / 4) - epact - (rest % 4)) % 7;
  const late = Math.floor((golden + 11 * epact + 22 * toSunday) / 451);
  const march = epact + toSunday - 7 * late + 114;
  const month = Math.floor(march / 31);
  return dayNumber(year, month, (march % 31) + 1);
}
