import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readRows } from '../parquet/read.ts';
import { makeLake, only } from '../support/gexlake.ts';
import { name, open_s, put, record } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

const folder = 'parquet/gex/2025/10/SPX/gex_zero';

test('a record needs no more than timestamp, ticker and spot', async (context) => {
  const lake = await makeLake(context);
  const lean = [
    { timestamp: open_s, ticker: 'SPX', spot: 6700 },
    { timestamp: open_s + 1, ticker: 'SPX', spot: 6701.25 },
  ];
  const result = only(await lake.import([await put(lake.desk, name, lean)]));
  assert.equal(result.status, 'completed');
  assert.equal(result.records_processed, 2);
  assert.equal(result.strike_rows, 2);
  const strikes = await readRows(join(lake.folder, folder, 'strikes.parquet'));
  assert.deepEqual(strikes.map(Object.values), [
    ['gex_zero', '2025-10-22', open_s * 1e6, 'SPX', 6700, null, null, null, null],
    ['gex_zero', '2025-10-22', (open_s + 1) * 1e6, 'SPX', 6701.25, null, null, null, null],
  ]);
  const snapshots = await readRows(join(lake.folder, folder, 'snapshots.parquet'));
  assert.deepEqual(
    snapshots.map(({ spot, zero_gamma, max_priors }) => [spot, zero_gamma, max_priors]),
    [
      [6700, null, null],
      [6701.25, null, null],
    ],
  );
});

long('records without a session date in the name belong each to its own day and month', async (context) => {
  const lake = await makeLake(context);
  const month_s = 31 * 86_400;
  const days = [record(0), record(86_400), record(month_s)];
  const path = await put(lake.desk, 'three-days.json', days);
  const result = only(await lake.import([path, '--ticker', 'spx', '--endpoint', 'zero']));
  assert.deepEqual(result.session_dates, ['2025-10-22', '2025-10-23', '2025-11-22']);
  assert.equal(result.endpoint, 'gex_zero');
  assert.deepEqual(await lake.files('parquet'), [
    'gex/2025/10/SPX/gex_zero/snapshots.parquet',
    'gex/2025/10/SPX/gex_zero/strikes.parquet',
    'gex/2025/11/SPX/gex_zero/snapshots.parquet',
    'gex/2025/11/SPX/gex_zero/strikes.parquet',
  ]);
});

test('unknown fields are kept and reported once, records set aside are kept with their reason', async (context) => {
  const lake = await makeLake(context);
  const many = Array.from({ length: 20 }, (_, second) => record(second, { mood: 'calm' }));
  const path = await put(lake.desk, name, [...many, record(20, { spot: 0 })]);
  const result = only(await lake.import([path]));
  assert.equal(result.records_quarantined, 1);
  const [row] = await lake.query('SELECT count(*) AS kept FROM snapshots WHERE extra = \'{"mood":"calm"}\'');
  assert.deepEqual(row, { kept: 20 });
  const events = await lake.query(
    "SELECT event, detail FROM job_events WHERE event IN ('unknown_fields', 'set_aside') ORDER BY event",
  );
  assert.match(String(events[0]?.['detail']), /record 20, byte \d+, spot is 0/);
  assert.match(String(events[1]?.['detail']), /mood \(20 records\)/);
  assert.equal(events.length, 2);
  assert.deepEqual(await lake.files('quarantine'), [`${result.job_id}.ndjson`]);
});
