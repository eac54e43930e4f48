import { pathOf } from './carriers.ts';
import { recordInside, type FoundRecord } from './envelope.ts';
import { parseRecord } from './parse-record.ts';
import type { RecordPlace } from './record-errors.ts';
import { RecordWalk } from './record-walk.ts';
import type { CurrentRecord } from './record.ts';
import type { Scanner } from './scanner.ts';
import type { Window } from './window.ts';

type ReaderParts = {
  readonly window: Window;
  readonly scanner: Scanner;
  readonly record: CurrentRecord;
  /** The ticker that every record must have. */
  readonly ticker: string;
  /** The file's name, for messages. */
  readonly file: string;
};

/**
 * Reads the records of a file, one at a time: {@link next} reads a record into the current record and says where it
 * lay.
 */
export class RecordReader {
  readonly #walk: RecordWalk;
  readonly #scanner: Scanner;
  readonly #record: CurrentRecord;
  readonly #ticker: string;
  /** The keys under which the first record lay, each in the one before; none where records lie bare, null until it is there. */
  #envelope: readonly string[] | null = null;
  /** File offset and length of the current record, in bytes. */
  start = 0;
  length = 0;

  constructor({ window, scanner, record, ticker, file }: ReaderParts) {
    this.#walk = new RecordWalk(window, file);
    this.#scanner = scanner;
    this.#record = record;
    this.#ticker = ticker;
  }

  open(): Promise<void> {
    return this.#walk.open();
  }

  /** How the records lie in the file, in words, where it is not the vendor's plain array. */
  describe(): string[] {
    const keys = this.#envelope ?? [];
    const { form, wrapper } = this.#walk;
    const inEnvelopes = keys.length === 0 ? [] : [`each record lies in an envelope, under ${pathOf({ keys })}`];
    if (form === 'lines') return ['records lie one after the other', ...inEnvelopes];
    return wrapper === null ? inEnvelopes : [`records lie in a ${pathOf(wrapper)} array`, ...inEnvelopes];
  }

  /** Records read so far; the number of the current one is one less. */
  get count(): number {
    return this.#walk.count;
  }

  /** File offset up to which records have been read. */
  get position(): number {
    return this.#walk.position;
  }

  /**
   * Reads the next record if it lies whole in the window and in the vendor's form, which is nearly always. False means:
   * ask {@link nextSlowly}. Apart from it so that the loop over a day does not wait on a promise 23,400 times.
   */
  nextFast(): boolean {
    if (this.#envelope?.length !== 0) return false;
    const walk = this.#walk;
    const at = walk.nextAtOnce();
    if (at === -1) return false;
    const end = this.#scanner.scan(walk.window.bytes, at);
    if (end === -1) return false;
    this.#found(at, end);
    walk.pass(end);
    return true;
  }

  /** Reads the next record of any form, and more of the file where needed. False at the end of the records. */
  async nextSlowly(): Promise<boolean> {
    const walk = this.#walk;
    if (!(await walk.toNext())) return false;
    const { place } = walk;
    const end = await walk.endOfElement();
    const { bytes, offset } = walk.window;
    const record = this.#recordInside(end, place);
    if (this.#scanner.scan(bytes, record.start) !== record.end) {
      const at = { ...place, byte: offset + record.start };
      parseRecord(bytes.subarray(record.start, record.end), this.#record, { ticker: this.#ticker, place: at });
    }
    this.#found(record.start, record.end);
    walk.pass(end);
    return true;
  }

  /** What of the element at hand is the record. Whether records lie in envelopes, the first one says. */
  #recordInside(end: number, place: RecordPlace): FoundRecord {
    const { at: start, window } = this.#walk;
    if (this.#envelope?.length === 0) return { start, end, keys: [] };
    const record = recordInside({ bytes: window.bytes, start, end }, this.#envelope ?? [], place);
    this.#envelope ??= record.keys;
    return record;
  }

  #found(at: number, end: number): void {
    this.start = this.#walk.window.offset + at;
    this.length = end - at;
  }
}
