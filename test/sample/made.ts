import { generateSample, sampleDefaults } from '../../src/sample/sample.ts';
import type { SampleFacts, SampleOptions } from '../../src/sample/sample.ts';

export type Made = { readonly chunks: readonly Uint8Array[]; readonly text: string; readonly facts: SampleFacts };

export type GexRecord = {
  timestamp: number;
  ticker: string;
  min_dte: number;
  sec_min_dte: number;
  spot: number;
  zero_gamma: number;
  major_pos_vol: number;
  major_pos_oi: number;
  major_neg_vol: number;
  major_neg_oi: number;
  strikes: [strike: number, vol: number, oi: number, priors: number[]][];
  sum_gex_vol: number;
  sum_gex_oi: number;
  delta_risk_reversal: number;
  max_priors: [strike: number, change: number][];
};

/** A small sample of NQ_NDX gex_zero unless told otherwise, whole in memory. */
export function make(options: Partial<SampleOptions> = {}): Made {
  const all: SampleOptions = {
    ...sampleDefaults,
    ticker: 'NQ_NDX',
    endpoint: 'gex_zero',
    sessionDate: '2025-10-22',
    records: 390,
    strikes: 21,
    ...options,
  };
  const generator = generateSample(all);
  const chunks: Uint8Array[] = [];
  for (;;) {
    const step = generator.next();
    if (step.done === true) return { chunks, text: Buffer.concat(chunks).toString('latin1'), facts: step.value };
    chunks.push(step.value);
  }
}

export function recordsOf<Shape>(made: Pick<Made, 'text'>): Shape[] {
  // The tests that call this check the shape field by field.
  return JSON.parse(made.text) as Shape[];
}

/** The records an import would keep: no stale ones, each timestamp once. */
export function trueRecordsOf<Shape extends { timestamp: number }>(made: Made): Shape[] {
  const seen = new Set<number>();
  return recordsOf<Shape>(made).filter(({ timestamp }) => {
    const kept = timestamp >= made.facts.first_timestamp && !seen.has(timestamp);
    seen.add(timestamp);
    return kept;
  });
}
