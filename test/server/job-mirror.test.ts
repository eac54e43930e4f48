import assert from 'node:assert/strict';
import { copyFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createApp, type App } from '../../src/app/app.ts';
import { readConfig } from '../../src/config/config.ts';
import type { Job, JobEvent } from '../../src/core/job.ts';
import { JobMirror } from '../../src/server/job-mirror.ts';
import { loseJournal } from '../support/duckdb.ts';
import { makeLake, type Lake, type Owner } from '../support/gexlake.ts';
import { long, test } from '../support/shares.ts';

async function appOn(lake: Lake): Promise<App> {
  return createApp(await readConfig({ data_dir: lake.folder }, { GEXLAKE_ACTOR: 'tester' }));
}

async function mirrorOf(owner: Owner, app: App): Promise<JobMirror> {
  const mirror = new JobMirror(app);
  owner.after(async () => mirror.stop());
  await mirror.start();
  return mirror;
}

/** Enqueues jobs in the order of their days. */
async function enqueue(app: App, days: readonly number[]): Promise<Job[]> {
  return app.enqueue(
    days.map((day) => ({
      source: `/nowhere/2025-${String(1 + Math.floor(day / 28)).padStart(2, '0')}-${String(1 + (day % 28)).padStart(2, '0')}_SPX_classic_gex_zero.json`,
      publish: true,
    })),
  );
}

/** Settles once the mirror has told of so many events. */
async function told(mirror: JobMirror, count: number): Promise<JobEvent[]> {
  const heard: JobEvent[] = [];
  await new Promise<void>((resolve) => {
    mirror.listen((_jobs, events) => {
      heard.push(...events);
      if (heard.length >= count) resolve();
    });
  });
  return heard;
}

test('has the jobs of the log in their order, follows what others write, and tells of each event once', async (context) => {
  const lake = await makeLake(context);
  const [app, other] = [await appOn(lake), await appOn(lake)];
  await app.prepare();
  const first = await enqueue(app, [3, 1, 2]);
  const mirror = await mirrorOf(context, app);
  const events = told(mirror, 7);
  const more = await enqueue(
    other,
    Array.from({ length: 5 }, (_, at) => 10 + at),
  );
  await other.cancel([more[1]?.id ?? '', first[0]?.id ?? '']);
  const numbers = (await events).map((event) => event.number);
  assert.deepEqual(numbers, [4, 5, 6, 7, 8, 9, 10]);

  const newestFirst = [...first, ...more].map((job) => job.id).reverse();
  const all = mirror.list({}, null, 100);
  assert.deepEqual(
    all.map((job) => job.id),
    newestFirst,
  );
  const pages: string[] = [];
  for (let before: Job | null = null; ;) {
    const page: Job[] = mirror.list({ status: 'pending' }, before, 2);
    pages.push(...page.map((job) => job.id));
    if (page.length < 2) break;
    before = page.at(-1) ?? null;
  }
  assert.deepEqual(
    pages,
    newestFirst.filter((id) => id !== more[1]?.id && id !== first[0]?.id),
  );
  assert.deepEqual([mirror.counts.get('pending'), mirror.counts.get('cancelled')], [6, 2]);
  assert.deepEqual(
    mirror.list({ from: '2025-01-11', to: '2025-01-12' }, null, 9).map((job) => job.session_date),
    ['2025-01-12', '2025-01-11'],
  );
});

/** A log of three jobs, which as it was after the first lies in `older.db` on the desk; `kept` is that first. */
async function grownSince(context: Owner) {
  const lake = await makeLake(context);
  const app = await appOn(lake);
  await app.prepare();
  const kept = await enqueue(app, [1]);
  const path = join(lake.folder, 'gex_history.db');
  await copyFile(path, join(lake.desk, 'older.db'));
  await enqueue(app, [2, 3]);
  return { lake, app, kept, path };
}

long('reads all anew where another log has taken the place of the one it knew', async (context) => {
  const { lake, app, kept, path } = await grownSince(context);
  const mirror = await mirrorOf(context, app);
  assert.equal(mirror.counts.get('pending'), 3);
  // With its journal the log would be brought to its end again.
  await loseJournal(lake.folder);
  await copyFile(join(lake.desk, 'older.db'), path);
  while (mirror.counts.get('pending') !== 1) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(
    mirror.list({}, null, 9).map((job) => job.id),
    kept.map((job) => job.id),
  );
  assert.equal(mirror.last, 1);
});

long(
  'tells another log from the one it knew also where it has as many events, and where it is the same file',
  async (context) => {
    const { lake, app, kept, path } = await grownSince(context);
    await copyFile(path, join(lake.desk, 'newer.db'));
    const other = await makeLake(context);
    await copyFile(join(lake.desk, 'older.db'), join(other.desk, 'older.db'));
    await (await appOn(other)).prepare();
    await loseJournal(other.folder);
    await copyFile(join(other.desk, 'older.db'), join(other.folder, 'gex_history.db'));
    const others = await enqueue(await appOn(other), [7, 8, 9, 10]);

    const mirror = await mirrorOf(context, app);
    assert.equal(mirror.last, 3);
    const replaced = new Promise<number>((resolve) => mirror.onReplaced(resolve));
    await loseJournal(lake.folder);
    await copyFile(join(other.folder, 'gex_history.db'), path);
    assert.equal(await replaced, 3);
    assert.deepEqual(
      mirror.list({}, null, 9).map((job) => job.id),
      [...kept, ...others].map((job) => job.id).reverse(),
    );
    assert.deepEqual([mirror.last, mirror.counts.get('pending')], [5, 5]);

    // An equal log in another file is read anew, too: what this process has noted since may be missing in it.
    const again = new Promise<number>((resolve) => mirror.onReplaced(resolve));
    await copyFile(path, join(lake.desk, 'same.db'));
    await rename(join(lake.desk, 'same.db'), path);
    assert.equal(await again, 5);
    assert.deepEqual([mirror.last, mirror.counts.get('pending')], [5, 5]);
  },
);
