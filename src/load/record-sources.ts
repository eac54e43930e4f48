import { readInto, type FileHandle } from '../platform/files.ts';
import type { RecordPlace } from './record-errors.ts';
import type { RecordIndex } from './record-index.ts';

/** The records of a file by their numbers, for those that are needed once more. */
export class RecordSources {
  readonly #file: FileHandle;
  readonly #name: string;
  readonly #index: RecordIndex;

  constructor(file: FileHandle, name: string, index: RecordIndex) {
    this.#file = file;
    this.#name = name;
    this.#index = index;
  }

  /** The bytes of a record, read again from the file, with the zero byte behind them that the scanner wants. */
  async readToScan(record: number): Promise<Uint8Array> {
    const { offset, length } = this.#index.placeOf(record);
    const source = new Uint8Array(length + 1);
    await readInto(this.#file, source, 0, length, offset);
    return source;
  }

  async read(record: number): Promise<Uint8Array> {
    return (await this.readToScan(record)).subarray(0, -1);
  }

  placeOf(record: number): RecordPlace {
    return { file: this.#name, record, byte: this.#index.placeOf(record).offset };
  }
}
