import { paddedToEight, type Dictionary, type Doubles } from './dictionary.ts';
import { bytesOf, type Bounds } from './plain.ts';
import { writeVarint } from './thrift.ts';

export const encoding = { PLAIN: 0, RLE: 3, RLE_DICTIONARY: 8 } as const;

export type Statistics = { readonly nulls: number } & Bounds;

/**
 * A column chunk's pages before compression, in memory that the next column uses again. `values` counts levels, which for lists
 * is more than rows.
 */
export type EncodedColumn = {
  readonly values: number;
  /** `indices`: the place of each value among the entries, where these are doubles. */
  readonly dictionary: {
    readonly entries: number;
    readonly body: Uint8Array;
    readonly indices: Uint16Array | null;
  } | null;
  readonly data: Uint8Array;
  readonly statistics: Statistics | null;
};

let page = new Uint8Array(256 * 1024);

/** Lays the parts of a page one behind the other, in memory that is used again for the next page. */
export function layPage(parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  if (size > page.length) page = new Uint8Array(size * 2);
  let at = 0;
  for (const part of parts) {
    page.set(part, at);
    at += part.length;
  }
  return page.subarray(0, size);
}

/** Levels, then the values, by dictionary where there is one. */
export function valuesPage(
  levels: readonly Uint8Array[],
  { values, count }: Doubles,
  dictionary: Dictionary | null,
): Pick<EncodedColumn, 'dictionary' | 'data'> {
  if (dictionary === null) return { dictionary: null, data: layPage([...levels, bytesOf(values, count)]) };
  const { length: entries } = dictionary.values;
  const width_bytes = entries <= 256 ? 1 : 2;
  const head: number[] = [width_bytes * 8];
  writeVarint(head, (paddedToEight(count) / 8) * 2 + 1);
  const indices = dictionary.indices.subarray(0, count);
  const narrowed = width_bytes === 1 ? Uint8Array.from(indices) : indices;
  const body = new Uint8Array(narrowed.buffer, narrowed.byteOffset, count * width_bytes);
  const padding = new Uint8Array((paddedToEight(count) - count) * width_bytes);
  return {
    dictionary: { entries, body: bytesOf(dictionary.values, entries), indices },
    data: layPage([...levels, Uint8Array.from(head), body, padding]),
  };
}
