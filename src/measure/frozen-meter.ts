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
    const [now, before] = [columns[this.#first] as Float64Array, this.#columns[this.#first] as Float64Array];
    // Around spot, in the middle of the ladder, there is a change with nearly every record.
    const half = rows >> 1;
    if (!areSame([now, committed + half], [before, this.#from + half], rows - half)) return false;
    for (let at = 0; at < columns.length; at++) {
      const own = columns[at] as Float64Array;
      if (!areSame([own, committed], [this.#columns[at] as Float64Array, this.#from], rows)) return false;
    }
    const width = priors.length / now.length;
    return areSame([priors, committed * width], [this.#priors, this.#from * width], rows * width);
  }
}

/** A column, and where in it a ladder begins. */
type Begin = readonly [Float64Array, number];

function areSame([now, from]: Begin, [before, fromBefore]: Begin, count: number): boolean {
  for (let at = 0; at < count; at++) {
    const [value, old] = [now[from + at] as number, before[fromBefore + at] as number];
    // A null is NaN, and no NaN equals another.
    if (value !== old && !(Number.isNaN(value) && Number.isNaN(old))) return false;
  }
  return true;
}
