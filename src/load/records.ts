import type { GexlakeError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { endOfValue, skipSpace } from './boundary.ts';
import { pathOf } from './carriers.ts';
import { recordInside, type FoundRecord } from './envelope.ts';
import { checkWrapper, detectForm, wrongTail, type JsonForm, type Part, type Wrapper } from './json-form.ts';
import { parseRecord } from './parse-record.ts';
import { tooLarge, truncated, unexpected, type RecordPlace } from './record-errors.ts';
import { brokenBefore } from './record-text.ts';
import type { CurrentRecord } from './record.ts';
import type { Scanner } from './scanner.ts';
import type { Window } from './window.ts';

const comma = 0x2c;
const newLine = 0x0a;
const closeBracket = 0x5d;

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
 * Walks over the records of a file, one at a time: {@link next} reads a record into the current record and says where it
 * lay. Holds one window of the file in memory, however long the file is.
 */
export class RecordReader {
  readonly #window: Window;
  readonly #scanner: Scanner;
  readonly #record: CurrentRecord;
  readonly #ticker: string;
  readonly #file: string;
  #form: JsonForm = 'array';
  #wrapper: Wrapper | null = null;
  /** The keys under which the first record lay, each in the one before; none where records lie bare, null until it is there. */
  #envelope: readonly string[] | null = null;
  #at = 0;
  /** Records read so far; the number of the current one is one less. */
  count = 0;
  /** File offset and length of the current record, in bytes. */
  start = 0;
  length = 0;

  constructor({ window, scanner, record, ticker, file }: ReaderParts) {
    this.#window = window;
    this.#scanner = scanner;
    this.#record = record;
    this.#ticker = ticker;
    this.#file = file;
  }

  async open(): Promise<void> {
    const opening = await detectForm(this.#window, this.#file);
    this.#form = opening.form;
    this.#at = opening.at;
    this.#wrapper = opening.form === 'wrapped' ? opening.wrapper : null;
  }

  /** How the records lie in the file, in words, where it is not the vendor's plain array. */
  describe(): string[] {
    const keys = this.#envelope ?? [];
    const inEnvelopes = keys.length === 0 ? [] : [`each record lies in an envelope, under ${pathOf({ keys })}`];
    if (this.#form === 'lines') return ['records lie one after the other', ...inEnvelopes];
    return this.#wrapper === null ? inEnvelopes : [`records lie in a ${pathOf(this.#wrapper)} array`, ...inEnvelopes];
  }

  /** File offset up to which records have been read. */
  get position(): number {
    return this.#window.offset + this.#at;
  }

  /**
   * Reads the next record if it lies whole in the window and in the vendor's form, which is nearly always. False means:
   * ask {@link nextSlowly}. Apart from it so that the loop over a day does not wait on a promise 23,400 times.
   */
  nextFast(): boolean {
    if (this.#envelope?.length !== 0) return false;
    const window = this.#window;
    let at = this.#at;
    if (this.count > 0) {
      if (window.bytes[at] !== (this.#form === 'lines' ? newLine : comma)) return false;
      at++;
    }
    const end = this.#scanner.scan(window.bytes, at);
    if (end === -1) return false;
    this.#found(at, end);
    return true;
  }

  /** Reads the next record of any form, and more of the file where needed. False at the end of the records. */
  async nextSlowly(): Promise<boolean> {
    if (!(await this.#toNextRecord())) return false;
    const place = this.#place();
    const end = await this.#endOfRecord(place);
    const { bytes, offset } = this.#window;
    const record = this.#recordInside(end, place);
    if (this.#scanner.scan(bytes, record.start) !== record.end) {
      const at = { ...place, byte: offset + record.start };
      parseRecord(bytes.subarray(record.start, record.end), this.#record, { ticker: this.#ticker, place: at });
    }
    this.#found(record.start, record.end);
    this.#at = end;
    return true;
  }

  /** What of the object at hand is the record. Whether records lie in envelopes, the first one says. */
  #recordInside(end: number, place: RecordPlace): FoundRecord {
    const start = this.#at;
    if (this.#envelope?.length === 0) return { start, end, keys: [] };
    const record = recordInside({ bytes: this.#window.bytes, start, end }, this.#envelope ?? [], place);
    this.#envelope ??= record.keys;
    return record;
  }

  #found(at: number, end: number): void {
    this.start = this.#window.offset + at;
    this.length = end - at;
    this.#at = end;
    this.count++;
  }

  async #toNextRecord(): Promise<boolean> {
    const byte = await this.#nextByte();
    if (this.#form === 'lines') return byte !== -1;
    if (byte === -1) throw this.#truncated();
    if (byte === closeBracket) {
      this.#at++;
      await this.#checkTail();
      return false;
    }
    if (this.count === 0) return true;
    if (byte !== comma) throw this.#unexpected('a comma or ]');
    this.#at++;
    if ((await this.#nextByte()) === -1) throw this.#truncated();
    return true;
  }

  /** Moves to the next byte that is not white space and gives it; -1 at the end of the file. */
  async #nextByte(): Promise<number> {
    const window = this.#window;
    for (;;) {
      this.#at = skipSpace(window.bytes, this.#at, window.end);
      if (this.#at < window.end) return window.bytes[this.#at] as number;
      if (!(await this.#more())) return -1;
    }
  }

  async #more(): Promise<boolean> {
    const moved = await this.#window.more(this.#at);
    if (moved !== -1) this.#at = moved;
    return moved !== -1;
  }

  async #endOfRecord(place: RecordPlace): Promise<number> {
    for (;;) {
      const { bytes, end } = this.#window;
      const found = endOfValue(bytes, this.#at, end);
      if ((found === -1 ? end : found) - this.#at > limits.record_bytes) throw this.#endless(place, tooLarge(place));
      if (found !== -1) return found;
      if (await this.#more()) continue;
      if (isWord(bytes[this.#at] as number)) return end;
      throw this.#endless(place, this.#truncated());
    }
  }

  /** The error of a record without an end: the JSON may be wrong long before that. */
  #endless(place: RecordPlace, otherwise: GexlakeError): GexlakeError {
    const end = Math.min(this.#window.end, this.#at + limits.record_bytes);
    return brokenBefore(this.#window.bytes.subarray(this.#at, end), place) ?? otherwise;
  }

  /** Looks at what follows the last record: nothing, or the rest of the object that wraps the records. */
  async #checkTail(): Promise<void> {
    if (this.#wrapper !== null) checkWrapper(this.#wrapper, await this.#readTail(this.#wrapper), this.#file);
    else if ((await this.#nextByte()) !== -1) throw this.#unexpected('the end of the file');
  }

  async #readTail(wrapper: Wrapper): Promise<Part> {
    const byte = this.position;
    const parts: Uint8Array[] = [];
    let size_bytes = 0;
    do {
      const part = this.#window.bytes.slice(this.#at, this.#window.end);
      size_bytes += part.length;
      parts.push(part);
      if (size_bytes > limits.wrapper_bytes)
        throw (
          wrongTail(wrapper, { bytes: Buffer.concat(parts), byte }, this.#file) ??
          this.#unexpected('the end of the object')
        );
      this.#at = this.#window.end;
    } while (await this.#more());
    return { bytes: Buffer.concat(parts), byte };
  }

  #truncated(): GexlakeError {
    return truncated(this.#place(), this.#window.offset + this.#window.end);
  }

  #unexpected(expected: string): GexlakeError {
    const { bytes, end } = this.#window;
    return unexpected(this.#place(), expected, bytes.subarray(this.#at, Math.min(this.#at + 20, end)));
  }

  /** Where the reading stands. */
  #place(): RecordPlace {
    return { file: this.#file, record: this.count, byte: this.position };
  }
}

/** Whether a value that starts so is a number or a bare word, which the end of the file can end. */
function isWord(first: number): boolean {
  return first !== 0x7b && first !== 0x5b && first !== 0x22;
}
