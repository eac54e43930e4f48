import { readFile } from 'node:fs/promises';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** A row as the tests compare it: dates as `YYYY-MM-DD`, timestamps as microseconds, JSON as its text, null for null. */
export type Row = Readonly<Record<string, unknown>>;

const parsers = {
  dateFromDays: (days: number | undefined) =>
    days === undefined ? null : new Date(days * 86_400_000).toISOString().slice(0, 10),
  timestampFromMicroseconds: (micros: bigint | undefined) => (micros === undefined ? null : Number(micros)),
  jsonFromBytes: (bytes: Uint8Array | undefined) => (bytes === undefined ? null : Buffer.from(bytes).toString('utf8')),
};

/** All rows of a Parquet file, read by hyparquet, which shares no code with the writer. */
export async function readRows(path: string): Promise<Row[]> {
  const rows = await parquetReadObjects({ file: toArrayBuffer(await readFile(path)), compressors, parsers });
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
}

export async function readMetadata(path: string): Promise<FileMetaData> {
  return parquetMetadataAsync(toArrayBuffer(await readFile(path)));
}

function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

/** Nested arrays of whatever kind as plain ones, and undefined, which hyparquet uses too, as null. */
function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  return Array.isArray(value) || value instanceof Float64Array ? Array.from(value, plain) : value;
}
