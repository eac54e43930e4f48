import assert from 'node:assert/strict';
import { generateSample, sampleDefaults } from '../../src/sample/sample.ts';
import { make, recordsOf, trueRecordsOf } from './made.ts';
import type { GexRecord } from './made.ts';
import { long, test } from '../support/shares.ts';

const lags_s = [60, 300, 600, 900, 1_800];

/** The exposure a strike had in the latest record at least `lag_s` older; 0 where there is no such record or strike. */
function earlierExposure(records: readonly GexRecord[], index: number, lag_s: number, strike: number): number {
  const due = (records[index]?.timestamp ?? 0) - lag_s;
  const earlier = records.slice(0, index).findLast(({ timestamp }) => timestamp <= due);
  return earlier?.strikes.find((row) => row[0] === strike)?.[1] ?? 0;
}

for (const options of [
  { records: 23_400, strikes: 7 },
  { records: 390, strikes: 21 },
  { records: 13, strikes: 99, endpoint: 'state_gex_full' },
]) {
  (options.records > 1_000 ? long : test)(
    `priors are the exposures of earlier records: ${JSON.stringify(options)}`,
    () => {
      const records = trueRecordsOf<GexRecord>(make(options));
      const step = Math.ceil(records.length / 150);
      let compared = 0;
      for (let index = 0; index < records.length; index += step) {
        for (const [strike, , , priors] of records[index]?.strikes ?? []) {
          const expected = lags_s.map((lag_s) => earlierExposure(records, index, lag_s, strike));
          assert.deepEqual(priors, expected);
          compared += expected.filter((value) => value !== 0).length;
        }
      }
      assert.ok(compared > 500, `${compared} priors other than 0`);
    },
  );
}

test('the priors of a state greek are those 1, 5 and 10 minutes earlier', () => {
  type Greeks = { timestamp: number; mini_contracts: [number, number, number, number, number[]][] };
  const records = trueRecordsOf<Greeks>(make({ endpoint: 'state_gamma_zero' }));
  for (const [index, record] of records.entries()) {
    for (const row of record.mini_contracts) {
      const expected = [1, 5, 10].map((minutes) => {
        const earlier = records[index - minutes]?.mini_contracts.find(([strike]) => strike === row[0]);
        return earlier?.[3] ?? 0;
      });
      assert.deepEqual(row[4], expected);
    }
  }
});

test('max_priors name the largest change since the record before and since each prior', () => {
  const records = trueRecordsOf<GexRecord>(make());
  for (const [index, record] of records.entries()) {
    for (const [pair, lag_s] of [1, ...lags_s].entries()) {
      const known = records[0] !== undefined && record.timestamp - lag_s >= records[0].timestamp;
      const changes = record.strikes.map(([strike, vol]) => vol - earlierExposure(records, index, lag_s, strike));
      const largest = known ? Math.max(...changes.map(Math.abs)) : 0;
      const [strike = 0, change = 0] = record.max_priors[pair] ?? [];
      assert.ok(Math.abs(Math.abs(change) - largest) < 0.0101, `record ${index}, pair ${pair}`);
      if (change === 0) continue;
      const row = record.strikes.findIndex((candidate) => candidate[0] === strike);
      assert.ok(Math.abs((changes[row] ?? Number.NaN) - change) < 0.0101);
    }
  }
});

test('sums and major levels agree with the ladder', () => {
  // Where two neighbours are nearly alike, the spline's peak can lie nearer to the lower one.
  let [beside, levels] = [0, 0];
  for (const record of recordsOf<GexRecord>(make({ strikes: 99 }))) {
    const sum = record.strikes.reduce((total, [, vol]) => total + vol, 0);
    assert.ok(Math.abs(sum - record.sum_gex_vol) < 0.005 * record.strikes.length + 0.001);
    const largest = record.strikes.toSorted((left, right) => right[1] - left[1]);
    const [top = [0, 0], bottom = [0, 0]] = [largest[0], largest.at(-1)];
    const nearest = (level: number) =>
      record.strikes.toSorted(([left], [right]) => Math.abs(left - level) - Math.abs(right - level))[0];
    levels += 2;
    if (top[1] > 0 && nearest(record.major_pos_vol)?.[1] !== top[1]) beside++;
    if (bottom[1] < 0 && nearest(record.major_neg_vol)?.[1] !== bottom[1]) beside++;
  }
  assert.ok(beside < levels / 100, `${beside} of ${levels}`);
});

test('zero_gamma lies between a negative strike below and a positive one above', () => {
  const records = trueRecordsOf<GexRecord>(make({ strikes: 99 })).slice(1);
  assert.ok(records.every((record) => record.zero_gamma > 0));
  for (const { strikes, zero_gamma } of records) {
    const above = strikes.findIndex(([strike]) => strike >= zero_gamma);
    assert.ok((strikes[above - 1]?.[1] ?? 1) <= 0 && (strikes[above]?.[1] ?? -1) >= 0);
  }
});

test('the first true record has no volume yet, but open interest', () => {
  const [first] = trueRecordsOf<GexRecord>(make());
  assert.ok(first);
  assert.deepEqual([first.major_pos_vol, first.major_neg_vol, first.sum_gex_vol], [0, 0, 0]);
  assert.ok(first.strikes.every(([, vol, , priors]) => vol === 0 && priors.every((prior) => prior === 0)));
  assert.ok(first.max_priors.every(([strike, change]) => strike === 0 && change === 0));
  assert.ok(first.sum_gex_oi !== 0 && first.major_pos_oi > 0);
});

test('the stale record is a full one of the day before', () => {
  const [stale] = recordsOf<GexRecord>(make({ strikes: 99 }));
  assert.ok(stale && stale.sum_gex_vol !== 0);
  assert.ok(stale.strikes.filter(([, , , priors]) => priors.every((prior) => prior !== 0)).length > 20);
});

test('the ladder slides with spot, and its strikes stay the same doubles beside the round ones', () => {
  const records = trueRecordsOf<GexRecord>(make({ strikes: 99 }));
  assert.ok(new Set(records.map(({ strikes }) => strikes[0]?.[0])).size > 10);
  const cents = new Set(records.flatMap(({ strikes }) => strikes.map(([strike]) => Math.round(strike * 100) % 1_000)));
  assert.equal(cents.size, 1);
  assert.ok(!cents.has(0));
});

long('exposure grows through the day and explodes in its last minutes', () => {
  const records = trueRecordsOf<GexRecord>(make({ strikes: 99, records: 4_680 }));
  const peaks = records.map(({ strikes }) => Math.max(...strikes.map(([, vol]) => Math.abs(vol))));
  const [early = 0, noon = 0, last = 0] = [peaks[24], peaks[1_800], peaks.at(-1)];
  assert.ok(noon > 2 * early && last > 10 * noon, `${early}, ${noon}, ${last}`);
});

test('from one second to the next most strikes stay as they are, and some change', () => {
  const records = firstMinutes();
  let changed = 0;
  let rows = 0;
  for (const [index, record] of records.entries()) {
    const before = new Map(records[index - 1]?.strikes.map(([strike, vol]) => [strike, vol]));
    for (const [strike, vol] of before.size === 0 ? [] : record.strikes) {
      rows += 1;
      changed += before.get(strike) === vol ? 0 : 1;
    }
  }
  assert.ok(changed / rows > 0.03 && changed / rows < 0.2, `${changed} of ${rows} changed`);
});

/** The records of a full session's first chunks: some 10 minutes. */
function firstMinutes(): GexRecord[] {
  const options = {
    ...sampleDefaults,
    ticker: 'NQ_NDX',
    endpoint: 'gex_zero',
    sessionDate: '2025-10-22',
    flaws: false,
  };
  const chunks = [...generateSample(options).take(6)];
  const text = Buffer.concat(chunks).toString('latin1');
  return recordsOf<GexRecord>({ text: `${text.slice(0, text.lastIndexOf(',{"timestamp"'))}]` });
}
