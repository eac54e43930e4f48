import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, suite } from 'node:test';
import type { ImportResult } from '../../src/core/job.ts';
import type { Reconciliation } from '../../src/core/reconciliation.ts';
import { makeLake, only, type Lake } from '../support/gexlake.ts';
import { open_s, put, record, recordsOf, type MadeRecord } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

const day_s = 86_400;
/** 16:00 in New York on 2025-10-21. */
const close_s = open_s - day_s + 6.5 * 3600;
const options = ['--ticker', 'SPX', '--endpoint', 'gex_zero'];

function withClose(ticker: string, count: number): MadeRecord[] {
  return [record(0, { ticker, timestamp: close_s }), ...recordsOf(ticker, count)];
}

async function importOne(
  lake: Lake,
  file: string,
  ...more: string[]
): Promise<ImportResult & { readonly stderr: string }> {
  const { stdout, stderr } = await lake.run(['import', file, ...more, '--json']);
  return { ...only(JSON.parse(stdout) as ImportResult[]), stderr };
}

suite('what the name of a source says', { concurrency: false }, () => {
  const lakeIs = makeLake({ after });

  long('a date counts although nothing else is said, and the true file of the day before has its session', async () => {
    const lake = await lakeIs;
    const file = await put(lake.desk, '2025-10-22_SPX_classic.json', withClose('SPX', 20));
    const first = await importOne(lake, file, ...options);
    assert.deepEqual([first.status, first.session_dates, first.records_quarantined], ['completed', ['2025-10-22'], 1]);
    const before = recordsOf('SPX', 20).map((made, at) =>
      Object.assign(made, { timestamp: close_s - 19 + at, spot: 5000 + at }),
    );
    const second = await importOne(lake, await put(lake.desk, '2025-10-21_SPX_classic_gex_zero.json', before));
    assert.deepEqual([second.status, second.records_processed], ['completed', 20]);
  });

  long('a downloader’s folders are read, one record a line', async () => {
    const lake = await lakeIs;
    const lines = withClose('NQ_NDX', 20).map((made) => JSON.stringify(made));
    const file = await put(join(lake.desk, 'data/2025-10-22/NQ_NDX/classic'), 'gex_one.jsonl', `${lines.join('\n')}\n`);
    const { status, ticker, endpoint, session_dates, records_quarantined } = await importOne(lake, file);
    assert.deepEqual(
      [status, ticker, endpoint, session_dates, records_quarantined],
      ['completed', 'NQ_NDX', 'gex_one', ['2025-10-22'], 1],
    );
  });

  long('an option counts more than the name, and that is told', async () => {
    const lake = await lakeIs;
    const file = await put(lake.desk, '2025-10-23_QQQ_classic_gex_zero.json', recordsOf('QQQ', 20));
    const { job_id, status, stderr } = await importOne(lake, file, '--date', '2025-10-22');
    assert.equal(status, 'completed');
    assert.match(
      stderr,
      /2025-10-23_QQQ_classic_gex_zero\.json: the file name says date 2025-10-23, 2025-10-22 counts/,
    );
    const events = await lake.query(
      `SELECT detail FROM job_events WHERE job_id = '${job_id}' AND event = 'contradiction'`,
    );
    assert.deepEqual(events, [{ detail: 'the file name says date 2025-10-23, 2025-10-22 counts' }]);
  });

  test('a date that name and records deny publishes nothing', async () => {
    const lake = await lakeIs;
    const file = await put(lake.desk, '2025-10-22_IWM_classic_gex_zero.json', recordsOf('IWM', 20));
    const { status, error } = await importOne(lake, file, '--date', '2025-10-21');
    assert.deepEqual([status, error?.code], ['failed', 'TOO_MANY_SET_ASIDE']);
    assert.deepEqual(await lake.files('parquet/gex/2025/10/IWM'), []);
  });

  long(
    'without any date, a lone second of an earlier session is set aside; one that is published is to be fetched',
    async () => {
      const lake = await lakeIs;
      const file = await put(lake.desk, 'day.json', withClose('SPY', 20));
      const spy = ['--ticker', 'SPY', '--endpoint', 'gex_zero'];
      const { session_dates, records_quarantined } = await importOne(lake, file, ...spy);
      assert.deepEqual([session_dates, records_quarantined], [['2025-10-22'], 1]);
      const alone = await put(lake.desk, 'one.json', withClose('SPY', 20).slice(0, 1));
      assert.deepEqual((await importOne(lake, alone, ...spy)).session_dates, ['2025-10-21']);
      const { to_fetch } = await lake.json<Reconciliation>([
        'reconcile',
        '--ticker',
        'SPY',
        '--from',
        '2025-10-21',
        '--as-of',
        '2025-10-22',
        '--out',
        join(lake.desk, 'r.md'),
      ]);
      assert.deepEqual(
        to_fetch.map(({ days_left, file_name }) => [days_left, file_name]),
        [[89, '2025-10-21_SPY_classic_gex_zero.json']],
      );
      assert.equal((await lake.run(['verify', '--deep'])).exitCode, 0);
    },
  );
});
