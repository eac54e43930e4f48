import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import type { ImportResult, Job } from '../../src/core/job.ts';
import { pretendToHaveLinked } from '../support/crashed.ts';
import { loseJournal, runOn } from '../support/duckdb.ts';
import { errorOf, makeLake, only, startGexlake, type Lake } from '../support/gexlake.ts';
import { name, put, records } from '../support/records.ts';
import { cannotMount, makeSmallDisk } from '../support/small-disk.ts';

const nobody = 65_534;

/** Why the program cannot be run as somebody without rights here, or false. */
async function cannotBeNobody(): Promise<string | false> {
  if (process.getuid?.() !== 0) return 'only root can run the program as somebody else';
  const { exitCode } = await startGexlake(['--version'], { uid: nobody, cwd: '/' }).ended.catch(() => ({
    exitCode: 1,
  }));
  return exitCode === 0 ? false : 'the program is not readable for other users here';
}

async function giveTo(uid: number, folder: string): Promise<void> {
  await chown(folder, uid, uid);
  for (const entry of await readdir(folder, { recursive: true })) await chown(join(folder, entry), uid, uid);
}

/** A lake into which others may look. */
async function openLake(context: Parameters<typeof makeLake>[0], isMade = true): Promise<Lake> {
  const lake = await makeLake(context);
  if (isMade) await mkdir(lake.folder, { mode: 0o755 });
  await chmod(dirname(lake.folder), 0o755);
  await chmod(lake.desk, 0o755);
  return lake;
}

const isRootOnly = await cannotBeNobody();

suite('a folder that this user may not write', { skip: isRootOnly }, () => {
  test('the data folder cannot be made', async (context) => {
    const lake = await openLake(context, false);
    const ran = await lake.spawn(['import', await put(lake.desk, name, records(20)), '--json'], { uid: nobody });
    assert.equal(ran.exitCode, 1);
    assert.equal(errorOf(ran).code, 'FOLDER_NOT_WRITABLE');
    assert.ok(errorOf(ran).message.includes(lake.folder));
  });

  test('the log cannot be written, but read', async (context) => {
    const lake = await openLake(context);
    const readable = { env: { GEXLAKE_LOG_MODE: '0644' } };
    const [done] = await lake.import([await put(lake.desk, name, records(20))], readable);
    const before = await lake.tree('.');
    const more = await put(join(lake.desk, 'more'), name, records(40));
    const ran = await lake.spawn(['import', more, '--json'], { uid: nobody });
    assert.equal(ran.exitCode, 1);
    assert.equal(errorOf(ran).code, 'FOLDER_NOT_WRITABLE');
    assert.match(errorOf(ran).message, /gex_history\.db/);
    const listed = await lake.spawn(['jobs', '--json'], { uid: nobody });
    assert.equal((JSON.parse(listed.stdout) as { id: string }[])[0]?.id, done?.job_id);
    const queried = await lake.spawn(['query', 'SELECT count(*) AS rows FROM strikes', '--json'], { uid: nobody });
    assert.deepEqual(JSON.parse(queried.stdout), [{ rows: 100 }]);
    const looked = [
      ['coverage', '--json'],
      ['reconcile', '--out', '-'],
    ].map((args) => lake.spawn(args, { uid: nobody }));
    for (const { exitCode, stderr } of await Promise.all(looked)) assert.equal(exitCode, 0, stderr);
    const report = await lake.spawn(['reconcile', '--json'], { uid: nobody });
    assert.equal(errorOf(report).code, 'FOLDER_NOT_WRITABLE');
    assert.deepEqual(await lake.tree('.'), before);
  });

  for (const folder of ['parquet', 'source', 'quarantine']) {
    test(`${folder}/ cannot be written: the job fails and says so`, async (context) => {
      const lake = await openLake(context);
      const stale = records(1, -86_400);
      await lake.import([await put(lake.desk, name, [...stale, ...records(20)])]);
      await giveTo(nobody, lake.folder);
      await mkdir(join(lake.folder, folder), { recursive: true });
      await giveTo(0, join(lake.folder, folder));
      const before = await lake.tree('parquet');
      const later = await put(join(lake.desk, 'later'), name.replace('NQ', 'SPX'), [...stale, ...records(40)]);
      const ran = await lake.spawn(['import', later, '--json'], { uid: nobody });
      const result = only(JSON.parse(ran.stdout) as Awaited<ReturnType<Lake['import']>>);
      assert.equal(result.error?.code, 'FOLDER_NOT_WRITABLE');
      assert.match(result.error.message, new RegExp(`/${folder}`));
      assert.deepEqual(await lake.tree('parquet'), before);
      assert.deepEqual(await lake.files('.work'), []);
      const [job] = await lake.jobs(['--limit', '1']);
      assert.match(job?.last_error ?? '', /^FOLDER_NOT_WRITABLE/);
    });
  }
});

test('what cannot be taken back stays known as not committed, until it can', { skip: isRootOnly }, async (context) => {
  const lake = await openLake(context);
  const done = only(await lake.import([await put(lake.desk, name, records(40))]));
  const night = await put(join(lake.desk, 'night'), name, records(70));
  const [job] = await lake.json<Job[]>(['enqueue', night]);
  await pretendToHaveLinked(lake, job?.id ?? '', done);
  const history = join(lake.folder, 'gex_history.db');
  await runOn(history, `UPDATE import_jobs SET status = 'failed', attempts = 1 WHERE id = '${job?.id}'`);
  await giveTo(nobody, lake.folder);
  await giveTo(0, join(lake.folder, 'parquet'));
  const attempt = async () => {
    await lake.json<Job[]>(['jobs', 'retry', job?.id ?? '']);
    const { stdout } = await lake.spawn(['run', '--json'], { uid: nobody });
    return only(JSON.parse(stdout) as ImportResult[]);
  };
  assert.equal((await attempt()).error?.code, 'FOLDER_NOT_WRITABLE');
  assert.equal((await lake.query("FROM parquet_files WHERE state = 'publishing'")).length, 2);
  const blocked = only(await lake.import([night], { env: { GEXLAKE_LIMITS: '{"lock_wait_ms":100}' } }));
  assert.match(blocked.error?.hint ?? '', new RegExp(`jobs show ${job?.id}`));
  await giveTo(nobody, join(lake.folder, 'parquet'));
  assert.equal((await attempt()).status, 'completed');
  assert.deepEqual(await lake.query('SELECT count(*) AS records FROM snapshots'), [{ records: 70 }]);
  assert.equal((await lake.files('parquet')).length, 4);
});

test(
  'what root does leaves the job log and its journal to who has the folder',
  { skip: isRootOnly },
  async (context) => {
    const lake = await openLake(context);
    const history = join(lake.folder, 'gex_history.db');
    const enqueue = async (day: string, uid: number) => {
      const source = await put(join(lake.desk, day), name, records(20));
      const ran = await lake.spawn(['enqueue', source], { uid });
      assert.equal(ran.exitCode, 0, ran.stderr);
    };
    await chown(lake.folder, nobody, nobody);
    await enqueue('1', nobody);
    await loseJournal(lake.folder);
    await enqueue('2', 0);
    await enqueue('3', nobody);
    for (const [day, uid] of [
      ['4', 0],
      ['5', nobody],
      ['6', 0],
    ] as const) {
      await rm(history);
      await enqueue(day, uid);
    }
    await enqueue('7', nobody);
    assert.equal((await lake.jobs()).length, 7);
  },
);

test('a read-only disk: nothing is imported, all can be read', { skip: cannotMount }, async (context) => {
  const disk = makeSmallDisk(context);
  const lake = await makeLake(context, disk.path);
  const desk = (await makeLake(context)).desk;
  await lake.import([await put(desk, name, records(20))]);
  const before = await lake.tree('.');
  disk.readOnly(true);
  const ran = await lake.run(['import', await put(join(desk, 'more'), name, records(40)), '--json'], { cwd: desk });
  assert.equal(ran.exitCode, 1);
  assert.equal(errorOf(ran).code, 'FOLDER_NOT_WRITABLE');
  const queried = await lake.run(['query', 'SELECT count(*) AS rows FROM strikes', '--json'], { cwd: desk });
  assert.deepEqual(JSON.parse(queried.stdout), [{ rows: 100 }]);
  disk.readOnly(false);
  assert.deepEqual(await lake.tree('.'), before);
});
