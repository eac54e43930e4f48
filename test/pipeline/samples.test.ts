import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ImportResult } from '../../src/core/job.ts';
import { readRows, type Row } from '../parquet/read.ts';
import { makeLake } from '../support/gexlake.ts';
import { put } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

const samples = join(import.meta.dirname, '../../../shared/samples');
const session = '2026-02-25';
/** Ticker: records read, processed, duplicate, set aside, and strike rows in the file. */
const expected: Readonly<Record<string, readonly [number, number, number, number, number]>> = {
  AAPL: [33, 30, 2, 1, 1221],
  IWM: [33, 30, 2, 1, 2214],
  NDX: [33, 29, 3, 1, 3294],
  QQQ: [33, 30, 2, 1, 3366],
  SPX: [33, 30, 2, 1, 3054],
  SPY: [33, 30, 2, 1, 3338],
};
const tickers = Object.keys(expected);
const nameOf = (ticker: string) => `${session}_${ticker}_state_gex_zero.json`;
const folderOf = (ticker: string) => `parquet/gex/2026/02/${ticker}/state_gex_zero`;

type GexRecord = {
  readonly timestamp: number;
  readonly strikes: readonly (readonly [number, number, number, number[]])[];
};

/** The records that an import publishes: of the session's New York date, the first of each second. */
function published(all: readonly GexRecord[]): GexRecord[] {
  const start_s = Date.parse(`${session}T05:00:00Z`) / 1000;
  const known = new Set<number>();
  return all.filter(({ timestamp }) => {
    const isNew = timestamp >= start_s && timestamp < start_s + 86_400 && !known.has(timestamp);
    known.add(timestamp);
    return isNew;
  });
}

const isThere = existsSync(samples);
const sources = new Map<string, Buffer>();
if (isThere) for (const ticker of tickers) sources.set(ticker, await readFile(join(samples, nameOf(ticker))));
const lake = await makeLake({ after });
const results = isThere ? await lake.import(tickers.map((ticker) => join(samples, nameOf(ticker)))) : [];

suite('captured vendor files', { skip: !isThere && `${samples} is not there` }, () => {
  const recordsOf = (ticker: string) => JSON.parse(String(sources.get(ticker))) as GexRecord[];

  for (const [ticker, counts] of Object.entries(expected)) {
    test(`${ticker}: the counts`, () => {
      const result = results.find((found) => found.ticker === ticker);
      assert.ok(result !== undefined);
      assert.equal(result.status, 'completed');
      assert.equal(result.endpoint, 'state_gex_zero');
      assert.deepEqual(result.session_dates, [session]);
      const { records_read, records_processed, records_duplicate, records_quarantined } = result;
      const rowsInFile = recordsOf(ticker).reduce((sum, { strikes }) => sum + strikes.length, 0);
      assert.deepEqual([records_read, records_processed, records_duplicate, records_quarantined, rowsInFile], counts);
      const rows = published(recordsOf(ticker)).reduce((sum, { strikes }) => sum + strikes.length, 0);
      assert.equal(result.strike_rows, rows);
    });

    test(`${ticker}: every published value is the source's`, async () => {
      const records = published(recordsOf(ticker)).sort((left, right) => left.timestamp - right.timestamp);
      const strikes = await readRows(join(lake.folder, folderOf(ticker), 'strikes.parquet'));
      assert.deepEqual(strikes, records.flatMap(strikeRows));
      const snapshots = await readRows(join(lake.folder, folderOf(ticker), 'snapshots.parquet'));
      assert.deepEqual(snapshots, records.map(snapshotRow));
    });
  }

  test('each source is staged once, unchanged and read-only', async () => {
    assert.deepEqual(
      await lake.files('source'),
      tickers.map((ticker) => `gexbot/${nameOf(ticker)}`),
    );
    for (const result of results) {
      const path = join(lake.folder, result.staged_path ?? '');
      assert.deepEqual(await readFile(path), sources.get(result.ticker ?? ''));
      assert.equal((await stat(path)).mode & 0o777, 0o444);
    }
  });

  long('the same bytes again, plain, gzipped or misnamed, are skipped and leave nothing behind', async () => {
    const before = [await lake.tree('source'), await lake.tree('parquet')];
    const ways: Readonly<Record<string, () => Promise<string[]>>> = {
      plain: async () => tickers.map((ticker) => join(samples, nameOf(ticker))),
      gzipped: async () => putAll('gzipped', '.gz', gzipSync),
      misnamed: async () => (await putAll('misnamed', '.gz', (source) => source)).slice(0, 2),
    };
    for (const [way, make] of Object.entries(ways)) {
      const again = await lake.import(await make());
      assertSkipped(again, way);
      for (const result of again) assert.equal(result.records_read, 0, way);
    }
    assert.deepEqual([await lake.tree('source'), await lake.tree('parquet')], before);
  });

  long('the same records in other bytes are skipped by their rows', async () => {
    const before = [await lake.tree('source'), await lake.tree('parquet')];
    const indented = (source: Buffer) => Buffer.from(JSON.stringify(JSON.parse(String(source)), null, 2));
    const again = await lake.import(await putAll('indented', '', indented));
    assertSkipped(again, 'indented');
    for (const result of again) {
      const [read, processed, duplicate, quarantined] = expected[result.ticker ?? ''] ?? [];
      assert.equal(result.records_read, read);
      assert.equal(result.records_processed, 0);
      assert.equal(result.records_duplicate, (processed ?? 0) + (duplicate ?? 0));
      assert.equal(result.records_quarantined, quarantined);
    }
    assert.deepEqual([await lake.tree('source'), await lake.tree('parquet')], before);
    assert.deepEqual(await lake.files('.work'), []);
  });

  async function putAll(folder: string, ending: string, change: (source: Buffer) => Buffer): Promise<string[]> {
    const paths = tickers.map((ticker) => {
      const source = sources.get(ticker) ?? Buffer.alloc(0);
      return put(join(lake.desk, folder), nameOf(ticker) + ending, change(source));
    });
    return Promise.all(paths);
  }

  function assertSkipped(again: readonly ImportResult[], way: string): void {
    for (const [at, result] of again.entries()) {
      assert.equal(result.status, 'skipped', way);
      assert.equal(result.skipped, true);
      assert.equal(result.skipped_as, results[at]?.job_id, way);
      assert.equal(result.staged_path, null);
      assert.deepEqual(result.parquet_files, []);
    }
  }
});

function strikeRows(record: GexRecord): Row[] {
  const { ticker, spot } = record as unknown as { readonly ticker: string; readonly spot: number };
  return record.strikes.map(([strike, gex_vol, gex_oi, priors]) => ({
    endpoint: 'state_gex_zero',
    session_date: session,
    timestamp: record.timestamp * 1e6,
    ticker,
    spot,
    strike,
    gex_vol,
    gex_oi,
    priors,
  }));
}

function snapshotRow(record: GexRecord): Row {
  const { timestamp, ticker, strikes: _, max_priors, ...scalars } = record as unknown as Record<string, unknown>;
  const block = { endpoint: 'state_gex_zero', session_date: session, timestamp: Number(timestamp) * 1e6, ticker };
  return { ...block, ...scalars, max_priors, extra: null };
}
