import { GexlakeError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { endOfValue, isSpace, skipSpace } from './boundary.ts';
import { checkWrapper, detectLayout, type Layout } from './layout.ts';
import { parseRecord, type RecordPlace } from './parse-record.ts';
import type { CurrentRecord } from './record.ts';
import type { Scanner } from './scanner.ts';
import type { Window } from './window.ts';

const comma = 0x2c;
const newLine = 0x0a;
const closeBracket = 0x5d;

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
  #layout: Layout = 'array';
  #head = '';
  #at = 0;
  /** Records read so far; the number of the current one is one less. */
  count = 0;
  /** File offset and length of the current record, in bytes. */
  start = 0;
  length = 0;

  constructor(window: Window, scanner: Scanner, record: CurrentRecord, ticker: string, file: string) {
    this.#window = window;
    this.#scanner = scanner;
    this.#record = record;
    this.#ticker = ticker;
    this.#file = file;
  }

  async open(): Promise<Layout> {
    const { layout, at, head } = await detectLayout(this.#window, this.#file);
    this.#layout = layout;
    this.#at = at;
    this.#head = head;
    return layout;
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
    const window = this.#window;
    let at = this.#at;
    if (this.count > 0) {
      if (window.bytes[at] !== (this.#layout === 'lines' ? newLine : comma)) return false;
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
    const place = { file: this.#file, record: this.count, byte: this.position };
    const end = await this.#endOfRecord(place);
    if (this.#scanner.scan(this.#window.bytes, this.#at) !== end) {
      parseRecord(this.#window.bytes.subarray(this.#at, end), this.#record, this.#ticker, {
        ...place,
        byte: this.position,
      });
    }
    this.#found(this.#at, end);
    return true;
  }

  #found(at: number, end: number): void {
    this.start = this.#window.offset + at;
    this.length = end - at;
    this.#at = end;
    this.count++;
  }

  async #toNextRecord(): Promise<boolean> {
    const byte = await this.#nextByte();
    if (this.#layout === 'lines') return byte !== -1;
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
    const more = await this.#window.more(this.#at);
    if (more) this.#at = 0;
    return more;
  }

  async #endOfRecord(place: RecordPlace): Promise<number> {
    const first = this.#window.bytes[this.#at];
    if (first !== 0x7b && first !== 0x5b) return this.#endOfScalar();
    for (;;) {
      const end = endOfValue(this.#window.bytes, this.#at, this.#window.end);
      if (end !== -1) return end;
      if (this.#window.end - this.#at > limits.record_bytes) {
        throw new GexlakeError(
          'RECORD_TOO_LARGE',
          `${place.file}, record ${place.record}, byte ${place.byte}: longer than ${limits.record_bytes} bytes`,
          {
            details: place,
            hint: 'No real record comes near this size: the file is damaged. Download it again.',
          },
        );
      }
      if (!(await this.#more())) throw this.#truncated();
    }
  }

  /** A record that is no object or array ends at the next separator; the parser then says what is wrong with it. */
  #endOfScalar(): number {
    const { bytes, end } = this.#window;
    let at = this.#at + 1;
    while (at < end && bytes[at] !== comma && bytes[at] !== closeBracket && !isSpace(bytes[at] as number)) at++;
    return at;
  }

  async #checkTail(): Promise<void> {
    const tail: string[] = [];
    const byte = this.position;
    let size = 0;
    while ((await this.#nextByte()) !== -1) {
      const rest = this.#window.bytes.subarray(this.#at, this.#window.end);
      if (this.#layout === 'array') throw this.#unexpected('the end of the file');
      size += rest.length;
      if (size > limits.wrapper_bytes) throw this.#unexpected('the end of the object');
      tail.push(Buffer.from(rest).toString('utf8'));
      this.#at = this.#window.end;
    }
    if (this.#layout === 'wrapped') checkWrapper(this.#head, tail.join(''), this.#file, byte);
  }

  #truncated(): GexlakeError {
    const byte = this.position;
    return new GexlakeError(
      'INPUT_TRUNCATED',
      `${this.#file}, byte ${this.#window.offset + this.#window.end}: the file ends inside record ${this.count}, which starts at byte ${byte}`,
      {
        details: { file: this.#file, record: this.count, byte },
        hint: 'The download was cut. Download the file again.',
      },
    );
  }

  #unexpected(expected: string): GexlakeError {
    const found = Buffer.from(
      this.#window.bytes.subarray(this.#at, Math.min(this.#at + 20, this.#window.end)),
    ).toString('latin1');
    return new GexlakeError(
      'JSON_INVALID',
      `${this.#file}, byte ${this.position}: expected ${expected} after record ${this.count - 1}, found ${JSON.stringify(found)}`,
      {
        details: { file: this.#file, record: this.count, byte: this.position },
        hint: 'The file is not valid JSON. Download it again.',
      },
    );
  }
}
