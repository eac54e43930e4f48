import type { Endpoint } from '../core/names.ts';
import type { Faults } from './faults.ts';
import { subjectOf, type WantedFile } from './files.ts';
import { isKept, isSession, publishedAt_ms, sessionsBefore, type Schedule } from './schedule.ts';

/** A session's file as it can be had now, and since when. */
export type PublishedFile = WantedFile & { readonly modified_ms: number };

export type Restated = { readonly ticker: string; readonly category: string; readonly date: string };

/** What the vendor has at a moment. */
export type Published = {
  /** Null where there is none: no session, not out yet, too old, or never made. */
  readonly file: (endpoint: Endpoint, ticker: string, date: string) => PublishedFile | null;
  /** The session of the bundle that a ticker has now; null before there is one. */
  readonly bundleDate: (ticker: string) => string | null;
  /** The file as a bundle has it, whether it can be had by itself yet or not; null where it was never made. */
  readonly member: (endpoint: Endpoint, ticker: string, date: string) => PublishedFile | null;
  /** From now on a session's file has other bytes. `category` is the endpoint's name. */
  readonly restate: (session: Restated) => void;
};

const hour_ms = 3_600_000;

/** How long what is late stays away, and when a session is told differently, after it came out. */
const late_ms = hour_ms;
const restatedAfter_ms = 26 * hour_ms;

export function createPublished(options: {
  readonly now_ms: () => number;
  readonly schedule: Schedule;
  readonly faults: Faults;
}): Published {
  const { now_ms, schedule, faults } = options;
  const restatements = new Map<string, { times: number; at_ms: number }>();
  const keyOf = ({ ticker, category, date }: Restated) => `${ticker} ${category} ${date}`;

  const member: Published['member'] = (endpoint, ticker, date) => {
    const subject = subjectOf({ ticker, endpoint, date });
    if (!isSession(date) || faults.holds('absent', subject)) return null;
    const out_ms = publishedAt_ms(date, schedule.hist_minute);
    const restated_ms = out_ms + restatedAfter_ms;
    const byFault = faults.holds('restated', subject) && restated_ms <= now_ms();
    const asked = restatements.get(keyOf(subject)) ?? { times: 0, at_ms: out_ms };
    const modified_ms = Math.max(asked.at_ms, byFault ? restated_ms : out_ms);
    return { ticker, endpoint, date, version: asked.times + (byFault ? 1 : 0), modified_ms };
  };

  return {
    member,
    file: (endpoint, ticker, date) => {
      if (!isKept(date, now_ms(), schedule)) return null;
      const late = faults.holds('late', subjectOf({ ticker, endpoint, date })) ? late_ms : 0;
      return publishedAt_ms(date, schedule.hist_minute) + late <= now_ms() ? member(endpoint, ticker, date) : null;
    },
    bundleDate: (ticker) => {
      for (const date of sessionsBefore(now_ms(), schedule)) {
        const late = faults.holds('yesterday', { ticker, category: 'eod', date }) ? late_ms : 0;
        if (publishedAt_ms(date, schedule.eod_minute) + late <= now_ms()) return date;
      }
      return null;
    },
    restate: (session) => {
      const times = (restatements.get(keyOf(session))?.times ?? 0) + 1;
      restatements.set(keyOf(session), { times, at_ms: now_ms() });
    },
  };
}
