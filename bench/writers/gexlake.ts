import { columnsOf, contractOf, contractVersion } from '../../src/core/contract.ts';
import { parseEndpoint } from '../../src/core/names.ts';
import { ParquetWriter, strikeRowGroup } from '../../src/parquet/parquet.ts';
import type { BenchWriter } from './writer.ts';

/** As an import writes them, in one thread: with zstd at level 3, the hash of the rows, and the file's SHA-256. */
export const writer: BenchWriter = {
  prepare: (rows) => async () => {
    const parts: Uint8Array[] = [];
    const file = new ParquetWriter({
      columns: columnsOf(parseEndpoint(rows.endpoint), 'strikes'),
      writer: contractOf(contractVersion).writer,
      write: async (bytes) => {
        parts.push(bytes);
      },
    });
    await file.addRowGroup(strikeRowGroup(rows));
    await file.finish({});
    return Buffer.concat(parts);
  },
};
