import assert from 'node:assert/strict';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, suite } from 'node:test';
import { isStray } from '../../src/core/strays.ts';
import type { VerifyReport } from '../../src/app/app.ts';
import { dayImported } from '../support/day-imported.ts';
import { loseJournal, readDatabase } from '../support/duckdb.ts';
import { makeLake, only, type Lake } from '../support/gexlake.ts';
import { name, put, record, records } from '../support/records.ts';
import { cannotMount, makeSmallDisk } from '../support/small-disk.ts';
import { copyOf, day, type Pruned } from '../support/old-jobs.ts';
import { verify } from '../support/every-command.ts';
import { long, test } from '../support/shares.ts';

const folder = 'parquet/gex/2025/10/SPX/gex_zero';
const strays = [
  'parquet/.DS_Store',
  `${folder}/._strikes.parquet`,
  `${folder}/.nfs0000000001b2c3d4`,
  `${folder}/@eaDir/strikes.parquet@SynoEAStream`,
  'source/gexbot/Thumbs.db',
  'source/gexbot/.2025-10-22_SPX_classic_gex_zero.json.swp',
  'archive/desktop.ini',
  'quarantine/.fuse_hidden0000012300000001',
  'parquet/lost+found/x',
  'parquet/.Trash-1000/files/strikes.parquet',
  'parquet/System Volume Information/WPSettings.dat',
  `${folder}/.0123456789ab,host%1%2,0.gexlake-part`,
];

const { lake } = await dayImported({ after }, true);

async function strew(on: Lake): Promise<void> {
  for (const path of strays) {
    await mkdir(join(on.folder, dirname(path)), { recursive: true });
    await writeFile(join(on.folder, path), 'not ours');
  }
}

suite('files of other programs', () => {
  long('are one note of verify, none of a rebuild, and go by repair only where that is asked for', async () => {
    const copy = await copyOf(lake);
    await strew(copy);
    const { ok, problems, notes } = await verify(copy);
    assert.deepEqual([ok, problems, notes.map(({ code }) => code)], [true, [], ['STRAY_FILE']]);
    assert.match(notes[0]?.message ?? '', new RegExp(`and ${strays.length - 1} more`));
    assert.deepEqual((await copy.json<Pruned>(['repair'])).plan, []);
    const reconciled = await copy.json<{ ok: boolean; strays: string[] }>(['reconcile', '--month', '2025-10']);
    const under = strays.filter((path) => path.startsWith('parquet/'));
    assert.deepEqual([reconciled.ok, reconciled.strays.sort()], [true, under.sort()]);
    assert.deepEqual(await copy.query('SELECT count(*)::INTEGER AS rows FROM snapshots'), [{ rows: 20 }]);

    await rm(join(copy.folder, 'gex_history.db'));
    await loseJournal(copy.folder);
    assert.equal((await copy.run(['restore', '--rebuild-log', '--apply'])).exitCode, 0);
    assert.deepEqual(
      (await copy.jobs()).map(({ status }) => status),
      ['completed'],
    );
    const { plan } = await copy.json<Pruned>(['repair', '--strays', '--apply']);
    assert.deepEqual(
      plan.map(({ action, path }) => `${action} ${path}`).sort(),
      strays.map((path) => `trash ${path}`).sort(),
    );
    assert.deepEqual((await copy.json<Pruned>(['repair', '--strays'])).plan, []);
    assert.deepEqual((await verify(copy)).notes, []);
  });

  test('do not make a new folder look like one that has lost its log', async () => {
    const empty = await makeLake({ after });
    await strew(empty);
    const { problems, notes } = await empty.json<VerifyReport>(['verify']);
    assert.deepEqual([problems, notes.map(({ code }) => code)], [[], ['LOG_ABSENT']]);
  });

  test('are told from what could be ours by their names', () => {
    for (const path of strays.slice(0, -1)) assert.ok(isStray(path), path);
    for (const path of [
      `${folder}/strikes.parquet`,
      'source/gexbot/notes.txt',
      'quarantine/x.ndjson',
      `${folder}/a.parquet`,
    ])
      assert.ok(!isStray(path), path);
  });
});

long('a pass of retention that was killed between archive and log is a note, and goes on', async () => {
  const copy = await copyOf(lake);
  const env = { GEXLAKE_STAGED_DAYS: '0' };
  const killed = await copy.spawn(['prune', '--apply'], {
    env: { ...env, GEXLAKE_FAULT: 'kill@archive:sync-folder#1' },
  });
  assert.notEqual(killed.exitCode, 0);
  const { problems, notes } = await verify(copy);
  assert.deepEqual([problems, notes.map(({ code }) => code)], [[], ['PRUNE_LEFT']]);
  assert.deepEqual((await copy.json<Pruned>(['repair'])).plan, []);
  await copy.json<Pruned>(['prune', '--apply'], { env });
  assert.deepEqual((await verify(copy)).notes, []);
  assert.deepEqual((await copy.json<Pruned>(['prune'], { env })).plan, []);
});

long('a source that was archived after the log was saved is for prune, and the hints say so', async () => {
  const copy = await copyOf(lake);
  const env = { GEXLAKE_STAGED_DAYS: '0' };
  await copy.run(['backup', '--apply']);
  const [snapshot = ''] = await readdir(join(copy.folder, 'backups'));
  await copy.json<Pruned>(['prune', '--apply'], { env });
  await loseJournal(copy.folder);
  await copy.run(['restore', snapshot, '--apply']);
  const { problems } = await verify(copy);
  assert.deepEqual(problems.map(({ code }) => code).sort(), ['FILE_UNEXPLAINED', 'SOURCE_MISSING']);
  for (const { hint } of problems) assert.match(hint, /gexlake prune --apply/);
  await copy.json<Pruned>(['prune', '--apply'], { env });
  assert.deepEqual((await verify(copy)).problems, []);
  assert.deepEqual((await copy.json<Pruned>(['prune'], { env })).plan, []);
});

long('plans are printed on a read-only disk', { skip: cannotMount }, async (context) => {
  const disk = makeSmallDisk(context);
  const small = await makeLake(context, disk.path);
  const { desk } = await makeLake(context);
  await small.import([await put(desk, name, [record(-86_400), ...records(20)])]);
  await small.import([await put(desk, `later/${name}`, [record(-86_400), ...records(40)])]);
  await small.run(['backup', '--apply']);
  await small.run(['enqueue', await put(desk, `more/${name}`, records(50))]);
  const [snapshot = ''] = await readdir(join(small.folder, 'backups'));
  await rm(join(small.folder, folder, 'strikes.parquet'));
  disk.readOnly(true);
  const old = join(desk, 'old');
  await mkdir(old);
  for (const [args, exitCode, actions] of [
    [['prune'], 0, 0],
    [['repair'], 0, 1],
    [['backup', '--keep', '1'], 0, 3],
    [['restore', snapshot], 0, 2],
    [['migrate', old], 0, 0],
    [['compact', folder, '--reason', 'test', '--plan'], 0, 1],
    [['doctor', '--tighten'], 0, 0],
  ] as const) {
    const ran = await small.run([...args, '--json'], { cwd: desk, env: { GEXLAKE_STAGED_DAYS: '0' } });
    assert.equal(ran.exitCode, exitCode, `${args.join(' ')}: ${ran.stderr}`);
    const { plan } = JSON.parse(ran.stdout) as Pruned;
    assert.ok(plan.length >= actions, `${args.join(' ')}: ${ran.stdout}`);
  }
  disk.readOnly(false);
});

suite('readers of the files after the log was put back', () => {
  long(
    'meet each row once when repair is done, whose second plan is empty, and the hints name the commands',
    async () => {
      const copy = await copyOf(lake);
      await copy.run(['backup', '--apply']);
      const [snapshot = ''] = await readdir(join(copy.folder, 'backups'));
      await copy.import([await put(copy.desk, `later/${name}`, [record(-86_400), ...records(40)])]);
      await copy.import([await put(copy.desk, day.replace('22', '23'), records(20, 86_400))]);
      await loseJournal(copy.folder);
      await writeFile(join(copy.folder, 'gex_history.db'), 'damaged');
      const damaged = await verify(copy);
      assert.match(damaged.problems[0]?.hint ?? '', new RegExp(`gexlake restore backups/${snapshot} --apply`));
      const broken = await copy.run(['jobs']);
      assert.match(broken.stderr, /gexlake verify` names the snapshot to put back by `gexlake restore`/);

      await copy.run(['restore', snapshot, '--apply']);
      const sound = await verify(copy);
      assert.ok(sound.problems.length > 0);
      for (const { hint } of sound.problems) assert.doesNotMatch(hint, /gexlake restore|log back/);
      assert.deepEqual((await copy.json<Pruned>(['restore', snapshot])).plan, []);
      await copy.json<Pruned>(['repair', '--apply']);
      const all = `SELECT count(*)::INTEGER AS rows, count(DISTINCT timestamp)::INTEGER AS seconds
      FROM read_parquet('${join(copy.folder, 'parquet')}/gex/2025/10/SPX/gex_zero/snapshots*.parquet')`;
      assert.deepEqual(only(await readDatabase(join(copy.folder, 'gex_history.db'), all)), { rows: 60, seconds: 60 });
      assert.deepEqual((await copy.json<Pruned>(['repair'])).plan, []);
      assert.deepEqual((await verify(copy)).problems, []);
    },
  );
});
