import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { statementNames, type StatementName } from '../../src/core/quality.ts';
import { findingsOf } from '../../src/core/quality-row.ts';
import { load, type Options } from '../load/loaded.ts';
import { long, test } from '../support/shares.ts';

/*
 * Real captured records, beside the project. What is measured of them is what docs/quality.md says: all statements hold, priors in the
 * share of the ticker's day.
 */

const folder = join(import.meta.dirname, '../../../shared/samples');
const skip = existsSync(folder) ? false : `the real samples are not at ${folder}`;

type Real = {
  timestamp: number;
  major_pos_vol: number;
  major_neg_vol: number;
  sum_gex_vol: number;
  zero_gamma: number;
  strikes: [number, number, number, number[]][];
  max_priors: [number, number][];
};

const session = { endpoint: 'state_gex_zero', sessionDate: '2026-02-25', measures: true } as const;

async function readReal(ticker: string): Promise<Real[]> {
  return JSON.parse(await readFile(join(folder, `2026-02-25_${ticker}_state_gex_zero.json`), 'utf8')) as Real[];
}

async function measure(records: readonly Real[], options: Options) {
  const [measured, ...others] = (await load(JSON.stringify(records), { ...session, ...options })).quality;
  assert.ok(measured !== undefined && others.length === 0);
  return measured;
}

for (const [at, [ticker, records, zero, priors]] of (
  [
    ['SPX', 30, 1, [9515, 8473]],
    ['NDX', 29, 0, [9886, 9698]],
    ['QQQ', 30, 1, [10_624, 10_236]],
    ['SPY', 30, 1, [10_538, 10_000]],
    ['IWM', 30, 1, [6968, 6797]],
    ['AAPL', 30, 1, [3848, 3761]],
  ] as const
).entries())
  (at === 0 ? test : long)(`${ticker}: every statement holds, and priors in their share`, { skip }, async () => {
    const { statements, ...rest } = await measure(await readReal(ticker), { ticker });
    const all = (count: number) => ({ looked_at: count, held: count });
    assert.deepEqual(statements, {
      ladder_ascending: all(records),
      spot_inside: all(records),
      sum_gex_vol: all(records),
      ...(zero === 0 ? {} : { zero_ladder: all(zero) }),
      major_nearest: all(records - zero),
      major_spline: all(records - zero),
      max_priors: all(29),
      state_zero: all(records),
      priors: { looked_at: priors[0], held: priors[1] },
    });
    assert.equal(rest.records, records);
    assert.equal(rest.seconds_expected, 23_400);
    assert.equal(rest.gaps, records - 1);
    const found = findingsOf({ statements, ...rest }, session.endpoint);
    assert.deepEqual(
      found.filter(({ code }) => code === 'statement'),
      [],
    );
  });

/** What is made wrong in the middle record of SPX, and the one statement that then fails in it. */
const wrongs: Readonly<Partial<Record<StatementName, (record: Real) => void>>> = {
  sum_gex_vol: (record) => (record.sum_gex_vol += 0.6),
  major_spline: (record) => (record.major_pos_vol += 0.3),
  major_nearest: (record) => (record.major_neg_vol = record.strikes[3]?.[0] ?? 0),
  max_priors: (record) => ((record.max_priors[2] as [number, number])[1] += 0.02),
  state_zero: (record) => (record.zero_gamma = 0.01),
  ladder_ascending: (record) => record.strikes.splice(4, 0, [...(record.strikes[9] as Real['strikes'][number])]),
  spot_inside: (record) => record.strikes.splice(0, 70),
};

for (const [name, spoil] of Object.entries(wrongs))
  long(`${name}: one record in which it does not hold is counted and told`, { skip }, async () => {
    const records = await readReal('SPX');
    spoil(records[16] as Real);
    const measured = await measure(records, { ticker: 'SPX' });
    const tally = measured.statements[name as StatementName];
    assert.equal((tally?.looked_at ?? 0) - (tally?.held ?? 0), 1);
    const told = findingsOf(measured, session.endpoint).filter(({ statement }) => statement === name);
    assert.deepEqual(
      told.map(({ degrades }) => degrades),
      [true],
    );
    // Nobody has tried it on classic records.
    const ofClassic = findingsOf(measured, 'gex_zero').filter(({ statement }) => statement === name);
    assert.deepEqual(
      ofClassic.map(({ degrades, detail }) => [degrades, detail.endsWith('not tried on this endpoint by anyone')]),
      [[false, true]],
    );
  });

long(
  'a ladder without a negative strike that has a negative major is told, and degrades nothing',
  { skip },
  async () => {
    const records = await readReal('SPX');
    for (const record of records) for (const row of record.strikes) row[1] = Math.abs(row[1]) + 1;
    const measured = await measure(records, { ticker: 'SPX' });
    assert.deepEqual(measured.statements.no_negative, { looked_at: 30, held: 29 });
    const told = findingsOf(measured, session.endpoint).find(({ statement }) => statement === 'no_negative');
    assert.equal(told?.degrades, false);
  },
);

test('each statement is in the document', async () => {
  const text = await readFile(join(import.meta.dirname, '../../docs/quality.md'), 'utf8');
  for (const name of statementNames) assert.match(text, new RegExp(`^\\| \`${name}\` \\|`, 'm'));
});
