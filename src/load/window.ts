import { readInto, type FileHandle } from '../platform/files.ts';

const blockBytes = 4 * 1024 ** 2;

/**
 * A file seen through a sliding window of memory, read one block ahead. A record always lies whole in the window once
 * enough has been read; the window grows only where one record is longer than it. The byte behind the window's end is zero.
 */
export class Window {
  bytes = new Uint8Array(2 * blockBytes + 1);
  end = 0;
  /** The file offset of `bytes[0]`. */
  offset = 0;
  readonly #file: FileHandle;
  #spare = new Uint8Array(blockBytes);
  #next: Promise<number>;
  #nextOffset = 0;

  constructor(file: FileHandle) {
    this.#file = file;
    this.#next = this.#readAhead();
  }

  /** Drops what lies before `keep` and reads another block behind the rest. False at the end of the file. */
  async more(keep: number): Promise<boolean> {
    const length = await this.#next;
    if (length === 0) return false;
    this.#makeRoom(keep, length);
    this.bytes.set(this.#spare.subarray(0, length), this.end);
    this.end += length;
    this.bytes[this.end] = 0;
    this.#nextOffset += length;
    this.#next = this.#readAhead();
    return true;
  }

  #makeRoom(keep: number, length: number): void {
    const rest = this.end - keep;
    if (rest + length + 1 > this.bytes.length) {
      const larger = new Uint8Array(2 * (rest + length) + 1);
      larger.set(this.bytes.subarray(keep, this.end));
      this.bytes = larger;
    } else this.bytes.copyWithin(0, keep, this.end);
    this.offset += keep;
    this.end = rest;
  }

  #readAhead(): Promise<number> {
    const reading = readInto(this.#file, this.#spare, 0, blockBytes, this.#nextOffset);
    // Met by the next call of more(); this only keeps a failure from being reported as unhandled before.
    reading.catch(() => undefined);
    return reading;
  }
}
