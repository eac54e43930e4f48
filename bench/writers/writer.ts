import type { StrikeRows } from '../../src/parquet/row-groups.ts';

/**
 * A way to make Parquet of row groups, one file for each. `prepare` brings the rows into the form that the writer takes, and
 * gives what then encodes them.
 */
export type BenchWriter = { readonly prepare: (rows: StrikeRows) => () => Promise<Uint8Array> };

/** The modules of bench/writers, each with a `writer`, and the packages that they need. */
export const writerModules: Readonly<Record<string, readonly string[]>> = {
  gexlake: [],
  'hyparquet-writer': ['hyparquet-writer'],
  'parquet-wasm': ['parquet-wasm', 'apache-arrow'],
  'parquet-wasm-plain': ['parquet-wasm', 'apache-arrow'],
};

/** None of these is a dependency: with what they need they weigh 28 MB, and only this benchmark uses them. */
export const versions: Readonly<Record<string, string>> = {
  'hyparquet-writer': '0.17.0',
  'parquet-wasm': '0.8.0',
  'apache-arrow': '21.2.0',
};
