import { announcedYears } from './calendar.ts';

const day_ms = 86_400_000;

/** No clock that is right shows an earlier time to this version. */
export const earliestClock_ms = Date.UTC(2025, 0, 1);

/** The calendar of a version is renewed long before it ends. */
const latestClock_ms = Date.UTC(announcedYears.last + 1, 0, 1);

/** How far the log may be ahead: clocks of machines that have written it differ a little. */
const ahead_ms = day_ms;

/** A pause of the log that is longer makes one ask whether it was one, or a clock that was set wrong. */
const pause_ms = 366 * day_ms;

/** What the log knows of time, as Unix milliseconds. */
export type LogTimes = {
  /** When a job was last changed. */
  readonly newest_ms: number;
  /** When the log went on after its last pause of more than a year; null where it had none. */
  readonly resumed_ms: number | null;
};

/** Why a clock is not believed. `certain`: it is wrong, or has been; else it may be right. */
export type ClockDoubt = { readonly certain: boolean; readonly message: string };

/** Whether a clock can be right, by what this version and the log know; null where nothing speaks against it. */
export function doubtClock(now_ms: number, log: LogTimes | null): ClockDoubt | null {
  const clock = `the clock of this machine says ${dateOf(now_ms)}`;
  if (now_ms < earliestClock_ms)
    return { certain: true, message: `${clock}, and this version of gexlake is younger than that` };
  if (log !== null && log.newest_ms - now_ms > ahead_ms)
    return { certain: true, message: `${clock}, and the log was last written on ${dateOf(log.newest_ms)}` };
  if (now_ms >= latestClock_ms)
    return { certain: false, message: `${clock}, and this version's market calendar ends with ${announcedYears.last}` };
  if (log !== null && now_ms - log.newest_ms > pause_ms)
    return { certain: false, message: `${clock}, and the log was last written on ${dateOf(log.newest_ms)}` };
  return null;
}

/** The same for what is done by itself: after a long pause it waits for some days, so that somebody can see the clock. */
export function doubtClockUnasked(now_ms: number, log: LogTimes | null, days: number): ClockDoubt | null {
  const doubt = doubtClock(now_ms, log);
  const resumed_ms = log?.resumed_ms ?? null;
  if (doubt !== null || resumed_ms === null || now_ms - resumed_ms >= days * day_ms) return doubt;
  const message = `the log went on on ${dateOf(resumed_ms)} after a pause of more than a year; was it one, or is the clock wrong?`;
  return { certain: false, message };
}

function dateOf(at_ms: number): string {
  return new Date(at_ms).toISOString().slice(0, 10);
}
