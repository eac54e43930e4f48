import { putText, type TextBytes } from './digits.ts';
import type { Series } from './series.ts';

const chunk_bytes = 512 * 1024;
/** A ladder row is at most 8 numbers of 13 characters with their separators; the other fields of a record fit 4 KiB. */
const row_bytes = 128;
const head_bytes = 4 * 1024;

/** The JSON array in the making: the chunk that is being filled, and what the array holds so far. */
export type Output = TextBytes & {
  /** Bytes of the chunks before. */
  taken_bytes: number;
  /** Where the latest record begins, and how many ladder rows it has. */
  recordStart: number;
  recordRows: number;
  /** Ladder rows of all records, and of those that are neither stale nor a duplicate. */
  rows: number;
  trueRows: number;
};

/** An array with no records yet, for ladders of about `strikes` rows. */
export function createOutput(strikes: number): Output {
  // A chunk is taken once it is full, so it may exceed its size by a record and its duplicate.
  const bytes = new Uint8Array(chunk_bytes + 2 * (head_bytes + (strikes + 8) * row_bytes));
  const output = { bytes, length: 0, taken_bytes: 0, recordStart: 0, recordRows: 0, rows: 0, trueRows: 0 };
  putText(output, '[');
  return output;
}

/** Adds the series' present record. */
export function writeRecord(output: Output, series: Series, second: number): void {
  if (output.taken_bytes + output.length > 1) putText(output, ',');
  output.recordStart = output.length;
  output.recordRows = series.ladderRows();
  series.write(output, second);
  output.rows += output.recordRows;
}

/** Adds the latest record once more, byte for byte. */
export function repeatRecord(output: Output): void {
  const end = output.length;
  putText(output, ',');
  output.bytes.copyWithin(output.length, output.recordStart, end);
  output.length += end - output.recordStart;
  output.rows += output.recordRows;
}

export function isChunkFull(output: Output): boolean {
  return output.length >= chunk_bytes;
}

/** The bytes since the last chunk, as a copy the caller may keep. */
export function takeChunk(output: Output): Uint8Array {
  const chunk = output.bytes.slice(0, output.length);
  output.taken_bytes += output.length;
  output.length = 0;
  return chunk;
}

/** Ends the array and takes what is left of it. */
export function takeLastChunk(output: Output): Uint8Array {
  putText(output, ']');
  return takeChunk(output);
}
