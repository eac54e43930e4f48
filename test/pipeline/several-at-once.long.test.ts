import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { ImportResult, Job } from '../../src/core/job.ts';
import { makeLake, only, type Lake, type Ran } from '../support/gexlake.ts';
import { name, put, records } from '../support/records.ts';

const folder = 'parquet/gex/2025/10/SPX/gex_zero';

const resultsOf = ({ stdout }: Ran) => JSON.parse(stdout) as ImportResult[];

let corrections = 0;

async function correct(lake: Lake, { job_id }: ImportResult, seconds: Parameters<typeof put>[2]): Promise<Ran> {
  const source = await put(join(lake.desk, `right ${corrections++}`), name, seconds);
  return lake.spawn(['correct', job_id, source, '--reason', 'right']);
}

/** How many seconds are live, each of them once, and all as the log says. */
async function secondsOf(lake: Lake): Promise<number> {
  const [row] = await lake.query('SELECT count(*) AS rows, count(DISTINCT timestamp) AS seconds FROM snapshots');
  assert.equal(row?.['rows'], row?.['seconds']);
  assert.equal((await lake.run(['verify'])).exitCode, 0);
  return Number(row?.['seconds']);
}

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

  test('corrections of what was withdrawn leave no second twice', async (context) => {
    const lake = await makeLake(context);
    const job = only(await lake.import([await put(lake.desk, name, records(60))]));
    assert.equal((await lake.run(['withdraw', job.job_id, '--reason', 'wrong'])).exitCode, 0);
    const ran = await Promise.all([correct(lake, job, records(100)), correct(lake, job, records(50))]);
    // The one that was asked for first may come too late.
    for (const { exitCode, stderr } of ran) assert.ok(exitCode === 0 || stderr.includes('[CHANGED_SINCE]'), stderr);
    assert.ok(ran.some(({ exitCode }) => exitCode === 0));
    assert.ok([50, 100].includes(await secondsOf(lake)));
  });

  test('a correction replaces its session, and an import beside it adds to one or the other', async (context) => {
    const lake = await makeLake(context);
    const job = only(await lake.import([await put(lake.desk, name, records(60))]));
    const later = await put(join(lake.desk, 'later'), name, records(20, 500));
    const [corrected] = await Promise.all([correct(lake, job, records(50)), lake.spawn(['import', later])]);
    assert.equal(corrected.exitCode, 0, corrected.stderr);
    assert.ok([50, 70].includes(await secondsOf(lake)));
  });

  test('two runners never do one job twice', async (context) => {
    const lake = await makeLake(context);
    const days = ['21', '22', '23'];
    const sources = await Promise.all(
      days.map((day, at) => put(lake.desk, name.replace('22', day), records(40, (at - 1) * 86_400))),
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
