/*
 * The door of the room that looks at the records of sessions and says how good they are. It reads no file and changes nothing.
 */

import type { Endpoint } from '../core/names.ts';
import type { Measured } from '../core/quality-row.ts';
import type { MeasuredRecord } from './record.ts';
import { SessionMeter } from './session-meter.ts';

export { LadderShape } from './ladder-shape.ts';
export { findExtreme, type Knots, type Point } from './spline.ts';
export type { MeasuredLadder, MeasuredRecord } from './record.ts';

/** The sessions of one file or block, by the New York days of their records. */
export class SessionMeters {
  readonly #endpoint: Endpoint;
  readonly #meters = new Map<number, SessionMeter>();
  #day = Number.NaN;
  #current: SessionMeter | null = null;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** Looks at a record of a New York day; those of a day come in the order of their timestamps. */
  add(day: number, record: MeasuredRecord): void {
    if (this.#current === null || day !== this.#day) this.#current = this.#meterOf(day);
    this.#day = day;
    this.#current.add(record);
  }

  #meterOf(day: number): SessionMeter {
    const known = this.#meters.get(day) ?? new SessionMeter(this.#endpoint, day);
    this.#meters.set(day, known);
    return known;
  }

  /** What was found, session by session; said once. */
  finish(also: Pick<Measured, 'basis' | 'drift'>): Measured[] {
    return [...this.#meters.values()].map((meter) => meter.finish(also));
  }
}
