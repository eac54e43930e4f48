import { createHash } from 'node:crypto';
import type { Column } from '../core/contract.ts';
import { encodeHere, type GroupEncoder } from './encoder.ts';
import { pageType, type Chunk, type EncodedGroup } from './groups.ts';
import type { ColumnValues } from './pages.ts';
import { leafOf, schemaElements, type Leaf } from './schema.ts';
import { encoding, type Statistics } from './values.ts';
import {
  bool,
  bytes,
  encoded,
  encodeThrift,
  i32,
  i64,
  list,
  struct,
  text,
  thriftType,
  type ThriftValue,
} from './thrift.ts';

export type { Irregular } from './lists.ts';
export type { ColumnValues } from './pages.ts';
export { encodeHere, encodeInThread, type GroupEncoder } from './encoder.ts';

const magic = Buffer.from('PAR1');
const zstdCodec = 6;

/** Row groups that may wait to be written before {@link ParquetWriter.addRowGroup} makes the caller wait. */
const groupsInFlight = 3;

export type WrittenParquet = { readonly rows: number; readonly size_bytes: number; readonly checksum: string };

/**
 * Writes one Parquet file (format 2.9, zstd, version 1 data pages with CRC-32, statistics) row group by row group. An encoder
 * makes the bytes, in this thread or in another one, and the groups are written in their order: the same rows give the same
 * bytes on any number of threads.
 */
export class ParquetWriter {
  readonly #write: (body: Uint8Array) => Promise<void>;
  readonly #columns: readonly Column[];
  readonly #leaves: readonly Leaf[];
  readonly #encode: GroupEncoder;
  readonly #hash = createHash('sha256');
  /** What the footer says of each group, in bytes already: as values, a file of ten days kept 8 MB of them. */
  readonly #groups: ThriftValue[] = [];
  readonly #pending: Promise<void>[] = [];
  #tail: Promise<void> = Promise.resolve();
  #size = 0;
  #rows = 0;

  /** `write` appends bytes to the file; it is never called twice at once. */
  constructor(
    columns: readonly Column[],
    write: (body: Uint8Array) => Promise<void>,
    encode: GroupEncoder = encodeHere,
  ) {
    this.#columns = columns;
    this.#encode = encode;
    this.#leaves = columns.map(leafOf);
    this.#write = write;
  }

  /**
   * The promise settles when the values may be overwritten and there is room for the next group; with {@link encodeHere} they may
   * be at once. A failure to write an earlier group rejects here or in {@link finish}.
   */
  async addRowGroup(values: readonly ColumnValues[], rows: number): Promise<void> {
    const group = this.#encode({ columns: this.#columns, values, rows });
    const previous = this.#tail;
    this.#tail = (async () => {
      const [encodedGroup] = await Promise.all([group, previous]);
      await this.#writeGroup(encodedGroup);
    })();
    // The rejection is met by the next await of the tail; this only keeps it from being reported as unhandled before.
    this.#tail.catch(() => undefined);
    this.#pending.push(this.#tail);
    if (this.#pending.length >= groupsInFlight) await this.#pending.shift();
    await group;
  }

  /** Writes the footer. `metadata` becomes the file's key-value metadata. */
  async finish(metadata: Readonly<Record<string, string>>): Promise<WrittenParquet> {
    await this.#tail;
    if (this.#size === 0) await this.#append(magic);
    const footer = encodeThrift([
      [1, i32(2)],
      [2, list(thriftType.struct, schemaElements(this.#columns))],
      [3, i64(this.#rows)],
      [4, list(thriftType.struct, this.#groups)],
      [
        5,
        list(
          thriftType.struct,
          Object.entries(metadata).map(([key, value]) => struct([1, text(key)], [2, text(value)])),
        ),
      ],
      [6, text('gexlake')],
      [
        7,
        list(
          thriftType.struct,
          this.#leaves.map(() => struct([1, struct()])),
        ),
      ],
    ]);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(footer.length);
    await this.#append(Buffer.concat([footer, length, magic]));
    return { rows: this.#rows, size_bytes: this.#size, checksum: this.#hash.digest('hex') };
  }

  /** Waits until nothing is being written any more, however it ended; for giving a file up. */
  async settle(): Promise<void> {
    await this.#tail.catch(() => undefined);
  }

  async #writeGroup(group: EncodedGroup): Promise<void> {
    const parts: Uint8Array[] = this.#size === 0 ? [magic] : [];
    let offset = this.#size + (parts[0]?.length ?? 0);
    const start = offset;
    const chunks = group.chunks.map((chunk, at) => {
      const described = describeChunk(this.#leaves[at] as Leaf, chunk, offset);
      for (const page of chunk.pages) parts.push(page.header, page.body);
      offset += described.size;
      return described;
    });
    const plainSize = chunks.reduce((sum, chunk) => sum + chunk.plainSize, 0);
    this.#groups.push(
      encoded(
        [
          1,
          list(
            thriftType.struct,
            chunks.map((chunk) => chunk.value),
          ),
        ],
        [2, i64(plainSize)],
        [3, i64(group.rows)],
        [5, i64(start)],
        [6, i64(offset - start)],
      ),
    );
    this.#rows += group.rows;
    await this.#append(Buffer.concat(parts));
  }

  async #append(body: Uint8Array): Promise<void> {
    this.#size += body.byteLength;
    this.#hash.update(body);
    await this.#write(body);
  }
}

function describeChunk(
  leaf: Leaf,
  chunk: Chunk,
  offset: number,
): { value: ThriftValue; size: number; plainSize: number } {
  const size = chunk.pages.reduce((sum, page) => sum + page.header.length + page.body.length, 0);
  const plainSize = chunk.pages.reduce((sum, page) => sum + page.header.length + page.plainSize, 0);
  const [first] = chunk.pages;
  const hasDictionary = first?.type === pageType.dictionary;
  const dictionarySize = hasDictionary ? first.header.length + first.body.length : 0;
  const encodings = hasDictionary
    ? [encoding.PLAIN, encoding.RLE, encoding.RLE_DICTIONARY]
    : [encoding.PLAIN, encoding.RLE];
  const metadata = struct(
    [1, i32(leaf.physical)],
    [2, list(thriftType.i32, encodings.map(i32))],
    [3, list(thriftType.bytes, leaf.path.map(text))],
    [4, i32(zstdCodec)],
    [5, i64(chunk.values)],
    [6, i64(plainSize)],
    [7, i64(size)],
    [9, i64(offset + dictionarySize)],
    [11, hasDictionary ? i64(offset) : undefined],
    [12, statisticsOf(chunk.statistics)],
  );
  return { value: struct([2, i64(0)], [3, metadata]), size, plainSize };
}

function statisticsOf(known: Statistics | null): ThriftValue | undefined {
  if (known === null) return undefined;
  if (known.min.length === 0) return struct([3, i64(known.nulls)]);
  return struct([3, i64(known.nulls)], [5, bytes(known.max)], [6, bytes(known.min)], [7, bool(true)], [8, bool(true)]);
}
