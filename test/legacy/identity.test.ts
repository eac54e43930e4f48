import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { identifyPath, snapshotsBeside } from '../../src/legacy/identity.ts';

/** Path to form, ticker, endpoint, session. */
const paths: Readonly<Record<string, readonly [string, string | null, string | null, string | null]>> = {
  '/old/gexbot/NQ_NDX/zero/20251022.strikes.parquet': ['flat', 'NQ_NDX', 'gex_zero', '2025-10-22'],
  '/old/gexbot/spx/gex_one/20251022.strikes.parquet': ['flat', 'SPX', 'gex_one', '2025-10-22'],
  '/old/SPX/state/gamma_one/20251022.strikes.parquet': ['flat', 'SPX', 'state_gamma_one', '2025-10-22'],
  '/lake/ticker=NQ_NDX/endpoint=classic_gex_zero/year=2025/month=1/day=7/part-0.parquet': [
    'hive',
    'NQ_NDX',
    'gex_zero',
    '2025-01-07',
  ],
  '/lake/SPX/gex_full/year=2025/month=10/date=2025-10-22/x.parquet': ['hive', 'SPX', 'gex_full', '2025-10-22'],
  '/lake/year=2025/month=10/SPX_orderflow_orderflow.parquet': ['hive', 'SPX', 'orderflow', null],
  '/gex/2025/10/NQ_NDX/gex_zero/whatever.parquet': ['months', 'NQ_NDX', 'gex_zero', null],
  '/gex/2025/10/2025-10-22_NQ_NDX_classic_gex_zero.parquet': ['months', 'NQ_NDX', 'gex_zero', '2025-10-22'],
  '/gex/2025/10/ES_SPX_state_charm_zero_20251022.parquet': ['months', 'ES_SPX', 'state_charm_zero', '2025-10-22'],
  '/gex/2025/10/SPX_zero_2025-10.strikes.parquet': ['months', 'SPX', 'gex_zero', null],
  '/gex/2025/10/zero/20251399.parquet': ['months', null, 'gex_zero', null],
  '/somewhere/data.parquet': ['months', null, null, null],
};

suite('old files: what a path says', () => {
  for (const [path, [form, ticker, endpoint, date]] of Object.entries(paths)) {
    test(path, () => {
      const found = identifyPath(path, '/');
      assert.deepEqual(
        [found.form, found.ticker, found.endpoint?.name ?? null, found.date],
        [form, ticker, endpoint, date],
      );
    });
  }

  test('keys count below the folder that was given, and where it is one itself', () => {
    const file = '/desk/ticker=NDX/date=2025-01-07/old/SPX/gex_zero/20251022.strikes.parquet';
    const told = (below: string, path = file) => {
      const { form, ticker, date } = identifyPath(path, below);
      return [form, ticker, date];
    };
    assert.deepEqual(told('/desk/ticker=NDX/date=2025-01-07/old'), ['flat', 'SPX', '2025-10-22']);
    assert.deepEqual(told('/desk/ticker=NDX/date=2025-01-07/old/SPX/'), ['flat', 'SPX', '2025-10-22']);
    assert.deepEqual(told('/desk/ticker=NDX/date=2025-01-07'), ['hive', 'NDX', '2025-01-07']);
    assert.deepEqual(told('/desk/ticker=NDX/'), ['hive', 'NDX', '2025-01-07']);
    assert.deepEqual(told('/desk'), ['hive', 'NDX', '2025-01-07']);
    assert.deepEqual(told('/env=x/lake', '/env=x/lake/ticker=SPX/endpoint=zero/1.parquet'), ['hive', 'SPX', null]);
  });

  test('the snapshots that go with strikes have the same name but for that word', () => {
    assert.equal(snapshotsBeside('/a/strikes/20251022.strikes.parquet'), '/a/strikes/20251022.snapshots.parquet');
    assert.equal(snapshotsBeside('/a/SPX_strikes_1.parquet'), '/a/SPX_snapshots_1.parquet');
    assert.equal(snapshotsBeside('/a/20251022.parquet'), null);
  });
});
