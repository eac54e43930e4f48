import assert from 'node:assert/strict';
import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Coverage } from '../../src/core/coverage.ts';
import { errorOf, makeLake } from '../support/gexlake.ts';
import { appOn, putSession, told, weekdaysOf, type Cut } from '../support/sessions.ts';

const seconds = (iso: string) => Date.parse(iso) / 1000;
const until =
  (iso: string): Cut =>
  ({ timestamp }) =>
    timestamp <= seconds(iso);
const from =
  (iso: string): Cut =>
  ({ timestamp }) =>
    timestamp >= seconds(iso);

const lake = await makeLake({ after });
const app = await appOn(lake);

suite('coverage of real imports', { concurrency: false }, () => {
  before(async () => {
    const sources = [
      // the last session before the clocks go back, and the first behind
      await putSession(lake, 'SPX', '2025-10-31'),
      await putSession(lake, 'SPX', '2025-11-03'),
      await putSession(lake, 'SPX', '2025-11-05', from('2025-11-05T14:35:00Z')),
      await putSession(lake, 'SPX', '2025-11-06', until('2025-11-06T20:30:00Z')),
      await putSession(lake, 'SPX', '2025-11-07', (_record, index) => index < 100 || index >= 102),
      await putSession(lake, 'SPX', '2025-11-10', () => true, 260),
      // half days: one stops at 13:00, the other runs on to 16:00
      await putSession(lake, 'SPX', '2025-11-28', until('2025-11-28T18:00:00Z')),
      await putSession(lake, 'SPX', '2025-12-24'),
      await putSession(lake, 'NQ_NDX', '2025-11-03'),
    ];
    const results = await lake.import(sources);
    assert.deepEqual([...new Set(results.map(({ status }) => status))], ['completed']);
    const pending = await putSession(lake, 'SPX', '2025-11-12');
    assert.equal((await lake.run(['enqueue', pending])).exitCode, 0);
    const staged = await putSession(lake, 'SPX', '2025-11-13');
    assert.equal((await lake.run(['import', staged, '--no-publish'])).exitCode, 0);
    const gone = join(lake.desk, 'gone', '2025-11-14_SPX_classic_gex_zero.json');
    assert.equal((await lake.run(['import', gone])).exitCode, 1);
  });

  test('gives every day its state, with the reasons', async () => {
    const found = await app.coverage({ ticker: 'SPX', to: '2025-11-17', as_of: '2025-11-30' });
    assert.deepEqual(weekdaysOf(found), [
      '2025-10-31 available',
      '2025-11-03 available',
      '2025-11-04 missing',
      '2025-11-05 partial late_start',
      '2025-11-06 partial early_end',
      '2025-11-07 partial gap',
      '2025-11-10 partial few_records',
      '2025-11-11 missing',
      '2025-11-12 pending',
      '2025-11-13 pending',
      '2025-11-14 missing',
      '2025-11-17 missing',
    ]);
    const gap = found.rows.find(({ session_date }) => session_date === '2025-11-07');
    assert.deepEqual([gap?.records, gap?.largest_gap_s], [298, 234]);
    const late = found.rows.find(({ session_date }) => session_date === '2025-11-05');
    assert.match(late?.first_timestamp ?? '', /^2025-11-05T14:3[56]:/);
    assert.deepEqual([found.from, found.to, found.as_of_date], ['2025-10-31', '2025-11-17', '2025-11-30']);
  });

  test('knows closings and half days', async () => {
    const found = await app.coverage({ ticker: 'SPX', from: '2025-11-26', to: '2025-12-26', as_of: '2025-12-31' });
    const days = weekdaysOf(found).filter((day) => !day.endsWith(' missing'));
    assert.deepEqual(days, [
      '2025-11-27 closed closed',
      '2025-11-28 available',
      '2025-12-24 available',
      '2025-12-25 closed closed',
    ]);
  });

  test('judges by the sessions before a range as if they were in it', async () => {
    const [day] = (await app.coverage({ ticker: 'SPX', from: '2025-11-10', to: '2025-11-10', as_of: '2025-11-30' }))
      .rows;
    assert.equal(day && told(day), '2025-11-10 partial few_records');
  });

  test('moves on with the day that it is asked for: 89, 90 and 91 days', async () => {
    const state = async (as_of: string) => {
      const [day] = (await app.coverage({ ticker: 'SPX', from: '2025-11-04', to: '2025-11-04', as_of })).rows;
      return `${day?.state} ${day?.days_left}`;
    };
    assert.deepEqual(
      [await state('2026-02-01'), await state('2026-02-02'), await state('2026-02-03')],
      ['missing 1', 'missing 0', 'lost null'],
    );
  });

  test('begins with the first session of each ticker and endpoint, and has a row for each', async () => {
    const { rows } = await app.coverage({ as_of: '2025-11-07' });
    const firsts = new Map([...rows].reverse().map(({ ticker, session_date }) => [ticker, session_date]));
    assert.deepEqual(Object.fromEntries(firsts), { NQ_NDX: '2025-11-03', SPX: '2025-10-31' });
    assert.equal(rows.length, 5 + 8);
    const keys = new Set(rows.map(({ ticker, endpoint, session_date }) => `${ticker} ${endpoint} ${session_date}`));
    assert.equal(keys.size, rows.length);
  });

  test('of a ticker that the log does not know goes as far back as the vendor', async () => {
    const found = await app.coverage({ ticker: 'spy', endpoint: 'zero', as_of: '2025-11-07' });
    assert.deepEqual([found.from, found.to, found.counts.missing > 60], ['2025-08-09', '2025-11-07', true]);
    assert.equal(found.counts.lost + found.counts.available, 0);
    assert.deepEqual((await app.coverage({ ticker: 'SPY', as_of: '2025-11-07' })).rows, []);
  });

  test('is the same in every time zone, twice in a row, and changes nothing', async () => {
    const files = await lake.tree('.');
    const args = ['coverage', '--as-of', '2025-11-30', '--json'];
    const outputs = await Promise.all(
      ['UTC', 'America/New_York', 'Asia/Tokyo', 'UTC'].map((TZ) => lake.spawn(args, { env: { TZ } })),
    );
    for (const { exitCode, stdout, stderr } of outputs) {
      assert.deepEqual([exitCode, stderr], [0, '']);
      assert.equal(stdout, outputs[0]?.stdout);
    }
    assert.deepEqual(JSON.parse(outputs[0]?.stdout ?? ''), await app.coverage({ as_of: '2025-11-30' }));
    assert.deepEqual(await lake.tree('.'), files);
  });

  test('is drawn as a grid for each month, with what the marks mean', async () => {
    const { exitCode, stdout, stderr } = await lake.run(['coverage', '--as-of', '2025-11-17']);
    assert.equal(exitCode, 0);
    assert.deepEqual(stdout.split('\n').slice(0, 12), [
      '2025-10                   1         2         3',
      '                 1234567890123456789012345678901',
      'SPX gex_zero                                   █',
      '',
      '2025-11                   1         2         3',
      '                 123456789012345678901234567890',
      'NQ_NDX gex_zero    █!!!!··!!!!!··!',
      'SPX gex_zero     ··█!▄▄▄··▄!~~!··!',
      '',
      '█ available 3   ▄ partial 4   ! missing 14   ~ pending 2   – purged 0   · closed 10   ? unknown 0   x lost 0',
      '',
      'SESSION     TICKER  ENDPOINT  STATE    DAYS LEFT  WHY',
    ]);
    assert.match(stdout, /2025-11-07 {2}SPX +gex_zero {2}partial +80 {2}has a gap of 3 min 54 s\n/);
    assert.match(stderr, /`gexlake reconcile` lists them all/);
  });

  test('refuses what it cannot answer', async () => {
    for (const [args, code] of [
      [['--month', '2025-99'], 'USAGE'],
      [['--from', '2031-01-01'], 'USAGE'],
      [['--as-of', 'yesterday'], 'SESSION_DATE_INVALID'],
      [['--endpoint', 'gex'], 'ENDPOINT_UNKNOWN'],
    ] as const) {
      const ran = await lake.run(['coverage', ...args, '--json']);
      assert.equal(errorOf(ran).code, code);
      assert.equal(ran.stdout, '');
    }
  });

  test('counts what can be read where a file is damaged or gone, and says so', async () => {
    const snapshots = (await lake.files('parquet')).filter(
      (path) => path.includes('snapshots') && path.includes('/11/SPX/'),
    );
    const [first = '', second = ''] = snapshots;
    await rm(join(lake.folder, 'parquet', first));
    await truncate(join(lake.folder, 'parquet', second), 100);
    const ran = await lake.run(['coverage', '--as-of', '2025-11-17', '--json']);
    const found = JSON.parse(ran.stdout) as Coverage;
    assert.deepEqual(found.unreadable.map(({ code, path }) => `${code} ${path}`).toSorted(), [
      `FILE_MISSING parquet/${first}`,
      `FILE_SIZE parquet/${second}`,
    ]);
    assert.equal(found.counts.available + found.counts.partial, 5);
    assert.match(ran.stderr, /live files that are not as the log says: 2;/);
  });
});

test('a fresh folder has no sessions, and looking for them makes nothing', async (context) => {
  const fresh = await makeLake(context);
  const found = await fresh.json<Coverage>(['coverage']);
  assert.deepEqual([found.rows, found.from], [[], null]);
  assert.equal((await fresh.run(['coverage'])).stdout, 'no sessions known\n');
  assert.deepEqual(await fresh.files('.'), []);
});
