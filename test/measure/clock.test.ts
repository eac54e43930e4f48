import assert from 'node:assert/strict';
import type { Measured } from '../../src/core/quality-row.ts';
import { findingsOf } from '../../src/core/quality-row.ts';
import { load } from '../load/loaded.ts';
import { record, records, type MadeRecord } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

async function measure(content: unknown, endpoint = 'gex_zero'): Promise<Measured> {
  const { quality } = await load(JSON.stringify(content), { endpoint, measures: true });
  assert.equal(quality.length, 1);
  return quality[0] as Measured;
}

function told(measured: Measured, code: string): (readonly [boolean, string])[] {
  const found = findingsOf(measured, 'gex_zero').filter((finding) => finding.code === code);
  return found.map(({ degrades, detail }) => [degrades, detail]);
}

test('gaps are counted from 10 s on, and degrade from 120 s', async () => {
  const measured = await measure([record(0), record(9), record(19), record(200), record(201)]);
  assert.deepEqual([measured.gaps, measured.gap_s, measured.longest_gap_s], [2, 9 + 180, 181]);
  assert.deepEqual([measured.records, measured.seconds_present, measured.seconds_expected], [5, 5, 23_400]);
  assert.deepEqual(told(measured, 'gap'), [[true, 'has 2 gaps, 3 min 9 s in all, the longest 3 min 1 s']]);
});

test('records out of order are measured in order', async () => {
  const all = records(40);
  const turned = [...all.slice(20), ...all.slice(0, 20)];
  assert.deepEqual(await measure(turned), await measure(all));
});

test('a ladder that does not change is frozen from a minute on, whatever else changes', async () => {
  const strikes = record(7)['strikes'];
  const still = records(400).map((one, at) => (at >= 20 && at <= 350 ? Object.assign(one, { strikes }) : one));
  const measured = await measure(still);
  assert.deepEqual([measured.frozen_runs, measured.frozen_s, measured.longest_frozen_s], [1, 330, 330]);
  assert.deepEqual(told(measured, 'frozen'), [[true, 'the ladder does not change for 5 min 30 s']]);
  const short = await measure(records(70).map((one, at) => (at < 60 ? Object.assign(one, { strikes }) : one)));
  assert.equal(short.frozen_runs, 0);
});

long('a ladder is not frozen where only a prior of it changes, or the last value', async () => {
  const changing = (change: (at: number) => unknown) =>
    measure(records(100).map((one, at) => Object.assign(one, { strikes: change(at) })));
  const prior = await changing((at) => [
    [6700, 1, 1, [0, 0, 0, 0, 0]],
    [6705, 1, 1, [0, 0, 0, 0, at]],
  ]);
  assert.equal(prior.frozen_runs, 0);
  const last = await changing((at) => [
    [6700, 1, 1, [0, 0, 0, 0, 0]],
    [6705, 1, at, [0, 0, 0, 0, 0]],
  ]);
  assert.equal(last.frozen_runs, 0);
});

long('a run goes on over the end of a row group', async () => {
  const rows = Array.from({ length: 60 }, (_, at) => [6000 + at, at, 1, [0, 0, 0, 0, 0]]);
  const measured = await measure(records(6000).map((one) => Object.assign(one, { spot: 6030, strikes: rows })));
  assert.deepEqual([measured.frozen_runs, measured.longest_frozen_s], [1, 5999]);
});

test('spot that jumps is told, and a large jump degrades', async () => {
  const at = (spots: readonly number[]) => spots.map((spot, second) => record(second, { spot }));
  const small = await measure(at([6700, 6700, 6780, 6780]));
  assert.deepEqual([small.spot_jumps, small.largest_jump_bp], [1, 119]);
  assert.deepEqual(told(small, 'spot_jump'), [[false, 'spot jumps 1 time, by 1.2 % at most']]);
  const large = await measure(at([6700, 7100, 6700]));
  assert.deepEqual(told(large, 'spot_jump'), [[true, 'spot jumps 2 times, by 6.0 % at most']]);
});

test('a known field that comes as another type is told, loudly where that is so in every record', async () => {
  const texts = (from: number) =>
    records(40).map((one): MadeRecord =>
      Number(one['timestamp']) % 40 >= from ? Object.assign(one, { zero_gamma: '6700.5' }) : one,
    );
  const every = await measure(records(40).map((one) => Object.assign(one, { zero_gamma: '6700.5' })));
  assert.deepEqual(every.drift, [{ field: 'zero_gamma', kind: 'number_in_text', records: 40 }]);
  assert.match(told(every, 'type_drift')[0]?.[1] ?? '', /in EVERY record/);
  const some = await measure(texts(30));
  assert.deepEqual(told(some, 'type_drift'), [[true, 'zero_gamma is a number written as a text in 10 records']]);
});

long('sessions of one file are measured each by itself', async () => {
  const { quality } = await load(JSON.stringify([...records(5), ...records(7, 86_400)]), {
    sessionDate: null,
    measures: true,
  });
  assert.deepEqual(
    quality.map(({ session_date, records: count }) => [session_date, count]),
    [
      ['2025-10-22', 5],
      ['2025-10-23', 7],
    ],
  );
});
