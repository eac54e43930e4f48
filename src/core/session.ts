const day_s = 86_400;
const hour_s = 3_600;

let newYorkClock: Intl.DateTimeFormat | null = null;

/** Made when it is first needed: that takes 15 ms, which a command that looks at no record need not pay. */
function openNewYorkClock(): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: 'America/New_York',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
}

/**
 * The New York calendar day of a moment, as days since 1970-01-01. Clocks in New York change on a full UTC hour, so one hour
 * has one answer and the time-zone database is asked once an hour of data.
 */
export class NewYorkDays {
  #hour = Number.NaN;
  #day = 0;

  dayOf(timestamp_s: number): number {
    const hour = Math.floor(timestamp_s / hour_s);
    if (hour !== this.#hour) {
      this.#hour = hour;
      newYorkClock ??= openNewYorkClock();
      this.#day = parseDay(newYorkClock.format(new Date(hour * hour_s * 1000)));
    }
    return this.#day;
  }
}

const newYork = new NewYorkDays();

/** The day in New York at a time in milliseconds, as days since 1970-01-01. */
export function newYorkDay(now_ms: number): number {
  return newYork.dayOf(now_ms / 1000);
}

/** Days since 1970-01-01 of a `YYYY-MM-DD` date. */
export function parseDay(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 1000 / day_s;
}

/** The `YYYY-MM-DD` form of a day counted since 1970-01-01. */
export function formatDay(day: number): string {
  return new Date(day * day_s * 1000).toISOString().slice(0, 10);
}

export function isSessionDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(parseDay(text)) && formatDay(parseDay(text)) === text;
}

/** A Unix time in seconds as people read it: `2026-02-25T14:30:00Z`. */
export function formatTimestamp(timestamp_s: number): string {
  const date = new Date(timestamp_s * 1000);
  return Number.isNaN(date.getTime()) ? String(timestamp_s) : `${date.toISOString().slice(0, 19)}Z`;
}
