import { createHash } from 'node:crypto';
import type { Column } from '../core/contract.ts';
import { ContentHash } from './content-hash.ts';
import { encodeHere, type GroupEncoder } from './encoder.ts';
import { describeGroup, encodeFooter, type GroupFacts } from './footer.ts';
import { giveBack } from '../platform/memory.ts';
import type { EncodedGroup } from './groups.ts';
import { magic } from './magic.ts';
import type { ColumnValues } from './pages.ts';
import type { RowGroup } from './row-groups.ts';
import { writers, type Writer } from './writers.ts';

export type { Irregular } from './lists.ts';
export type { ColumnValues } from './pages.ts';
export { snapshotRowGroup, strikeRowGroup, type Constants, type RowGroup } from './row-groups.ts';
export { readFooter } from './read-footer.ts';
export { encodeHere, encodeInThread, type GroupEncoder } from './encoder.ts';

/** Row groups that may wait to be written before {@link ParquetWriter.addRowGroup} makes the caller wait. */
const groupsInFlight = 3;

export type WrittenParquet = {
  readonly rows: number;
  readonly size_bytes: number;
  readonly checksum: string;
  /** Says which rows these are, whatever the bytes. */
  readonly contentHash: string;
  /** What has made the bytes. */
  readonly writer: string;
};

export type ParquetTarget = {
  readonly columns: readonly Column[];
  /** The number of the writer, of the contract that the file follows. */
  readonly writer: keyof typeof writers;
  /** Appends bytes to the file; it is never called twice at once. */
  readonly write: (body: Uint8Array) => Promise<void>;
  readonly encode?: GroupEncoder;
};

/**
 * Writes one Parquet file (format 2.9, zstd, version 1 data pages with CRC-32, statistics) row group by row group. An encoder
 * makes the bytes, in this thread or in another one, and the groups are written in their order: the same rows give the same
 * bytes on any number of threads.
 */
export class ParquetWriter {
  readonly #target: ParquetTarget;
  readonly #writer: Writer;
  readonly #hash = createHash('sha256');
  readonly #content: ContentHash;
  readonly #groups: GroupFacts[] = [];
  readonly #pending: Promise<void>[] = [];
  #tail: Promise<void> = Promise.resolve();
  #size = 0;

  constructor(target: ParquetTarget) {
    this.#target = target;
    this.#writer = writers[target.writer];
    this.#content = new ContentHash(target.columns);
  }

  /**
   * The promise settles when the values may be overwritten and there is room for the next group; with {@link encodeHere} they may
   * be at once. A failure to write an earlier group rejects here or in {@link finish}.
   */
  async addRowGroup({ values, rows, lengths }: RowGroup): Promise<void> {
    const { columns, encode = encodeHere } = this.#target;
    const group = encode({ columns, values: columns.map((column) => valuesOf(values, column)), rows, lengths });
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
    const { columns } = this.#target;
    const groups = this.#groups;
    const footer = encodeFooter({ writer: this.#writer, columns, groups, metadata, offset: this.#size });
    await this.#append(Buffer.concat([footer, magic]));
    return {
      rows: groups.reduce((sum, { rows }) => sum + rows, 0),
      size_bytes: this.#size,
      checksum: this.#hash.digest('hex'),
      contentHash: this.#content.digest(),
      writer: this.#writer.name,
    };
  }

  /** Waits until nothing is being written any more, however it ended; for giving a file up. */
  async settle(): Promise<void> {
    // What has failed is told where the file is finished.
    await this.#tail.catch(() => undefined);
  }

  async #writeGroup(group: EncodedGroup): Promise<void> {
    const parts: Uint8Array[] = this.#size === 0 ? [magic] : [];
    const offset = this.#size + (parts[0]?.length ?? 0);
    this.#groups.push(describeGroup(this.#target.columns, group, offset));
    this.#content.add(group.content);
    for (const { pages } of group.chunks) for (const page of pages) parts.push(page.header, page.body);
    const body = Buffer.concat(parts);
    for (const part of parts) giveBack(part);
    await this.#append(body);
    giveBack(body);
  }

  async #append(body: Uint8Array): Promise<void> {
    this.#size += body.byteLength;
    this.#hash.update(body);
    await this.#target.write(body);
  }
}

function valuesOf(values: RowGroup['values'], { name }: Column): ColumnValues {
  const found = values[name];
  if (found === undefined) throw new Error(`a row group without values of ${name}`);
  return found;
}
