import type { Column } from '../core/contract.ts';
import { pageType, type Chunk, type EncodedGroup } from './groups.ts';
import { leafOf, schemaElements, type Leaf } from './schema.ts';
import { bool, bytes, encoded, encodeThrift, i32, i64, list, struct, text, thriftType } from './thrift.ts';
import type { ThriftValue } from './thrift.ts';
import { encoding, type Statistics } from './values.ts';
import type { Writer } from './writers.ts';

const zstdCodec = 6;

/** What the footer says of a column chunk, in bytes already (as values, a file of ten days kept 8 MB of them), and what its page indexes will. */
type ChunkFacts = {
  readonly described: ThriftValue;
  readonly statistics: Statistics | null;
  /** Where its data page stands, and how long it is. */
  readonly page: { readonly offset: number; readonly size: number };
};

/** What is known of a row group that has been written. */
export type GroupFacts = {
  readonly rows: number;
  readonly offset: number;
  readonly size: number;
  readonly plainSize: number;
  readonly chunks: readonly ChunkFacts[];
};

/** Where an index stands in the file. */
type Place = { readonly offset: number; readonly size: number };

/** The indexes of a group's chunks; lists and `extra`, which have no statistics, have no column index. */
type Indexes = readonly { readonly column: Place | null; readonly offset: Place }[];

/** Describes a group whose first byte stands at `offset`. */
export function describeGroup(columns: readonly Column[], group: EncodedGroup, offset: number): GroupFacts {
  let at = offset;
  const chunks = group.chunks.map((chunk, index) => {
    const facts = describeChunk(leafOf(columns[index] as Column), chunk, at);
    at += sizeOf(chunk);
    return facts;
  });
  const plainSize = group.chunks.reduce((sum, chunk) => sum + plainSizeOf(chunk), 0);
  return { rows: group.rows, offset, size: at - offset, plainSize, chunks };
}

function sizeOf({ pages }: Chunk): number {
  return pages.reduce((sum, { header, body }) => sum + header.length + body.length, 0);
}

function plainSizeOf({ pages }: Chunk): number {
  return pages.reduce((sum, { header, plainSize }) => sum + header.length + plainSize, 0);
}

function describeChunk(leaf: Leaf, chunk: Chunk, offset: number): ChunkFacts {
  const size = sizeOf(chunk);
  const [first] = chunk.pages;
  const hasDictionary = first?.type === pageType.dictionary;
  const dictionarySize = hasDictionary ? first.header.length + first.body.length : 0;
  const encodings = hasDictionary
    ? [encoding.PLAIN, encoding.RLE, encoding.RLE_DICTIONARY]
    : [encoding.PLAIN, encoding.RLE];
  const described = encoded(
    [1, i32(leaf.physical)],
    [2, list(thriftType.i32, encodings.map(i32))],
    [3, list(thriftType.bytes, leaf.path.map(text))],
    [4, i32(zstdCodec)],
    [5, i64(chunk.values)],
    [6, i64(plainSizeOf(chunk))],
    [7, i64(size)],
    [9, i64(offset + dictionarySize)],
    [11, hasDictionary ? i64(offset) : undefined],
    [12, statisticsOf(chunk.statistics)],
  );
  const page = { offset: offset + dictionarySize, size: size - dictionarySize };
  return { described, statistics: chunk.statistics, page };
}

function statisticsOf(known: Statistics | null): ThriftValue | undefined {
  if (known === null) return undefined;
  if (known.min.length === 0) return struct([3, i64(known.nulls)]);
  return struct([3, i64(known.nulls)], [5, bytes(known.max)], [6, bytes(known.min)], [7, bool(true)], [8, bool(true)]);
}

export type FooterContent = {
  readonly writer: Writer;
  readonly columns: readonly Column[];
  readonly groups: readonly GroupFacts[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where what is made here will stand. */
  readonly offset: number;
};

/** All that stands behind the row groups, but for the last four bytes: page indexes where the writer has them, the footer, its length. */
export function encodeFooter({ writer, columns, groups, metadata, offset }: FooterContent): Uint8Array {
  const { parts, places } = writer.hasPageIndexes ? encodeIndexes(groups, offset) : { parts: [], places: [] };
  const sorting = sortingOf(writer, columns);
  const footer = encodeThrift([
    [1, i32(2)],
    [2, list(thriftType.struct, schemaElements(columns))],
    [3, i64(groups.reduce((sum, { rows }) => sum + rows, 0))],
    [
      4,
      list(
        thriftType.struct,
        groups.map((group, at) => rowGroup(group, sorting, places[at])),
      ),
    ],
    [5, list(thriftType.struct, Object.entries({ ...metadata, ...writer.metadata }).map(keyValue))],
    [6, text(writer.createdBy)],
    [
      7,
      list(
        thriftType.struct,
        columns.map(() => struct([1, struct()])),
      ),
    ],
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, footer, length]);
}

function keyValue([key, value]: readonly [string, string]): ThriftValue {
  return struct([1, text(key)], [2, text(value)]);
}

/** The columns that the rows are in the order of, rising, none of them null. */
function sortingOf({ sortedBy }: Writer, columns: readonly Column[]): ThriftValue | undefined {
  const places = columns.flatMap(({ name }, at) => (sortedBy.includes(name) ? [at] : []));
  if (places.length === 0) return undefined;
  return list(
    thriftType.struct,
    places.map((at) => struct([1, i32(at)], [2, bool(false)], [3, bool(false)])),
  );
}

function rowGroup(group: GroupFacts, sorting: ThriftValue | undefined, places: Indexes | undefined): ThriftValue {
  const chunks = group.chunks.map(({ described }, at) => {
    const place = places?.[at];
    return struct(
      [2, i64(0)],
      [3, described],
      [4, place && i64(place.offset.offset)],
      [5, place && i32(place.offset.size)],
      [6, place?.column ? i64(place.column.offset) : undefined],
      [7, place?.column ? i32(place.column.size) : undefined],
    );
  });
  return struct(
    [1, list(thriftType.struct, chunks)],
    [2, i64(group.plainSize)],
    [3, i64(group.rows)],
    [4, sorting],
    [5, i64(group.offset)],
    [6, i64(group.size)],
  );
}

/** The column indexes of all groups, then their offset indexes, as the format recommends. */
function encodeIndexes(
  groups: readonly GroupFacts[],
  offset: number,
): { readonly parts: readonly Uint8Array[]; readonly places: readonly Indexes[] } {
  const parts: Uint8Array[] = [];
  let at = offset;
  const lay = (part: Uint8Array): Place => {
    parts.push(part);
    at += part.length;
    return { offset: at - part.length, size: part.length };
  };
  const columns = groups.map(({ chunks }) =>
    chunks.map(({ statistics }) => (statistics === null ? null : lay(columnIndex(statistics)))),
  );
  const offsets = groups.map(({ chunks }) => chunks.map(({ page }) => lay(offsetIndex(page))));
  const places = offsets.map((group, index) =>
    group.map((place, chunk) => ({ column: columns[index]?.[chunk] ?? null, offset: place })),
  );
  return { parts, places };
}

/** Of a chunk with one data page. */
function columnIndex({ nulls, min, max }: Statistics): Uint8Array {
  const ascending = 1;
  return encodeThrift([
    [1, list(thriftType.bool, [bool(min.length === 0)])],
    [2, list(thriftType.bytes, [bytes(min)])],
    [3, list(thriftType.bytes, [bytes(max)])],
    [4, i32(ascending)],
    [5, list(thriftType.i64, [i64(nulls)])],
  ]);
}

function offsetIndex({ offset, size }: ChunkFacts['page']): Uint8Array {
  return encodeThrift([[1, list(thriftType.struct, [struct([1, i64(offset)], [2, i32(size)], [3, i64(0)])])]]);
}
