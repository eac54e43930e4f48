import type { GexlakeError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { endOfValue, skipSpace } from './boundary.ts';
import { checkWrapper, detectForm, wrongTail, type JsonForm, type Part, type Wrapper } from './json-form.ts';
import { tooLarge, truncated, unexpected, type RecordPlace } from './record-errors.ts';
import { brokenBefore } from './record-text.ts';
import type { Window } from './window.ts';

const comma = 0x2c;
const newLine = 0x0a;
const closeBracket = 0x5d;

/**
 * Walks over the elements of a file, each a record or the envelope of one, by their brackets and strings alone. Holds one window of the
 * file in memory, however long the file is. What an element says is for others to read, in the window.
 */
export class RecordWalk {
  readonly window: Window;
  readonly #file: string;
  form: JsonForm = 'array';
  wrapper: Wrapper | null = null;
  /** Where in the window the walk stands. */
  at = 0;
  /** Elements that were passed. */
  count = 0;

  /** `file` is its name, for messages. */
  constructor(window: Window, file: string) {
    this.window = window;
    this.#file = file;
  }

  async open(): Promise<void> {
    const opening = await detectForm(this.window, this.#file);
    this.form = opening.form;
    this.at = opening.at;
    this.wrapper = opening.form === 'wrapped' ? opening.wrapper : null;
  }

  /** File offset up to which elements have been passed. */
  get position(): number {
    return this.window.offset + this.at;
  }

  /** Where the walk stands. */
  get place(): RecordPlace {
    return { file: this.#file, record: this.count, byte: this.position };
  }

  /** Where the next element starts in the window if it follows the last one at once, as it nearly always does; else -1. */
  nextAtOnce(): number {
    if (this.count === 0) return this.at;
    return this.window.bytes[this.at] === (this.form === 'lines' ? newLine : comma) ? this.at + 1 : -1;
  }

  /** Moves to the next element; false at the end of them, behind which nothing wrong stands. */
  async toNext(): Promise<boolean> {
    const byte = await this.#nextByte();
    if (this.form === 'lines') return byte !== -1;
    if (byte === -1) throw this.#truncated();
    if (byte === closeBracket) {
      this.at++;
      await this.#checkTail();
      return false;
    }
    if (this.count === 0) return true;
    if (byte !== comma) throw this.#unexpected('a comma or ]');
    this.at++;
    if ((await this.#nextByte()) === -1) throw this.#truncated();
    return true;
  }

  /** The end in the window of the element at which the walk stands, all of which lies in the window then. */
  async endOfElement(): Promise<number> {
    for (;;) {
      const { bytes, end } = this.window;
      const found = endOfValue(bytes, this.at, end);
      if ((found === -1 ? end : found) - this.at > limits.record_bytes) throw this.#endless(tooLarge(this.place));
      if (found !== -1) return found;
      if (await this.#more()) continue;
      if (isWord(bytes[this.at] as number)) return end;
      throw this.#endless(this.#truncated());
    }
  }

  /** Passes the element that ends here in the window. */
  pass(end: number): void {
    this.at = end;
    this.count++;
  }

  /** Moves to the next byte that is not white space and gives it; -1 at the end of the file. */
  async #nextByte(): Promise<number> {
    const { window } = this;
    for (;;) {
      this.at = skipSpace(window.bytes, this.at, window.end);
      if (this.at < window.end) return window.bytes[this.at] as number;
      if (!(await this.#more())) return -1;
    }
  }

  async #more(): Promise<boolean> {
    const moved = await this.window.more(this.at);
    if (moved !== -1) this.at = moved;
    return moved !== -1;
  }

  /** The error of an element without an end: the JSON may be wrong long before that. */
  #endless(otherwise: GexlakeError): GexlakeError {
    const end = Math.min(this.window.end, this.at + limits.record_bytes);
    return brokenBefore(this.window.bytes.subarray(this.at, end), this.place) ?? otherwise;
  }

  /** Looks at what follows the last element: nothing, or the rest of the object that wraps the records. */
  async #checkTail(): Promise<void> {
    if (this.wrapper !== null) checkWrapper(this.wrapper, await this.#readTail(this.wrapper), this.#file);
    else if ((await this.#nextByte()) !== -1) throw this.#unexpected('the end of the file');
  }

  async #readTail(wrapper: Wrapper): Promise<Part> {
    const byte = this.position;
    const parts: Uint8Array[] = [];
    let size_bytes = 0;
    do {
      const part = this.window.bytes.slice(this.at, this.window.end);
      size_bytes += part.length;
      parts.push(part);
      if (size_bytes > limits.wrapper_bytes)
        throw (
          wrongTail(wrapper, { bytes: Buffer.concat(parts), byte }, this.#file) ??
          this.#unexpected('the end of the object')
        );
      this.at = this.window.end;
    } while (await this.#more());
    return { bytes: Buffer.concat(parts), byte };
  }

  #truncated(): GexlakeError {
    return truncated(this.place, this.window.offset + this.window.end);
  }

  #unexpected(expected: string): GexlakeError {
    const { bytes, end } = this.window;
    return unexpected(this.place, expected, bytes.subarray(this.at, Math.min(this.at + 20, end)));
  }
}

/** Whether a value that starts so is a number or a bare word, which the end of the file can end. */
function isWord(first: number): boolean {
  return first !== 0x7b && first !== 0x5b && first !== 0x22;
}
