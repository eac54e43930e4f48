import { qualityThresholds } from '../core/quality.ts';
import type { MeasuredLadder } from './record.ts';

/**
 * Runs of seconds in which the ladder stays as it is, to its last number. The one before is looked at where it lies, and never copied;
 * two ladders nearly always differ in their first values, so this costs next to nothing.
 */
export class FrozenMeter {
  runs = 0;
  frozen_s = 0;
  longest_s = 0;
  /** Which column is compared first: the one that changes most often. */
  readonly #first: number;
  #columns: Float64Array[] = [];
  #priors: Float64Array = new Float64Array(0);
  #from = 0;
  #rows = -1;
  #since_s = 0;
  #last_s = 0;

  constructor(first: number) {
    this.#first = first;
  }

  add(ladder: MeasuredLadder, rows: number, timestamp_s: number): void {
    if (rows !== this.#rows || !this.#isAsBefore(ladder, rows)) {
      this.end();
      this.#since_s = timestamp_s;
    }
    this.#last_s = timestamp_s;
    this.#from = ladder.committed;
    this.#rows = rows;
    if (this.#columns[0] === ladder.columns[0]) return;
    this.#columns = [...ladder.columns];
    this.#priors = ladder.priors;
  }

  /** Counts the run that has come to its end. */
  end(): void {
    const run_s = this.#last_s - this.#since_s;
    if (this.#rows < 0 || run_s < qualityThresholds.frozen_s) return;
    this.runs++;
    this.frozen_s += run_s;
    if (run_s > this.longest_s) this.longest_s = run_s;
    this.#since_s = this.#last_s;
  }

  #isAsBefore({ columns, priors, committed }: MeasuredLadder, rows: number): boolean {
    const now = columns[this.#first] as Float64Array;
    const before = this.#columns[this.#first] as Float64Array;
    // Around spot, in the middle of the ladder, there is a change with nearly every record.
    const half = rows >> 1;
    const upper = { from: committed + half, fromBefore: this.#from + half, count: rows - half };
    if (!areSame(now, before, upper)) return false;
    const whole = { from: committed, fromBefore: this.#from, count: rows };
    for (let at = 0; at < columns.length; at++)
      if (!areSame(columns[at] as Float64Array, this.#columns[at] as Float64Array, whole)) return false;
    const width = priors.length / now.length;
    const lists = { from: committed * width, fromBefore: this.#from * width, count: rows * width };
    return areSame(priors, this.#priors, lists);
  }
}

/** Where a ladder begins in a column of now and in that of the one before, and how many values it has. */
type Range = { readonly from: number; readonly fromBefore: number; readonly count: number };

function areSame(now: Float64Array, before: Float64Array, { from, fromBefore, count }: Range): boolean {
  for (let at = 0; at < count; at++) {
    const value = now[from + at] as number;
    const old = before[fromBefore + at] as number;
    // A null is NaN, and no NaN equals another.
    if (value !== old && !(Number.isNaN(value) && Number.isNaN(old))) return false;
  }
  return true;
}
