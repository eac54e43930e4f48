import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastFirst, makeLake, type Lake, type Owner } from '../support/gexlake.ts';
import { startService } from '../support/service.ts';
import { eager, enqueueAll, many, reason, snapshots, untilDone } from './many-jobs.ts';

const lonely = { GEXLAKE_LIMITS: '{"mass_snapshot_interval_ms":3600000,"requests_per_minute":1000000}' };

type Env = Readonly<Record<string, string>>;

function watch(owner: Owner, lake: Lake, args: readonly string[], env: Env): void {
  const running = lake.start(['run', '--watch', ...args], { env });
  owner.after(async () => {
    running.child.kill('SIGTERM');
    await running.ended;
  });
}

test('run --watch makes one snapshot for a batch that comes while it runs, none for few jobs', async (context) => {
  const owner = lastFirst(context);
  const lake = await makeLake(owner);
  watch(owner, lake, ['--workers', '2'], eager);
  await enqueueAll(lake, 'A', 2);
  await untilDone(lake, 2);
  assert.deepEqual(await snapshots(lake), []);
  await enqueueAll(lake, 'B', many);
  await untilDone(lake, 2 + many);
  assert.deepEqual(await snapshots(lake), [reason]);
});

test('serve makes one snapshot for a batch that comes while it runs, none for few jobs', async (context) => {
  const owner = lastFirst(context);
  const lake = await makeLake(owner);
  await startService(owner, lake, { env: eager });
  await enqueueAll(lake, 'A', 2);
  await untilDone(lake, 2);
  assert.deepEqual(await snapshots(lake), []);
  await enqueueAll(lake, 'B', many);
  await untilDone(lake, 2 + many);
  assert.deepEqual(await snapshots(lake), [reason]);
});

test('makes another for the next batch', async (context) => {
  const owner = lastFirst(context);
  const lake = await makeLake(owner);
  await enqueueAll(lake, 'A', many);
  await startService(owner, lake, { env: eager });
  await untilDone(lake, many);
  await enqueueAll(lake, 'B', many);
  await untilDone(lake, 2 * many);
  assert.deepEqual(await snapshots(lake), [reason, reason]);
});

test('makes no more of them than its limit says, for whatever comes', async (context) => {
  const owner = lastFirst(context);
  const lake = await makeLake(owner);
  await enqueueAll(lake, 'A', many);
  watch(owner, lake, [], lonely);
  await untilDone(lake, many);
  await enqueueAll(lake, 'B', many);
  await untilDone(lake, 2 * many);
  assert.deepEqual(await snapshots(lake), [reason]);
});
