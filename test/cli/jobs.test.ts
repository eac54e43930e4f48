import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import type { Job } from '../../src/core/job.ts';
import { runOn } from '../support/duckdb.ts';
import { errorOf, makeLake, only } from '../support/gexlake.ts';
import { name, put, record, records } from '../support/records.ts';

suite('a fresh folder', () => {
  test('has no jobs, and looking for them makes no log', async (context) => {
    const lake = await makeLake(context);
    assert.deepEqual(await lake.jobs(), []);
    assert.equal((await lake.run(['jobs'])).stdout, 'no jobs\n');
    assert.deepEqual(await lake.json(['jobs', 'retry', '--failed']), []);
    const shown = await lake.run(['jobs', 'show', '019a', '--json']);
    assert.equal(shown.exitCode, 1);
    assert.equal(errorOf(shown).code, 'JOB_NOT_FOUND');
    assert.deepEqual(await lake.files('.'), []);
  });
});

suite('a staged job', { concurrency: false }, () => {
  const lakeIs = makeLake({ after });
  let jobId = '';
  const staging = () => `staging_strikes_${jobId}`;

  test('keeps its rows in gex_data.db and publishes nothing', async () => {
    const lake = await lakeIs;
    const result = only(await lake.import([await put(lake.desk, name, records(20)), '--no-publish']));
    jobId = result.job_id;
    assert.equal(result.status, 'staged');
    assert.equal(result.staging_table, staging());
    assert.equal(result.strike_rows, 100);
    assert.deepEqual(await lake.files('parquet'), []);
    assert.deepEqual(await lake.files('source'), [`gexbot/${name}`]);
    const rows = await runOn(
      join(lake.folder, 'gex_data.db'),
      `SELECT count(*) AS rows, sum(gex_vol) AS gex_vol, max(epoch(timestamp)) - min(epoch(timestamp)) AS seconds FROM ${staging()}`,
    );
    assert.deepEqual(rows, [{ rows: 100n, gex_vol: 950, seconds: 19 }]);
  });

  test('keeps them while another job is published', async () => {
    const lake = await lakeIs;
    const other = name.replace('SPX', 'NDX');
    const made = Array.from({ length: 5 }, (_, second) => record(second, { ticker: 'NDX' }));
    assert.equal(only(await lake.import([await put(lake.desk, other, made)])).status, 'completed');
    const rows = await runOn(join(lake.folder, 'gex_data.db'), `SELECT count(*) AS rows FROM ${staging()}`);
    assert.deepEqual(rows, [{ rows: 100n }]);
  });

  test('is published by a retry, from the staged source', async () => {
    const lake = await lakeIs;
    const source = await lake.tree('source');
    const retried = only(await lake.json<Job[]>(['jobs', 'retry', jobId]));
    assert.deepEqual([retried.id, retried.status, retried.publish], [jobId, 'pending', true]);
    const result = only(await lake.json<{ job_id: string; status: string; strike_rows: number }[]>(['run']));
    assert.deepEqual([result.job_id, result.status, result.strike_rows], [jobId, 'completed', 100]);
    assert.deepEqual(await lake.tree('source'), source);
    const [row] = await lake.query("SELECT count(*) AS rows FROM strikes WHERE ticker = 'SPX'");
    assert.deepEqual(row, { rows: 100 });
    const [left] = await runOn(
      join(lake.folder, 'gex_data.db'),
      "SELECT count(*) AS tables FROM information_schema.tables WHERE starts_with(table_name, 'staging')",
    );
    assert.deepEqual(left, { tables: 0n });
  });

  test('is over then: it is neither retried nor cancelled', async () => {
    const lake = await lakeIs;
    for (const verb of ['retry', 'cancel']) {
      const ran = await lake.run(['jobs', verb, jobId, '--json']);
      assert.equal(ran.exitCode, 1);
      assert.equal(errorOf(ran).code, 'JOB_STATE');
      assert.match(errorOf(ran).message, /is completed and cannot be/);
    }
  });
});

suite('pending and failed jobs', { concurrency: false }, () => {
  const lakeIs = makeLake({ after });
  let ids: string[] = [];

  test('enqueue writes all of its sources down, or none', async () => {
    const lake = await lakeIs;
    const paths = [await put(join(lake.desk, 'a'), name, records(5)), join(lake.desk, 'b', name)];
    const refused = await lake.run(['enqueue', ...paths, '/tmp/download.json', '--json']);
    assert.equal(refused.exitCode, 1);
    assert.equal(errorOf(refused).code, 'SOURCE_UNIDENTIFIED');
    assert.deepEqual(await lake.jobs(), []);
    const jobs = await lake.json<Job[]>(['enqueue', ...paths]);
    ids = jobs.map(({ id }) => id);
    assert.deepEqual(
      jobs.map(({ status, url, publish, attempts }) => [status, url, publish, attempts]),
      paths.map((path) => ['pending', path, true, 0]),
    );
  });

  test('run takes the oldest first; a failed one can be retried', async () => {
    const lake = await lakeIs;
    const first = only(await lake.json<{ job_id: string; status: string }[]>(['run', '--once']));
    assert.deepEqual([first.job_id, first.status], [ids[0], 'completed']);
    const second = await lake.run(['run', '--json']);
    assert.equal(second.exitCode, 1);
    const [failed] = await lake.jobs(['--status', 'failed']);
    assert.equal(failed?.id, ids[1]);
    assert.match(failed?.last_error ?? '', /^SOURCE_NOT_FOUND: /);
    await put(join(lake.desk, 'b'), name, records(5, 10));
    const retried = only(await lake.json<Job[]>(['jobs', 'retry', '--failed']));
    assert.deepEqual([retried.id, retried.status], [ids[1], 'pending']);
    const third = only(await lake.json<{ job_id: string; status: string }[]>(['run']));
    assert.deepEqual([third.job_id, third.status], [ids[1], 'completed']);
    const story = await lake.json<{ attempts: number; events: { event: string }[] }>(['jobs', 'show', ids[1] ?? '']);
    assert.equal(story.attempts, 2);
    assert.deepEqual(
      story.events.map(({ event }) => event),
      ['created', 'started', 'failed', 'retried', 'started', 'received', 'publishing', 'completed'],
    );
    assert.equal((await lake.run(['run'])).exitCode, 0);
  });

  test('a job is named by a beginning of its id that no other has', async () => {
    const lake = await lakeIs;
    const [id = ''] = ids;
    assert.equal((await lake.json<Job>(['jobs', 'show', id.slice(0, 16)])).id, id);
    assert.equal((await lake.json<Job>(['jobs', 'show', `${id.slice(0, 16)}…`])).id, id);
    const shared = await lake.run(['jobs', 'show', id.slice(0, 4), '--json']);
    assert.equal(errorOf(shared).code, 'JOB_NOT_FOUND');
    assert.match(errorOf(shared).message, /more than one job id starts with/);
    for (const wrong of ['0000', 'no id', "' OR 1=1"]) {
      assert.equal(errorOf(await lake.run(['jobs', 'show', wrong, '--json'])).code, 'JOB_NOT_FOUND', wrong);
    }
  });

  test('retry and cancel change all that they are given, or nothing', async () => {
    const lake = await lakeIs;
    const [job] = await lake.json<Job[]>(['enqueue', await put(join(lake.desk, 'c'), name, records(5, 20))]);
    const both = await lake.run(['jobs', 'cancel', job?.id ?? '', ids[0] ?? '', '--json']);
    assert.equal(errorOf(both).code, 'JOB_STATE');
    assert.equal((await lake.json<Job>(['jobs', 'show', job?.id ?? ''])).status, 'pending');
    const cancelled = only(await lake.json<Job[]>(['jobs', 'cancel', job?.id ?? '']));
    assert.equal(cancelled.status, 'cancelled');
    assert.notEqual(cancelled.finished_at, null);
    const none = await lake.run(['run', '--json']);
    assert.deepEqual([none.exitCode, JSON.parse(none.stdout)], [0, []]);
    for (const args of [['retry'], ['retry', '--failed', job?.id ?? '']]) {
      const ran = await lake.run(['jobs', ...args, '--json']);
      assert.deepEqual([ran.exitCode, errorOf(ran).code], [2, 'USAGE']);
    }
  });

  test('the list can be narrowed and limited', async () => {
    const lake = await lakeIs;
    assert.equal((await lake.jobs(['--limit', '1'])).length, 1);
    assert.equal((await lake.jobs(['--status', 'completed', '--ticker', 'spx', '--endpoint', 'zero'])).length, 2);
    assert.equal((await lake.jobs(['--ticker', 'NDX'])).length, 0);
    assert.equal((await lake.run(['jobs', '--status', 'lost'])).exitCode, 2);
    const table = await lake.run(['jobs']);
    assert.match(table.stdout, /^JOB +STATUS +TICKER/);
    assert.equal(table.stdout.trim().split('\n').length, 4);
  });
});
