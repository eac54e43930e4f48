import { calendarDay } from '../core/calendar.ts';
import type { Endpoint } from '../core/names.ts';
import { qualityRules } from '../core/quality.ts';
import type { Measured } from '../core/quality-row.ts';
import { formatDay } from '../core/session.ts';
import { ClockMeter, type Hours } from './clock-meter.ts';
import { FrozenMeter } from './frozen-meter.ts';
import { GexStatements } from './gex-statements.ts';
import { GreekStatements } from './greek-statements.ts';
import type { MeasuredLadder, MeasuredRecord } from './record.ts';
import { Tallies } from './tallies.ts';

/** The first records of a session are all looked at closely, then one in so many: by their number, so that a file says the same. */
const firstClosely = 64;
const oneIn = 16;

/** One session of an endpoint, whose records come in the order of their timestamps. */
export class SessionMeter {
  readonly #day: number;
  readonly #hours: Hours;
  readonly #clock: ClockMeter;
  readonly #frozen: FrozenMeter | null;
  readonly #tallies = new Tallies();
  readonly #gex: GexStatements | null;
  readonly #greeks: GreekStatements | null;

  constructor(endpoint: Endpoint, day: number) {
    const calendar = calendarDay(day);
    this.#day = day;
    this.#hours = calendar.kind === 'closed' ? null : calendar;
    this.#clock = new ClockMeter(this.#hours);
    this.#frozen = newFrozenMeter(endpoint);
    this.#gex = endpoint.ladder === 'gex' ? new GexStatements(endpoint, this.#tallies) : null;
    this.#greeks = endpoint.ladder === 'greeks' ? new GreekStatements(this.#tallies) : null;
  }

  add(record: MeasuredRecord): void {
    const number = this.#clock.records;
    this.#clock.add(record.timestamp_s, record.spot);
    if (record.ladder !== null) this.#addLadder(record, record.ladder, number < firstClosely || number % oneIn === 0);
  }

  #addLadder(record: MeasuredRecord, ladder: MeasuredLadder, closely: boolean): void {
    this.#frozen?.add(ladder, record.ladderRows, record.timestamp_s);
    this.#gex?.add(record, ladder, closely);
    if (closely) this.#greeks?.add(record, ladder);
  }

  /** What was found; said once, when all records have come. */
  finish({ basis, drift }: Pick<Measured, 'basis' | 'drift'>): Measured {
    this.#frozen?.end();
    const clock = this.#clock;
    const frozen = this.#frozen;
    const hours = this.#hours;
    return {
      session_date: formatDay(this.#day),
      rules: qualityRules,
      basis,
      records: clock.records,
      first_timestamp: iso(clock.first_s),
      last_timestamp: iso(clock.last_s),
      seconds_expected: hours === null ? null : hours.close_s - hours.open_s,
      seconds_present: hours === null ? null : clock.seconds_present,
      gaps: clock.gaps,
      gap_s: clock.gap_s,
      longest_gap_s: clock.longest_gap_s,
      frozen_runs: frozen === null ? null : frozen.runs,
      frozen_s: frozen === null ? null : frozen.frozen_s,
      longest_frozen_s: frozen === null ? null : frozen.longest_s,
      spot_jumps: clock.jumps,
      largest_jump_bp: Math.round(clock.largest_jump_bp),
      statements: this.#tallies.all,
      drift,
    };
  }
}

function iso(second: number): string {
  return new Date(second * 1000).toISOString();
}

/** What is by volume, and a greek, changes most often. */
function newFrozenMeter({ ladder }: Endpoint): FrozenMeter | null {
  return ladder === 'none' ? null : new FrozenMeter(ladder === 'gex' ? 1 : 3);
}
