import { closeSync, openSync, writeSync } from 'node:fs';
import { generateSample, sampleDefaults, type SampleOptions } from '../src/sample/sample.ts';

export const day: SampleOptions = {
  ...sampleDefaults,
  ticker: 'NQ_NDX',
  endpoint: 'gex_zero',
  sessionDate: '2025-10-22',
};

/** Ten sessions of one month, for a file ten times as long. */
export const tenDates = ['01', '02', '03', '06', '07', '08', '09', '10', '13', '14'].map((date) => `2025-10-${date}`);

/** Writes the sessions of these dates as one JSON array, each whole or with fewer records; gives its size in bytes. */
export function writeInput(
  path: string,
  dates: readonly string[],
  shorter: { readonly records?: number } = {},
): number {
  const file = openSync(path, 'w');
  let size = 0;
  const write = (bytes: Uint8Array) => {
    size += writeSync(file, bytes);
  };
  for (const [at, sessionDate] of dates.entries())
    writeSession({ ...day, ...shorter, sessionDate, flaws: dates.length === 1 }, at, dates.length, write);
  closeSync(file);
  return size;
}

/** A session's own array without its brackets where others come before or after it. */
function writeSession(options: SampleOptions, at: number, count: number, write: (bytes: Uint8Array) => void): void {
  const chunks = generateSample(options);
  let held: Uint8Array | null = null;
  let first = true;
  for (const chunk of chunks) {
    if (held !== null) write(held);
    held = first && at > 0 ? chunk.with(0, 0x2c) : chunk;
    first = false;
  }
  if (held !== null) write(at < count - 1 ? held.subarray(0, held.lastIndexOf(0x5d)) : held);
}
