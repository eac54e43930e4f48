import { readInto, type FileHandle } from '../platform/files.ts';

const defaultBlock_bytes = 4 * 1024 ** 2;
const firstRoom_bytes = 64 * 1024;

/**
 * A file seen through a sliding window of memory, read one block ahead. A record always lies whole in the window once
 * enough has been read; the window grows only where one record is longer than it. The byte behind the window's end is zero.
 *
 * While one buffer is looked at, the next block is read into another, behind room for what the first will still hold of an
 * unfinished record: only that much is ever copied.
 */
export class Window {
  bytes: Uint8Array;
  end = 0;
  /** The file offset of `bytes[0]`. */
  offset = 0;
  readonly #file: FileHandle;
  readonly #block_bytes: number;
  #room_bytes: number;
  #ahead: Uint8Array;
  #reading: Promise<number>;
  #readOffset = 0;

  constructor(file: FileHandle, block_bytes = defaultBlock_bytes) {
    this.#file = file;
    this.#block_bytes = block_bytes;
    this.#room_bytes = Math.min(firstRoom_bytes, block_bytes);
    this.bytes = this.#newBuffer();
    this.#ahead = this.#newBuffer();
    this.#reading = this.#readAhead();
  }

  /**
   * Drops what lies before `keep` and adds another block behind the rest. Gives the new position of `keep`, or -1 and changes
   * nothing at the end of the file.
   */
  async more(keep: number): Promise<number> {
    const length = await this.#reading;
    if (length === 0) return -1;
    const rest = this.bytes.subarray(keep, this.end);
    const start = this.#swap(rest, length);
    this.#readOffset += length;
    this.end = start + rest.length + length;
    this.bytes[this.end] = 0;
    this.offset = this.#readOffset - this.end;
    this.#reading = this.#readAhead();
    return start;
  }

  /** Puts `rest` before the block that was read ahead and makes that buffer the current one. Gives where `rest` starts. */
  #swap(rest: Uint8Array, length: number): number {
    const block = this.#ahead.subarray(this.#room_bytes, this.#room_bytes + length);
    if (rest.length <= this.#room_bytes) {
      const start = this.#room_bytes - rest.length;
      this.#ahead.set(rest, start);
      [this.bytes, this.#ahead] = [this.#ahead, this.bytes];
      return start;
    }
    this.#room_bytes = 2 * rest.length;
    const larger = this.#newBuffer();
    larger.set(rest, this.#room_bytes - rest.length);
    larger.set(block, this.#room_bytes);
    this.bytes = larger;
    this.#ahead = this.#newBuffer();
    return this.#room_bytes - rest.length;
  }

  #newBuffer(): Uint8Array {
    return new Uint8Array(this.#room_bytes + this.#block_bytes + 1);
  }

  #readAhead(): Promise<number> {
    const reading = readInto(this.#file, this.#ahead, this.#room_bytes, this.#block_bytes, this.#readOffset);
    // Met by the next call of more(); this only keeps a failure from being reported as unhandled before.
    reading.catch(() => undefined);
    return reading;
  }
}
