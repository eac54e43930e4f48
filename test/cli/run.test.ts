import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImportResult, Job } from '../../src/core/job.ts';
import { makeLake, only, type Running } from '../support/gexlake.ts';
import { lockDatabase } from '../support/lock.ts';
import { name, put, records } from '../support/records.ts';
import { startOrigin } from '../support/origin.ts';
import { long, test } from '../support/shares.ts';

const origin = await startOrigin();
after(() => origin.close());
const env = { GEXLAKE_SOURCE_ALLOW: origin.origin, GEXLAKE_LIMITS: '{"stall_timeout_ms":1500,"retry_base_ms":1}' };

/** What Ctrl-C in a terminal does, or closing it: the signal goes to the program and to its importer. */
function interrupt({ child }: Running, signal: 'SIGINT' | 'SIGHUP' = 'SIGINT'): void {
  process.kill(-(child.pid ?? 0), signal);
}

long('run --watch takes jobs as they come, until it is interrupted', async (context) => {
  const lake = await makeLake(context);
  const running = lake.start(['run', '--watch', '--json'], { group: true });
  const job = only(await lake.json<Job[]>(['enqueue', await put(lake.desk, name, records(20))]));
  await running.says(/"event":"result"/);
  interrupt(running);
  const { exitCode, stdout } = await running.ended;
  assert.equal(exitCode, 130);
  const result = only(JSON.parse(stdout) as ImportResult[]);
  assert.deepEqual([result.job_id, result.status], [job.id, 'completed']);
});

long('one interrupt lets the running import finish and takes nothing new', async (context) => {
  const lake = await makeLake(context);
  origin.serve(`/slow/${name}`, { body: JSON.stringify(records(40)), etag: '"1"', ranges: true, stallAfter: 900 });
  const next = await put(lake.desk, name, records(40, 1000));
  const running = lake.start(['import', origin.url(`/slow/${name}`), next, '--json'], { env, group: true });
  await running.says(/"step":"download"/);
  interrupt(running);
  await running.says(/finishing the running import/);
  const { exitCode, stdout } = await running.ended;
  assert.equal(exitCode, 130);
  assert.deepEqual(
    (JSON.parse(stdout) as ImportResult[]).map(({ status }) => status),
    ['completed'],
  );
  assert.equal((await lake.jobs()).length, 1);
});

long('two interrupts end the running import; its job fails as interrupted and can be retried', async (context) => {
  const lake = await makeLake(context);
  origin.serve(`/stuck/${name}`, { body: JSON.stringify(records(40)), etag: '"1"', ranges: true, stallAfter: 900 });
  const next = await put(lake.desk, name, records(40, 1000));
  const patient = { ...env, GEXLAKE_LIMITS: '{}' };
  const running = lake.start(['import', origin.url(`/stuck/${name}`), next, '--json'], { env: patient, group: true });
  await running.says(/"step":"download"/);
  interrupt(running);
  await running.says(/finishing the running import/);
  interrupt(running);
  const { exitCode, stdout } = await running.ended;
  assert.equal(exitCode, 130);
  const result = only(JSON.parse(stdout) as ImportResult[]);
  assert.equal(result.error?.code, 'INTERRUPTED');
  for (const folder of ['parquet', 'source', '.work']) assert.deepEqual(await lake.files(folder), [], folder);
  await lake.json<Job[]>(['jobs', 'retry', result.job_id]);
  assert.equal(only(await lake.json<ImportResult[]>(['run'], { env })).status, 'completed');
});

const ways = {
  once: { error: null, statuses: ['completed', 'completed', 'pending'] },
  twice: { error: 'INTERRUPTED', statuses: ['failed', 'failed', 'pending'] },
};
for (const [way, { error, statuses }] of Object.entries(ways)) {
  long(
    `an interrupt, ${way}, reaches every importer of run --workers 2, and none takes another job`,
    async (context) => {
      const lake = await makeLake(context);
      const go = Promise.withResolvers<void>();
      const paths = ['22', '23', '24'].map((day) => `/${way}/${name.replace('22', day)}`);
      for (const [at, path] of paths.entries()) {
        const body = JSON.stringify(records(40, at * 86_400));
        origin.serve(path, { body, stallAfter: 900, stallUntil: go.promise });
      }
      await lake.run(['enqueue', ...paths.map(origin.url)], { env });
      const patient = { ...env, GEXLAKE_LIMITS: '{"stall_timeout_ms":3600000}' };
      const running = lake.start(['run', '--workers', '2', '--json'], { env: patient, group: true });
      while (origin.requests.filter(({ path }) => paths.includes(path)).length < 2) await sleep(50);
      interrupt(running);
      await running.says(/finishing the running import/);
      if (error === null) go.resolve();
      else interrupt(running);
      const { exitCode, stdout } = await running.ended;
      assert.equal(exitCode, 130);
      const codes = (JSON.parse(stdout) as ImportResult[]).map((result) => result.error?.code ?? null);
      assert.deepEqual(codes, [error, error]);
      assert.deepEqual((await lake.jobs()).map(({ status }) => status).sort(), statuses);
    },
  );
}

long('the last import is finished when its terminal is closed, and that is no interrupt', async (context) => {
  const lake = await makeLake(context);
  origin.serve(`/last/${name}`, { body: JSON.stringify(records(40)), etag: '"1"', ranges: true, stallAfter: 900 });
  const running = lake.start(['import', origin.url(`/last/${name}`)], { env, group: true });
  await running.says(/"step":"download"/);
  interrupt(running, 'SIGHUP');
  const { exitCode, stdout } = await running.ended;
  assert.equal(exitCode, 0);
  assert.match(stdout, /completed/);
});

test('run with nothing to do says so; --once and --watch exclude each other', async (context) => {
  const lake = await makeLake(context);
  const nothing = await lake.run(['run']);
  assert.deepEqual([nothing.exitCode, nothing.stdout, nothing.stderr], [0, '', 'no pending jobs\n']);
  const both = await lake.run(['run', '--once', '--watch']);
  assert.equal(both.exitCode, 2);
  assert.match(both.stderr, /exclude each other \[USAGE\]/);
});

long('a watching runner outlives a log that is locked for a while', async (context) => {
  const lake = await makeLake(context);
  await lake.import([await put(lake.desk, name, records(20))]);
  const held = await lockDatabase(join(lake.folder, 'gex_history.db'));
  const brief = { ...env, GEXLAKE_LIMITS: '{"lock_wait_ms":50}' };
  const running = lake.start(['run', '--watch', '--json'], { env: brief, group: true });
  await running.says(/"event":"warning".*is in use by process \d+/);
  await held.release();
  const job = only(await lake.json<Job[]>(['enqueue', await put(join(lake.desk, 'b'), name, records(20, 100))]));
  await running.says(new RegExp(`"result","job_id":"${job.id}","status":"completed"`));
  interrupt(running);
  assert.equal((await running.ended).exitCode, 130);
});
