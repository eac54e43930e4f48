import { wasmWriter } from './parquet-wasm.ts';
import type { BenchWriter } from './writer.ts';

/** Half the time for larger files: looking for repeats is what costs. */
export const writer: BenchWriter = wasmWriter(false);
