import { paddedToEight, type Dictionary } from './dictionary.ts';
import { bytesOf, concat, type Bounds } from './plain.ts';
import { writeVarint } from './thrift.ts';

export const encoding = { PLAIN: 0, RLE: 3, RLE_DICTIONARY: 8 } as const;

/** A column chunk's pages before compression. `values` counts levels, which for lists is more than rows. */
export type EncodedColumn = {
  readonly values: number;
  readonly dictionary: { readonly entries: number; readonly body: Uint8Array } | null;
  readonly data: Uint8Array;
  readonly statistics: ({ readonly nulls: number } & Bounds) | null;
};

/**
 * Levels, then the values, by dictionary where there is one. The page is fresh memory, written once, so that the importer's
 * buffers can be filled again while it is compressed.
 */
export function valuesPage(
  levels: readonly Uint8Array[],
  values: Float64Array,
  count: number,
  dictionary: Dictionary | null,
): Pick<EncodedColumn, 'dictionary' | 'data'> {
  if (dictionary === null) return { dictionary: null, data: concat([...levels, bytesOf(values, count)]) };
  const { length: entries } = dictionary.values;
  const width_bytes = entries <= 256 ? 1 : 2;
  const head: number[] = [width_bytes * 8];
  writeVarint(head, (paddedToEight(count) / 8) * 2 + 1);
  const indices = dictionary.indices.subarray(0, count);
  const narrowed = width_bytes === 1 ? Uint8Array.from(indices) : indices;
  const body = new Uint8Array(narrowed.buffer, narrowed.byteOffset, count * width_bytes);
  const padding = new Uint8Array((paddedToEight(count) - count) * width_bytes);
  return {
    dictionary: { entries, body: bytesOf(dictionary.values, entries) },
    data: concat([...levels, Uint8Array.from(head), body, padding]),
  };
}
