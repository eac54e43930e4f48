import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { readDatabase } from '../support/duckdb.ts';
import { lastFirst, makeLake, type Lake, type Owner } from '../support/gexlake.ts';
import { put, record } from '../support/made.ts';
import { startService } from '../support/service.ts';

/* More than ten jobs at once are a mass import, also where they come while somebody watches for jobs. */

const many = 11;
const lonely = { GEXLAKE_LIMITS: '{"mass_snapshot_interval_ms":3600000,"requests_per_minute":1000000}' };
const eager = { GEXLAKE_LIMITS: '{"mass_snapshot_interval_ms":0,"requests_per_minute":1000000}' };

/** Writes so many sources, of a ticker each, and enqueues all of them at once. */
async function enqueueAll(lake: Lake, prefix: string, count: number): Promise<void> {
  const sources = Array.from({ length: count }, (_, at) => {
    const ticker = `${prefix}${String.fromCharCode(65 + at)}`;
    const content = [record(0, { ticker }), record(1, { ticker })];
    return put(lake.desk, `2025-10-22_${ticker}_classic_gex_zero.json`, content);
  });
  const { exitCode, stderr } = await lake.run(['enqueue', ...(await Promise.all(sources))]);
  assert.equal(exitCode, 0, stderr);
}

async function untilDone(lake: Lake, count: number): Promise<void> {
  for (;;) {
    const rows = await readDatabase(join(lake.folder, 'gex_history.db'), 'SELECT status FROM import_jobs');
    const statuses = rows.map((row) => JSON.stringify(row['status']));
    assert.ok(!statuses.includes('"failed"'), statuses.join(' '));
    if (statuses.filter((status) => status === '"completed"').length === count) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The reasons of the snapshots that there are, oldest first. */
async function snapshots(lake: Lake): Promise<string[]> {
  const folder = join(lake.folder, 'backups');
  const names = (await readdir(folder).catch(() => [])).toSorted((left, right) => (left < right ? -1 : 1));
  const manifests = names.map(async (name) => {
    const manifest = (await readdir(join(folder, name))).find((file) => file.endsWith('.json')) ?? '';
    return (JSON.parse(await readFile(join(folder, name, manifest), 'utf8')) as { reason: string }).reason;
  });
  return Promise.all(manifests);
}

const reason = `before a mass import of ${many} jobs`;

type Watch = (owner: Owner, lake: Lake, env: Readonly<Record<string, string>>) => Promise<void>;

const watchers: Readonly<Record<string, Watch>> = {
  'run --watch --workers 2': async (owner, lake, env) => {
    const running = lake.start(['run', '--watch', '--workers', '2'], { env });
    owner.after(async () => {
      running.child.kill('SIGTERM');
      await running.ended;
    });
  },
  serve: async (owner, lake, env) => {
    const service = await startService(owner, lake, { env });
    owner.after(async () => void (await service.stop()));
  },
};

for (const [name, watch] of Object.entries(watchers)) {
  suite(name, () => {
    test('makes one snapshot for a batch that comes while it runs, none for few jobs', async (context) => {
      const owner = lastFirst(context);
      const lake = await makeLake(owner);
      await watch(owner, lake, eager);
      await enqueueAll(lake, 'A', 2);
      await untilDone(lake, 2);
      assert.deepEqual(await snapshots(lake), []);
      await enqueueAll(lake, 'B', many);
      await untilDone(lake, 2 + many);
      assert.deepEqual(await snapshots(lake), [reason]);
    });
  });
}

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
  const running = lake.start(['run', '--watch'], { env: lonely });
  owner.after(async () => {
    running.child.kill('SIGTERM');
    await running.ended;
  });
  await untilDone(lake, many);
  await enqueueAll(lake, 'B', many);
  await untilDone(lake, 2 * many);
  assert.deepEqual(await snapshots(lake), [reason]);
});
