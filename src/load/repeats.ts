import { digestOfRecord } from './record-text.ts';
import type { RecordSources } from './record-sources.ts';

/**
 * Finds out whether a record of a second that came before is identical to one of its earlier records: in its values, whatever
 * their white space and the order of the fields. The records of such a second are remembered by their digests, so a file of
 * one second over and over is not read again and again.
 */
export class Repeats {
  readonly #sources: RecordSources;
  readonly #digests = new Map<number, Set<string>>();

  constructor(sources: RecordSources) {
    this.#sources = sources;
  }

  /** Whether `record` repeats any earlier record of its second, the first of which is `first`. */
  async isRepeat(record: number, first: number, timestamp_s: number): Promise<boolean> {
    const source = await this.#sources.read(record);
    const firstSource = await this.#sources.read(first);
    if (Buffer.compare(source, firstSource) === 0) return true;
    const known = this.#digests.get(timestamp_s) ?? new Set([this.#digestOf(firstSource, first)]);
    const digest = this.#digestOf(source, record);
    const repeated = known.has(digest);
    this.#digests.set(timestamp_s, known.add(digest));
    return repeated;
  }

  #digestOf(source: Uint8Array, record: number): string {
    return digestOfRecord(source, this.#sources.placeOf(record));
  }
}
