/**
 * How a numbered writer lays out a file, beside its pages. A number is never changed: files that have to be made again are made by
 * the writer that has made them.
 */
export type Writer = {
  readonly number: number;
  /** What made a file, as it is logged; zstd's own version decides about bytes, too. */
  readonly name: string;
  /** `<application> version <semantic version> (build <build>)` is the form that parquet-java reads. */
  readonly createdBy: string;
  /** Entries of its own in the key-value metadata. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether column indexes and offset indexes stand before the footer. */
  readonly hasPageIndexes: boolean;
  /** The columns that the rows are in the order of. */
  readonly sortedBy: readonly string[];
};

const zstd = `zstd-${process.versions['zstd'] ?? 'unknown'}`;

const first: Writer = {
  number: 1,
  name: `1 ${zstd}`,
  createdBy: 'gexlake',
  metadata: {},
  hasPageIndexes: false,
  sortedBy: [],
};

/** The version is that of the writer and not of gexlake: a release that changes nothing in it writes the same bytes. */
const second: Writer = {
  number: 2,
  name: `2 ${zstd}`,
  createdBy: `gexlake version 2.0.0 (build ${zstd})`,
  metadata: { 'gexlake.writer': `2 ${zstd}` },
  hasPageIndexes: true,
  sortedBy: ['timestamp'],
};

export const writers = { 1: first, 2: second } as const;
