import { calendarDay, regularSession_s, type CalendarDay } from '../core/calendar.ts';
import { coverageThresholds } from '../core/coverage.ts';
import { parseDay } from '../core/session.ts';

/** What is published of one session: distinct records, Unix seconds of the first and the last, and the largest gap from a minute on. */
export type SessionFacts = {
  readonly records: number;
  readonly first_s: number;
  readonly last_s: number;
  readonly gap_s: number | null;
};

export type OpenDay = Exclude<CalendarDay, { kind: 'closed' }>;

/** One record is no session: it is the close that the next session's file began with, or the rest of a file that was cut. */
export function isLone(found: SessionFacts): boolean {
  return found.records === 1;
}

/** How many records earlier sessions let expect, and how many sessions those are. */
export type Expected = { readonly records: number; readonly sessions: number };

/** The records of the ordinary sessions before the day that is looked at: half days would pull the median down. */
export class History {
  readonly #records: number[];

  constructor(sessions: ReadonlyMap<string, SessionFacts>, before: number) {
    const dates = [...sessions.keys()].filter((date) => parseDay(date) < before).sort();
    this.#records = [];
    for (const date of dates) {
      const found = sessions.get(date);
      if (found !== undefined && !isLone(found)) this.add(found, calendarDay(parseDay(date)));
    }
  }

  add(found: SessionFacts, calendar: CalendarDay): void {
    if (calendar.kind !== 'closed' && calendar.early === null) this.#records.push(found.records);
  }

  /** The median, of a half day as much of it as the time that the file covers is of an ordinary session. */
  expected(found: SessionFacts, { open_s, close_s, early }: OpenDay): Expected | null {
    const last = this.#records.slice(-coverageThresholds.median_sessions).sort((left, right) => left - right);
    if (last.length === 0) return null;
    const middle = last.length >> 1;
    const median = last.length % 2 === 1 ? at(last, middle) : (at(last, middle - 1) + at(last, middle)) / 2;
    const end_s = Math.min(Math.max(found.last_s, close_s), open_s + regularSession_s);
    const share = early === null ? 1 : (end_s - open_s) / regularSession_s;
    return { records: median * share, sessions: last.length };
  }
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}
