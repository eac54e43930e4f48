import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { generateSample, sampleDefaults, type SampleFacts, type SampleOptions } from '../../src/sample/sample.ts';

/** 2025-10-22 09:30:00 in New York. */
export const open_s = Date.UTC(2025, 9, 22, 13, 30) / 1000;
export const name = '2025-10-22_SPX_classic_gex_zero.json';

export type MadeRecord = Record<string, unknown>;

/** A classic record of SPX with a short ladder, `second` seconds into the session of 2025-10-22. All values follow from it. */
export function record(second: number, changes: MadeRecord = {}): MadeRecord {
  const spot = 6700 + (second % 97) / 4;
  const strikes = [-10, -5, 0, 5, 10].map((offset) => [
    6700 + offset,
    second + offset / 2,
    second - offset,
    [second - 1, second - 5, second - 10, 0, 0],
  ]);
  return {
    timestamp: open_s + second,
    ticker: 'SPX',
    min_dte: 0,
    sec_min_dte: 1,
    spot,
    zero_gamma: spot + 3.25,
    major_pos_vol: 6710,
    major_pos_oi: 6705,
    major_neg_vol: 6690,
    major_neg_oi: 6695,
    strikes,
    sum_gex_vol: second * 5,
    sum_gex_oi: second * 5.5,
    delta_risk_reversal: -0.125,
    max_priors: [],
    ...changes,
  };
}

/** Records of `count` seconds from second `first` on. */
export function records(count: number, first = 0): MadeRecord[] {
  return Array.from({ length: count }, (_, at) => record(first + at));
}

/** The same of another ticker, each with some changes. */
export function recordsOf(ticker: string, count: number, changes: MadeRecord = {}): MadeRecord[] {
  return records(count).map((one) => Object.assign(one, { ticker }, changes));
}

/** Writes a value as JSON, or bytes and texts as they are, and gives the path. */
export async function put(folder: string, file: string, content: unknown): Promise<string> {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  const isReady = typeof content === 'string' || content instanceof Uint8Array;
  await writeFile(path, isReady ? content : JSON.stringify(content));
  return path;
}

export function gzipped(content: unknown): Buffer {
  return gzipSync(JSON.stringify(content));
}

/** A made-up session as one buffer, with what it holds. */
export function sampleDay(options: Partial<SampleOptions>): { readonly bytes: Buffer; readonly facts: SampleFacts } {
  const day = { ticker: 'SPX', endpoint: 'gex_zero', sessionDate: '2025-10-22' };
  const generator = generateSample({ ...sampleDefaults, ...day, ...options });
  const chunks: Uint8Array[] = [];
  for (;;) {
    const step = generator.next();
    if (step.done === true) return { bytes: Buffer.concat(chunks), facts: step.value };
    chunks.push(step.value);
  }
}
