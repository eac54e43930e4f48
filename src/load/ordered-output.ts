import type { PrivateFile } from '../core/journey.ts';
import type { NewYorkDays } from '../core/session.ts';
import type { SessionMeters } from '../measure/measure.ts';
import type { Outputs } from './outputs.ts';
import type { CurrentRecord } from './record.ts';

type OrderedParts = {
  readonly record: CurrentRecord;
  readonly days: NewYorkDays;
  /** Makes the private files; those that are written in a second pass have names that begin with `prefix`. */
  readonly newOutputs: (prefix: string) => Outputs;
  /** Makes a record that was read before the current one again. */
  readonly readAgain: (record: number) => Promise<void>;
  /** Whether a session at the head may turn out to be a lone second of an earlier one, which is not wanted. */
  readonly mayBeLone: boolean;
};

/**
 * The records that are taken, written in the order of their timestamps: as they come while they come in order; all of them a second
 * time where some did not, or where one that is written is withdrawn.
 */
export class OrderedOutput {
  readonly #parts: OrderedParts;
  #outputs: Outputs;
  /** Whether all records so far came in the order of their timestamps. */
  isInOrder = true;
  /** Whether what has been written holds a record that was withdrawn afterwards, or lacks one that waited. */
  #isStale = false;
  /** Records at the head that wait for another second of their session before they are written. */
  #waiting: number[] = [];
  #waitingDay = Number.NaN;
  #hasWritten = false;
  #last_s = -Infinity;

  constructor(parts: OrderedParts) {
    this.#parts = parts;
    this.#outputs = parts.newOutputs('');
  }

  get strikeRows(): number {
    return this.#outputs.strikeRows;
  }

  /** What was found about the records that are written, in their order; null where nobody asks. */
  get meters(): SessionMeters | null {
    return this.#outputs.meters;
  }

  /** Takes the current record, the file's number `record`, of a New York day. Gives a promise only where the caller must wait. */
  add(record: number, day: number): Promise<void> | null {
    const { timestamp_s } = this.#parts.record;
    if (timestamp_s < this.#last_s) this.isInOrder = false;
    this.#last_s = timestamp_s;
    if (!this.isInOrder) return null;
    return !this.#parts.mayBeLone || this.#hasWritten ? this.#outputs.add(day) : this.#addToHead(record, day);
  }

  /** The first record of a session at the head of the file is written with the second one: until then it can be a lone close. */
  async #addToHead(record: number, day: number): Promise<void> {
    if (day !== this.#waitingDay) {
      this.#waiting.push(record);
      this.#waitingDay = day;
      return;
    }
    this.#hasWritten = true;
    for (const number of [this.#waiting.pop() ?? record, record]) {
      await this.#parts.readAgain(number);
      await this.#outputs.add(day);
    }
  }

  /** Hears, when all have been taken, which are not to be published after all. */
  withdraw(records: readonly number[]): void {
    const waiting = new Set(this.#waiting);
    for (const record of records) if (!waiting.delete(record)) this.#isStale = true;
    if (waiting.size > 0) this.#isStale = true;
  }

  /** Finishes the files. `inOrder` gives the records to publish, for a second pass, in the order of their timestamps. */
  async finish(inOrder: () => Iterable<number>): Promise<readonly PrivateFile[]> {
    if (!this.isInOrder || this.#isStale) await this.#writeAgain(inOrder());
    return this.#outputs.finish();
  }

  async #writeAgain(numbers: Iterable<number>): Promise<void> {
    const { record, days, newOutputs, readAgain } = this.#parts;
    await this.#outputs.abandon();
    record.ladder?.clear();
    this.#outputs = newOutputs('ordered_');
    for (const number of numbers) {
      await readAgain(number);
      const waiting = this.#outputs.add(days.dayOf(record.timestamp_s));
      if (waiting !== null) await waiting;
    }
  }

  async abandon(): Promise<void> {
    await this.#outputs.abandon();
  }
}
