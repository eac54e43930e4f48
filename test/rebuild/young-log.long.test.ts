import assert from 'node:assert/strict';
import { cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import { errorOf, makeLake, type Lake, type Owner } from '../support/gexlake.ts';
import { destroy, importDay, nameOf } from '../support/old-jobs.ts';
import { put, records, recordsOf } from '../support/records.ts';
import { long } from '../support/shares.ts';

/* Log and journal are lost while published files are there: no other log begins, and one that has begun takes them in. */

async function verified(lake: Lake): Promise<readonly string[]> {
  const { problems } = await lake.json<{ problems: { code: string }[] }>(['verify']);
  return problems.map(({ code }) => code);
}

/** A lake that has lost its log and journal with two sessions in it, and has begun others with `begin`, as an older program lets it. */
async function begunAnew(owner: Owner, begin: (lake: Lake) => Promise<unknown>): Promise<Lake> {
  const lake = await makeLake(owner);
  await importDay(lake, 22, true);
  await importDay(lake, 23);
  await destroy(lake);
  const before = join(lake.desk, 'before');
  await rename(lake.folder, before);
  await begin(lake);
  // What is there under the same name stays.
  for (const folder of ['parquet', 'source', 'quarantine'])
    await cp(join(before, folder), join(lake.folder, folder), { recursive: true, force: false });
  return lake;
}

async function importOther(lake: Lake): Promise<void> {
  await lake.import([await put(lake.desk, '2025-10-22_QQQ_classic_gex_zero.json', recordsOf('QQQ', 20))]);
}

suite('where log and journal are lost and files are published', () => {
  long('no command that writes begins another log', async (context) => {
    const lake = await makeLake(context);
    await importDay(lake, 22);
    await destroy(lake);
    const before = await lake.tree('.');
    const source = await put(lake.desk, nameOf(23), records(20, 86_400));
    for (const args of [['import', source], ['enqueue', source], ['run'], ['log', 'key', 'new']]) {
      const ran = await lake.run([...args, '--json']);
      assert.match(ran.stdout + ran.stderr, /LOG_LOST/, args.join(' '));
      assert.match(ran.stdout + ran.stderr, /restore --rebuild-log/);
    }
    assert.deepEqual(await lake.tree('.'), before);
    await lake.json(['restore', '--rebuild-log', '--apply']);
    assert.equal((await lake.import([source]))[0]?.status, 'completed');
    assert.deepEqual(await verified(lake), []);
  });

  long('a log that has begun all the same takes them in, and keeps what it has', async (context) => {
    const lake = await begunAnew(context, importOther);
    const [own] = await lake.jobs();
    const planned = await lake.json<{ plan: readonly unknown[] }>(['restore', '--rebuild-log']);
    assert.equal(planned.plan.length, 2);
    await lake.json(['restore', '--rebuild-log', '--apply']);
    assert.deepEqual(await verified(lake), []);
    const jobs = await lake.jobs();
    assert.equal(jobs.length, 3);
    assert.deepEqual(
      jobs.find(({ id }) => id === own?.id),
      own,
    );
    assert.equal((await lake.query('SELECT DISTINCT ticker, session_date FROM snapshots')).length, 3);
    const again = await lake.json<{ plan: readonly unknown[] }>(['restore', '--rebuild-log']);
    assert.deepEqual(again.plan, []);
  });

  long('repair puts none away by a log that knows hardly any, unless that is asked for', async (context) => {
    const lake = await begunAnew(context, async (young) => {
      await young.run(['enqueue', await put(young.desk, nameOf(26), records(20, 4 * 86_400))]);
    });
    const before = await lake.tree('parquet');
    const refused = errorOf(await lake.run(['repair', '--apply', '--json']));
    assert.equal(refused.code, 'LOG_LOST');
    assert.match(refused.hint ?? '', /restore --rebuild-log.*--trust-log/s);
    assert.deepEqual(await lake.tree('parquet'), before);
    const trusted = await lake.json<{ plan: { action: string }[] }>(['repair', '--trust-log']);
    assert.ok(trusted.plan.some(({ action }) => action === 'trash republished'));
  });

  long('a session that it has published again stays once, and what to do about it is said', async (context) => {
    const lake = await begunAnew(context, (young) => importDay(young, 23));
    const { notes } = await lake.json<{ notes: readonly string[] }>(['restore', '--rebuild-log', '--apply']);
    assert.match(notes.join('\n'), /SPX gex_zero 2025-10-23 is in files of job .*withdraw/s);
    assert.deepEqual(
      await lake.query('SELECT max(n) AS n FROM (SELECT count(*) AS n FROM snapshots GROUP BY timestamp)'),
      [{ n: 1 }],
    );
  });
});
