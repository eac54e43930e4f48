import assert from 'node:assert/strict';
import test from 'node:test';
import { endpoints } from '../../src/core/names.ts';
import { make, recordsOf, trueRecordsOf } from './made.ts';
import type { GexRecord } from './made.ts';

const gexFields =
  'timestamp ticker min_dte sec_min_dte spot zero_gamma major_pos_vol major_pos_oi major_neg_vol major_neg_oi strikes ' +
  'sum_gex_vol sum_gex_oi delta_risk_reversal max_priors';
const greekFields =
  'timestamp ticker spot min_dte sec_min_dte major_positive major_negative major_long_gamma major_short_gamma mini_contracts';
const flowFields =
  'timestamp ticker spot z_mlgamma z_msgamma o_mlgamma o_msgamma zero_mcall zero_mput one_mcall one_mput zcvr ocvr zgr ogr ' +
  'zvanna ovanna zcharm ocharm agg_dex one_agg_dex agg_call_dex one_agg_call_dex agg_put_dex one_agg_put_dex net_dex ' +
  'one_net_dex net_call_dex one_net_call_dex net_put_dex one_net_put_dex dexoflow gexoflow cvroflow one_dexoflow ' +
  'one_gexoflow one_cvroflow';
const fieldsOf = { gex: gexFields, greeks: greekFields, none: flowFields };

type Field = number | string | unknown[];
type AnyRecord = Record<string, Field> & { timestamp: number };
type Contract = [number, number, number, number, number[], number | null, number | null];

for (const { name, ladder } of endpoints) {
  test(`${name}: every record has the vendor's fields in the vendor's order, all of their type`, () => {
    for (const record of recordsOf<AnyRecord>(make({ endpoint: name, records: 130 }))) {
      assert.equal(Object.keys(record).join(' '), fieldsOf[ladder]);
      for (const [field, value] of Object.entries(record)) checkField(field, value);
    }
  });
}

function checkField(field: string, value: Field): void {
  if (field === 'ticker') return assert.equal(value, 'NQ_NDX');
  if (field === 'strikes') return checkRows(value, checkStrike);
  if (field === 'mini_contracts') return checkRows(value, checkContract);
  if (field === 'max_priors') return checkPairs(value);
  assert.ok(Number.isFinite(value), `${field} is ${String(value)}`);
}

function checkRows(value: Field, checkRow: (row: unknown) => void): void {
  assert.ok(Array.isArray(value) && value.length > 10);
  for (const row of value) checkRow(row);
}

function checkPairs(value: Field): void {
  assert.ok(Array.isArray(value) && value.length === 6);
  assert.ok(value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(Number.isFinite)));
}

function checkStrike(row: unknown): void {
  assert.ok(Array.isArray(row) && row.length === 4);
  assert.ok(row.slice(0, 3).every(Number.isFinite));
  assert.ok(Array.isArray(row[3]) && row[3].length === 5 && row[3].every(Number.isFinite));
}

function checkContract(row: unknown): void {
  assert.ok(Array.isArray(row) && row.length === 7);
  assert.ok(row.slice(0, 4).every(Number.isFinite));
  assert.ok(Array.isArray(row[4]) && row[4].length === 3 && row[4].every(Number.isFinite));
  assert.ok(row.slice(5).every((value) => value === null || Number.isFinite(value)));
}

test('both forms of the two trailing fields occur, and volatilities have three decimals', () => {
  const contracts = recordsOf<{ mini_contracts: Contract[] }>(make({ endpoint: 'state_gamma_zero', strikes: 99 }));
  const rows = contracts.flatMap((record) => record.mini_contracts);
  assert.ok(rows.some((row) => row[5] === null) && rows.some((row) => row[5] !== null));
  assert.ok(rows.some((row) => row[1] === 0) && rows.some((row) => row[2] === 0));
  assert.ok(rows.some((row) => /\.\d{3}$/.test(String(row[1]))));
});

test('orderflow: a sum is what its call and put show, and the first record has no flow yet', () => {
  const records = trueRecordsOf<Record<string, number> & { timestamp: number }>(make({ endpoint: 'orderflow' }));
  for (const record of records) {
    for (const sum of ['agg', 'one_agg', 'net', 'one_net']) {
      const parts = (record[`${sum}_call_dex`] ?? Number.NaN) + (record[`${sum}_put_dex`] ?? Number.NaN);
      assert.ok(Math.abs((record[`${sum}_dex`] ?? Number.NaN) - parts) < 0.001);
    }
  }
  const first = Object.entries(records[0] ?? {}).filter(([field]) => /dex|oflow|gr$|vr$|vanna|charm/.test(field));
  assert.equal(first.length, 26);
  assert.ok(first.every(([, value]) => value === 0));
});

test('state gex: zero_gamma, everything by open interest and the risk reversal are always 0', () => {
  for (const record of recordsOf<GexRecord>(make({ endpoint: 'state_gex_one' }))) {
    const { zero_gamma, major_pos_oi, major_neg_oi, sum_gex_oi, delta_risk_reversal } = record;
    assert.deepEqual([zero_gamma, major_pos_oi, major_neg_oi, sum_gex_oi, delta_risk_reversal], [0, 0, 0, 0, 0]);
    assert.ok(record.strikes.every(([, , oi]) => oi === 0));
  }
});
