import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdDecompressSync } from 'node:zlib';
import { dayImported } from '../support/day-imported.ts';
import { errorOf, makeLake, only, type Lake } from '../support/gexlake.ts';
import { editLog } from '../support/duckdb.ts';
import { put, records, sampleDay } from '../support/records.ts';
import { age, day, importDay, nameOf, type Pruned } from '../support/old-jobs.ts';
import { long } from '../support/shares.ts';

const now = { env: { GEXLAKE_STAGED_DAYS: '0' } };
const zones = ['UTC', 'America/New_York', 'Asia/Tokyo'] as const;

function archived(date: number): string {
  return `archive/gex/2025/10/${nameOf(date)}.zst`;
}

async function prune(lake: Lake, args: readonly string[] = [], env: Record<string, string> = {}): Promise<Pruned> {
  return lake.json<Pruned>(['prune', ...args], { env });
}

function told({ plan }: Pruned): string[] {
  return plan.map(({ action, path }) => `${action} ${path}`);
}

async function assertVerified(lake: Lake): Promise<void> {
  const { stdout, exitCode } = await lake.run(['verify', '--deep', '--json']);
  assert.equal(exitCode, 0, stdout);
}

suite('prune', () => {
  long('archives what is 14 days old by the log, and nothing twice', async (context) => {
    const { lake, made: first } = await dayImported(context);
    const ages = new Map([
      [20, 13],
      [21, 14],
      [22, 15],
    ]);
    const made: (readonly [string, number])[] = [];
    for (const [date, days] of ages) made.push([(date === 22 ? first : await importDay(lake, date)).job_id, days]);
    for (const [job, days] of made) await age(lake, job, days);
    const before = await lake.tree('parquet');
    const jobs = await lake.jobs();
    const plan = await prune(lake);
    assert.deepEqual(
      told(plan),
      [22, 21].map((date) => `archive source/gexbot/${nameOf(date)}`),
    );
    assert.deepEqual(
      await lake.files('source'),
      [20, 21, 22].map((date) => `gexbot/${nameOf(date)}`),
    );

    const other = await lake.run(['prune', '--apply', '000000000000', '--json']);
    assert.equal(errorOf(other).code, 'PLAN_CHANGED');
    const { applied } = await prune(lake, ['--apply', plan.plan_id]);
    assert.equal(applied, true);
    assert.deepEqual(await lake.files('source'), [`gexbot/${nameOf(20)}`]);
    for (const date of [21, 22]) {
      const unpacked = zstdDecompressSync(await readFile(join(lake.folder, archived(date))));
      assert.deepEqual(unpacked, await readFile(join(lake.desk, nameOf(date))));
    }
    assert.deepEqual((await prune(lake)).plan, []);
    assert.deepEqual((await prune(lake, ['--apply'])).plan, []);
    assert.deepEqual(await lake.tree('parquet'), before);
    assert.deepEqual(await lake.jobs(), jobs);
    await assertVerified(lake);
  });

  long('plans the same in any time zone', async (context) => {
    const lake = await makeLake(context);
    for (const [date, days] of [
      [21, 13],
      [22, 14],
    ] as const)
      await age(lake, (await importDay(lake, date)).job_id, days);
    const plans = await Promise.all(zones.map((TZ) => lake.spawnJson<Pruned>(['prune'], { env: { TZ } })));
    for (const plan of plans) assert.deepEqual(plan, plans[0]);
    assert.deepEqual(told(plans[0] as Pruned), [`archive source/gexbot/${nameOf(22)}`]);
  });

  long(
    'sends raw JSON to the trash after 90 days where that is asked for, and empties the trash after 7',
    async (context) => {
      const lake = await makeLake(context);
      const made: (readonly [string, number])[] = [];
      for (const [date, days] of [
        [20, 89],
        [21, 90],
        [22, 91],
      ] as const)
        made.push([(await importDay(lake, date, date === 22)).job_id, days]);
      for (const [job, days] of made) await age(lake, job, days);
      const raw = { GEXLAKE_RAW_DAYS: '90' };
      assert.deepEqual(told(await prune(lake, ['--apply'], raw)), [
        `archive source/gexbot/${nameOf(22)}`,
        `trash ${archived(22)}`,
        `archive source/gexbot/${nameOf(21)}`,
        `trash ${archived(21)}`,
        `archive source/gexbot/${nameOf(20)}`,
      ]);
      assert.deepEqual((await prune(lake, [], raw)).plan, []);
      assert.deepEqual(await lake.files('archive'), [archived(20).slice(8)]);
      const trashed = await lake.files('.trash');
      for (const [at, date] of [21, 22].entries())
        assert.match(trashed[at] ?? '', new RegExp(`^\\d{4}-\\d{2}-\\d{2}/${archived(date)}$`));
      await assertVerified(lake);

      const old = join(lake.folder, '.trash', '2025-01-01');
      await mkdir(old);
      await writeFile(join(old, 'thing'), 'x');
      assert.deepEqual(told(await prune(lake, ['--apply'], raw)), ['empty trash .trash/2025-01-01']);
      assert.deepEqual(await lake.files('.trash'), trashed);
    },
  );

  long(
    'never moves the source of a job that is not completed, or whose files differ, or a file that was not staged',
    async (context) => {
      const { lake } = await dayImported(context, true);
      const broken = await put(lake.desk, nameOf(21), [...records(20, -86_400), { timestamp: 1, ticker: 'SPX' }]);
      assert.equal(only(await lake.import([broken])).status, 'failed');
      const staged = await put(lake.desk, nameOf(23), records(20, 86_400));
      assert.equal(only(await lake.import([staged, '--no-publish'])).status, 'staged');
      await lake.run(['enqueue', await put(lake.desk, nameOf(24), records(20, 2 * 86_400))]);
      await importDay(lake, 27);
      await writeFile(join(lake.folder, 'source/gexbot/notes.json'), 'mine');
      const source = join(lake.folder, 'source/gexbot', nameOf(27));
      await chmod(source, 0o644);
      await writeFile(source, 'x', { flag: 'a' });
      const strikes = join(
        lake.folder,
        only(
          await lake.query("SELECT path FROM parquet_files WHERE dataset = 'strikes' AND path LIKE '%strikes.parquet'"),
        )['path'] as string,
      );
      await chmod(strikes, 0o644);
      const whole = await readFile(strikes);
      await writeFile(strikes, whole.subarray(1));

      const before = await lake.tree('');
      const { plan, kept } = await prune(lake, ['--apply'], now.env);
      assert.deepEqual(plan, []);
      assert.deepEqual(
        kept.map(({ path, reason }) => `${path}: ${reason.replaceAll(/[0-9a-f]{64}/g, 'SHA')}`),
        [
          `source/gexbot/${nameOf(22)}: stays as it is: its file parquet/gex/2025/10/SPX/gex_zero/strikes.parquet has ${whole.length - 1} bytes, logged are ${whole.length}`,
          `source/gexbot/${nameOf(27)}: has SHA-256 SHA, logged is SHA`,
        ],
      );
      assert.deepEqual(await lake.tree(''), before);
      await writeFile(strikes, whole);
      const after = await prune(lake, ['--apply'], now.env);
      assert.deepEqual(told(after), [`archive source/gexbot/${nameOf(22)}`]);
      assert.equal((await lake.files('quarantine')).length, 1);
    },
  );

  long(
    'an archived source imports again as if staged, and a job that names its staged path finds it',
    async (context) => {
      const lake = await makeLake(context);
      const first = await importDay(lake, 22);
      const staged = join(lake.folder, 'source/gexbot', day);
      await lake.run(['enqueue', staged]);
      const archive = ['archive', `source/gexbot/${day}`];
      assert.deepEqual(told(await lake.json<Pruned>(archive)), [`archive source/gexbot/${day}`]);
      assert.deepEqual(told(await lake.json<Pruned>(archive)), []);
      const again = only(await lake.import([archived(22)], { cwd: lake.folder }));
      assert.deepEqual([again.skipped, again.skipped_as, again.ticker], [true, first.job_id, 'SPX']);
      const [found] = await lake.json<{ readonly skipped_as: string }[]>(['run']);
      assert.equal(found?.skipped_as, first.job_id);

      const fresh = await makeLake(context);
      const imported = only(await fresh.import([join(lake.folder, archived(22))]));
      assert.equal(imported.staged_path, `source/gexbot/${day}`);
      assert.deepEqual(
        await readFile(join(fresh.folder, imported.staged_path ?? '')),
        await readFile(join(lake.desk, day)),
      );

      const refused = await lake.run(['archive', 'source/gexbot/other.json', '--json']);
      assert.equal(errorOf(refused).code, 'SOURCE_KEPT');
      assert.equal(
        errorOf(refused).message,
        'not archived: source/gexbot/other.json is not the staged source of a completed job',
      );
      assert.equal(refused.exitCode, 1);
    },
  );

  long('takes another name where one is taken, and never replaces', async (context) => {
    const lake = await makeLake(context);
    await importDay(lake, 22);
    await mkdir(join(lake.folder, 'archive/gex/2025/10'), { recursive: true });
    await copyFile(join(lake.desk, day), join(lake.folder, archived(22)));
    const { id: job_id } = only(await lake.jobs());
    await prune(lake, ['--apply'], now.env);
    const both = [`gex/2025/10/${job_id}/${day}.zst`, `gex/2025/10/${day}.zst`];
    assert.deepEqual((await lake.files('archive')).sort(), both);
    assert.deepEqual(await readFile(join(lake.folder, archived(22))), await readFile(join(lake.desk, day)));
    assert.deepEqual((await prune(lake, [], now.env)).plan, []);
  });

  long('two at once, and while an import leave what one leaves', async (context) => {
    const lake = await makeLake(context);
    for (const date of [20, 21, 22]) await importDay(lake, date);
    const before = await lake.tree('parquet');
    const large = await put(
      lake.desk,
      nameOf(23),
      sampleDay({ sessionDate: '2025-10-23', records: 6_000, strikes: 40 }).bytes,
    );
    const running = lake.start(['import', large]);
    await running.says(/"step":"load"/);
    const both = await Promise.all([1, 2].map(() => lake.spawn(['prune', '--apply'], now)));
    for (const { exitCode, stderr } of both) assert.equal(exitCode, 0, stderr);
    assert.equal((await running.ended).exitCode, 0);
    await prune(lake, ['--apply'], now.env);
    assert.deepEqual((await prune(lake, [], now.env)).plan, []);
    assert.deepEqual(
      (await lake.files('archive')).sort(),
      [20, 21, 22, 23].map((date) => archived(date).slice(8)),
    );
    assert.deepEqual(await lake.files('source'), []);
    const after = await lake.tree('parquet');
    for (const [path, state] of before) assert.equal(after.get(path), state);
    await assertVerified(lake);
  });
});

suite('retention that runs by itself', () => {
  long('follows imports, at most once an hour over all processes', async (context) => {
    const lake = await makeLake(context);
    const [first, second] = [nameOf(21), nameOf(22)];
    for (const name of [first, second]) await put(lake.desk, name, records(20, name === first ? -86_400 : 0));
    await lake.import([join(lake.desk, first)], now);
    assert.deepEqual(await lake.files('source'), []);
    await lake.import([join(lake.desk, second)], now);
    assert.deepEqual(await lake.files('source'), [`gexbot/${second}`]);
    await rm(join(lake.folder, '.maintenance/pruned_at'));
    assert.equal(only(await lake.import([join(lake.desk, second)], now)).status, 'skipped');
    assert.deepEqual(await lake.files('source'), [`gexbot/${second}`], 'the log remembers, too');
    await rm(join(lake.folder, '.maintenance/pruned_at'));
    await editLog(
      join(lake.folder, 'gex_history.db'),
      'UPDATE maintenance_runs SET started_at = started_at - INTERVAL 1 HOUR',
    );
    await lake.import([join(lake.desk, second)], now);
    assert.deepEqual(await lake.files('source'), []);
  });

  long('never fails an import', async (context) => {
    const lake = await makeLake(context);
    await mkdir(join(lake.folder, 'archive'), { recursive: true });
    await writeFile(join(lake.folder, 'archive', 'gex'), 'in the way');
    const path = await put(lake.desk, day, records(20));
    const { exitCode, stderr } = await lake.run(['import', path], now);
    assert.equal(exitCode, 0);
    assert.match(stderr, /"event":"warning","message":"retention failed: .*PLACE_TAKEN/);
    assert.deepEqual(await lake.files('source'), [`gexbot/${day}`]);
  });

  long('comes after results of a run that keeps going', async (context) => {
    const lake = await makeLake(context);
    const watching = lake.start(['run', '--watch'], now);
    await lake.run(['enqueue', await put(lake.desk, day, records(20))]);
    await watching.says(/"event":"result"/);
    while ((await lake.files('archive')).length === 0) await sleep(100);
    watching.child.kill('SIGINT');
    assert.equal((await watching.ended).exitCode, 130);
    assert.deepEqual(await lake.files('source'), []);
  });
});
