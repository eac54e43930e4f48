import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, suite } from 'node:test';
import { makeLake, only } from '../support/gexlake.ts';
import { name, put, records, recordsOf } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

/** The records as JSON, with one more field in each, written out as it is. */
function withField(count: number, field: (at: number) => string): string {
  return `[${records(count)
    .map((made, at) => JSON.stringify(made).replace(/}$/, `,${field(at)}}`))
    .join(',')}]`;
}

suite('fields that change from one file to the next', { concurrency: false }, () => {
  const lakeIs = makeLake({ after });

  long('the digits of an unknown field are published, and another one is another value', async () => {
    const lake = await lakeIs;
    const first = await put(
      join(lake.desk, 'a'),
      name,
      withField(3, (at) => `"seq":900719925474099${at},"a":0.0`),
    );
    assert.equal(only(await lake.import([first])).status, 'completed');
    const rows = await lake.query('SELECT extra FROM snapshots ORDER BY timestamp');
    assert.deepEqual(
      rows.map((row) => row['extra']),
      [0, 1, 2].map((at) => `{"seq":900719925474099${at},"a":0.0}`),
    );
    const longer = await put(
      join(lake.desk, 'b'),
      name,
      withField(5, (at) => `"seq":900719925474099${at}.0,"a":0`),
    );
    const extended = only(await lake.import([longer]));
    assert.deepEqual([extended.status, extended.records_processed, extended.records_duplicate], ['completed', 2, 3]);
    const other = await put(
      join(lake.desk, 'c'),
      name,
      withField(5, (at) => `"seq":900719925474099${at},"a":-0`),
    );
    const { error } = only(await lake.import([other]));
    assert.equal(error?.code, 'ROWS_CONFLICT');
    assert.match(error?.message ?? '', /extra/);
  });

  long('numbers in texts and odd texts are told on standard error and in the log, and are no error', async () => {
    const lake = await lakeIs;
    const made = recordsOf('SPY', 20, { zero_gamma: '6000.5' });
    const content = JSON.stringify(made).replace('"min_dte"', '"note":"cut \\ud83d","min_dte"');
    const file = await put(lake.desk, '2025-10-22_SPY_classic_gex_zero.json', content);
    const { exitCode, stdout, stderr } = await lake.run(['import', file, '--json']);
    assert.equal(exitCode, 0, stderr);
    const { job_id } = only(JSON.parse(stdout) as { job_id: string }[]);
    const told =
      /2025-10-22_SPY_classic_gex_zero\.json: numbers written as texts, read as numbers: zero_gamma \(20 records, first: record 0, byte 1\)/;
    assert.match(stderr, told);
    assert.match(stderr, /half a character written out as its escape: note \(1 records/);
    const events = await lake.query(`SELECT event, detail FROM job_events WHERE job_id = '${job_id}'`);
    const names = new Set(events.map((row) => row['event']));
    assert.ok(names.has('numbers_in_text') && names.has('half_characters') && names.has('unknown_fields'));
    const [row] = await lake.query("SELECT zero_gamma, extra FROM snapshots WHERE ticker = 'SPY' ORDER BY timestamp");
    assert.deepEqual(row, { zero_gamma: 6000.5, extra: '{"note":"cut \\\\ud83d"}' });
  });

  test('a known field of another type fails the job by its name, record and byte, and nothing is published', async () => {
    const lake = await lakeIs;
    const made = recordsOf('QQQ', 20, { zero_gamma: { value: 1 } });
    const file = await put(lake.desk, '2025-10-22_QQQ_classic_gex_zero.json', JSON.stringify(made));
    const { exitCode, stdout } = await lake.run(['import', file, '--json']);
    const { error } = only(JSON.parse(stdout) as { error: Record<string, string> }[]);
    assert.deepEqual([exitCode, error['code']], [1, 'FIELD_TYPE']);
    assert.match(error['message'] ?? '', /record 0, byte 1: field zero_gamma is of another type in 20 of 20 records/);
    assert.deepEqual(await lake.files('parquet/gex/2025/10/QQQ'), []);
  });
});
