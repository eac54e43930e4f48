import { earliestClock_ms } from '../core/clock-doubt.ts';
import { GexlakeError } from '../core/errors.ts';
import { formatTimestamp } from '../core/session.ts';
import { otherForm, where, type RecordPlace } from './record-errors.ts';

const earliest_s = Date.UTC(2000, 0, 1) / 1000;

/** The timestamps that are believed: from 2000 to the end of the year after the current one. */
export class BelievedTimestamps {
  readonly #latest_s: number;

  /** A clock that cannot be right, since this version is younger, does not make the files of today wrong. */
  constructor(now_ms: number) {
    const year = new Date(Math.max(now_ms, earliestClock_ms)).getUTCFullYear();
    this.#latest_s = Date.UTC(year + 2, 0, 1) / 1000;
  }

  has(timestamp_s: number): boolean {
    return timestamp_s >= earliest_s && timestamp_s < this.#latest_s;
  }

  /** What is wrong with a timestamp that is not believed. */
  errorOf(timestamp_s: number, recordPlace: RecordPlace): GexlakeError {
    const details = { ...recordPlace, field: 'timestamp' };
    const field = `${where(recordPlace)}: field timestamp is ${timestamp_s}`;
    if (this.has(timestamp_s / 1000)) {
      return new GexlakeError('TIMESTAMP_MILLISECONDS', `${field}, which is in milliseconds, expected seconds`, {
        details,
        hint: otherForm,
      });
    }
    const last = formatTimestamp(this.#latest_s - 1).slice(0, 10);
    const problem = `${field} (${formatTimestamp(timestamp_s)}), expected a time from 2000-01-01 to ${last}`;
    return new GexlakeError('TIMESTAMP_OUT_OF_RANGE', problem, {
      details,
      hint: [1e6, 1e9].some((scale) => this.has(timestamp_s / scale))
        ? otherForm
        : 'Check the clock of this machine (`date`). If it is right, download the file again; if that is the same, report it to GEXBot.',
    });
  }
}
