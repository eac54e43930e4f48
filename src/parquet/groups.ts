import { constants, crc32, zstdCompressSync } from 'node:zlib';
import type { Column } from '../core/contract.ts';
import { SegmentHash } from './content-hash.ts';
import type { RecordLengths } from './dictionary.ts';
import { encodeColumn, type ColumnValues } from './pages.ts';
import { leafOf } from './schema.ts';
import { encodeThrift, i32, struct, type ThriftValue } from './thrift.ts';
import { encoding, type EncodedColumn, type Statistics } from './values.ts';

export const pageType = { data: 0, dictionary: 2 } as const;
/** Level 1 is no faster on a day's pages, and makes its snapshots 14 % larger; level 5 makes them 4 % smaller and takes 4 % longer. */
const params = { [constants.ZSTD_c_compressionLevel]: 3 };

/**
 * The values of one row group: as many columns as the file has, all with `rows` rows. `lengths` are the rows of each record, null
 * where every row is a record.
 */
export type GroupValues = {
  readonly columns: readonly Column[];
  readonly values: readonly ColumnValues[];
  readonly rows: number;
  readonly lengths: RecordLengths;
};

/** A page as it goes into the file, and its size before compression. */
export type Page = {
  readonly type: number;
  readonly header: Uint8Array;
  readonly body: Uint8Array;
  readonly plainSize: number;
};

/** The pages of one column in one row group. `values` counts levels, which for lists is more than rows. */
export type Chunk = {
  readonly values: number;
  readonly statistics: Statistics | null;
  readonly pages: readonly Page[];
};

/** A row group in bytes, and the hash of its values: plain data, that can go from one thread to another. */
export type EncodedGroup = { readonly chunks: readonly Chunk[]; readonly rows: number; readonly content: Uint8Array };

/** Encodes, hashes and compresses a row group. The same values give the same bytes, in whatever thread. */
export function encodeGroup({ columns, values, rows, lengths }: GroupValues): EncodedGroup {
  const hash = new SegmentHash(rows, lengths);
  const chunks = columns.map((column, at) => {
    const own = values[at] as ColumnValues;
    const encoded = encodeColumn(leafOf(column), own, rows);
    hash.add(column, own, encoded);
    return chunkOf(encoded);
  });
  return { chunks, rows, content: hash.digest() };
}

function chunkOf(encoded: EncodedColumn): Chunk {
  const pages: Page[] = [];
  if (encoded.dictionary !== null) {
    const head = struct([1, i32(encoded.dictionary.entries)], [2, i32(encoding.PLAIN)]);
    pages.push(compressPage(pageType.dictionary, encoded.dictionary.body, [7, head]));
  }
  const dataEncoding = encoded.dictionary === null ? encoding.PLAIN : encoding.RLE_DICTIONARY;
  const head = struct([1, i32(encoded.values)], [2, i32(dataEncoding)], [3, i32(encoding.RLE)], [4, i32(encoding.RLE)]);
  pages.push(compressPage(pageType.data, encoded.data, [5, head]));
  return { values: encoded.values, statistics: encoded.statistics, pages };
}

function compressPage(type: number, plain: Uint8Array, head: readonly [number, ThriftValue]): Page {
  const body = compress(plain);
  const header = encodeThrift([
    [1, i32(type)],
    [2, i32(plain.length)],
    [3, i32(body.length)],
    [4, i32(crc32(body) | 0)],
    head,
  ]);
  return { type, header, body, plainSize: plain.length };
}

/**
 * One zstd frame. With its size known beforehand and room for the worst case, zstd works straight from one memory into the
 * other: measured 0.59 ms for a page of 1.2 MB, against 0.96 ms in pieces. The copy drops what of that room was not needed.
 */
function compress(plain: Uint8Array): Uint8Array {
  const chunkSize = Math.max(4096, plain.length + (plain.length >> 8) + 512);
  return Uint8Array.from(zstdCompressSync(plain, { params, chunkSize, pledgedSrcSize: plain.length }));
}
