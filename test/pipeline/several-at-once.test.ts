import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { ImportResult, Job } from '../../src/core/job.ts';
import { makeLake, only, type Ran } from '../support/gexlake.ts';
import { name, put, records } from '../support/records.ts';

const folder = 'parquet/gex/2025/10/SPX/gex_zero';

const resultsOf = ({ stdout }: Ran) => JSON.parse(stdout) as ImportResult[];

suite('several at once', () => {
  test('imports of different sessions both succeed, and share a month', async (context) => {
    const lake = await makeLake(context);
    const days = ['21', '22', '23'];
    const sources = await Promise.all(
      days.map((day, at) => put(lake.desk, name.replace('22', day), records(40, (at - 1) * 86_400))),
    );
    const ran = await Promise.all(sources.map((source) => lake.spawn(['import', source, '--json'])));
    for (const one of ran) assert.equal(one.exitCode, 0, one.stderr);
    const [row] = await lake.query('SELECT count(*) AS records, count(DISTINCT session_date) AS days FROM snapshots');
    assert.deepEqual(row, { records: 120, days: 3 });
    assert.equal((await lake.files(folder)).length, 6);
    assert.ok((await lake.files(folder)).includes('strikes.parquet'));
  });

  test('imports of the same session publish it once', async (context) => {
    const lake = await makeLake(context);
    const sources = await Promise.all(['a', 'b'].map((place) => put(join(lake.desk, place), name, records(60))));
    const ran = await Promise.all(sources.map((source) => lake.spawn(['import', source, '--json'])));
    const results = ran.map((one) => only(resultsOf(one)));
    const completed = only(results.filter(({ status }) => status === 'completed'));
    for (const { status, skipped_as } of results.filter((result) => result !== completed)) {
      assert.deepEqual([status, skipped_as], ['skipped', completed.job_id]);
    }
    assert.deepEqual(await lake.files('parquet'), [
      'gex/2025/10/SPX/gex_zero/snapshots.parquet',
      'gex/2025/10/SPX/gex_zero/strikes.parquet',
    ]);
    assert.deepEqual(await lake.files('source'), [completed.staged_path?.slice('source/'.length)]);
  });

  test('two runners never do one job twice', async (context) => {
    const lake = await makeLake(context);
    const days = Array.from({ length: 5 }, (_, at) => String(20 + at));
    const sources = await Promise.all(
      days.map((day, at) => put(lake.desk, name.replace('22', day), records(40, (at - 2) * 86_400))),
    );
    const jobs = await lake.json<Job[]>(['enqueue', ...sources]);
    const ran = await Promise.all([lake.spawn(['run', '--json']), lake.spawn(['run', '--json'])]);
    const done = ran.flatMap(resultsOf).map(({ job_id, status }) => `${job_id} ${status}`);
    assert.deepEqual(
      done.sort(),
      jobs.map(({ id }) => `${id} completed`),
    );
    const events = await lake.query(
      "SELECT count(*) AS events FROM job_events WHERE event = 'started' GROUP BY job_id",
    );
    assert.deepEqual(
      events,
      jobs.map(() => ({ events: 1 })),
    );
  });
});
