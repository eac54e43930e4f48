import assert from 'node:assert/strict';
import { chmod, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import { errorOf, makeLake, only, type Lake, type Owner } from '../support/gexlake.ts';
import { editLog, loseJournal } from '../support/duckdb.ts';
import { lockDatabase } from '../support/lock.ts';
import { put, record, records } from '../support/records.ts';
import { databases, day, destroy, importDay, logOf, nameOf } from '../support/old-jobs.ts';
import { preparedOnce } from '../support/prepared-once.ts';
import { long, test } from '../support/shares.ts';

type Report = {
  readonly applied: boolean;
  readonly plan_id: string;
  readonly plan: readonly { readonly action: string; readonly path: string }[];
  readonly snapshot: string | null;
  readonly aside: string | null;
  readonly notes: readonly string[];
  readonly verify: { readonly ok: boolean; readonly problems: readonly unknown[] } | null;
};

const folder = 'parquet/gex/2025/10/SPX/gex_zero';

async function backUp(lake: Lake, args: readonly string[] = []): Promise<string> {
  const { snapshot } = await lake.json<Report>(['backup', '--apply', ...args]);
  assert.ok(snapshot !== null);
  return snapshot;
}

async function restore(lake: Lake, args: readonly string[]): Promise<Report> {
  return lake.json<Report>(['restore', ...args]);
}

/** Imports, an extension, a correction, a compaction, and archived sources: all that a log has to explain. */
async function livedIn(owner: Owner): Promise<Lake> {
  const { lake } = await preparedOnce(owner, 'lived-in', live);
  return lake;
}

async function live(lake: Lake): Promise<null> {
  const first = await importDay(lake, 22, true);
  await importDay(lake, 23);
  const longer = await put(lake.desk, `longer/${nameOf(23)}`, records(30, 86_400));
  assert.equal(only(await lake.import([longer])).records_processed, 10);
  const right = await put(lake.desk, `right/${day}`, [...records(7), record(7, { zero_gamma: 1.5 })]);
  const corrected = await lake.run(['correct', first.job_id, right, '--reason', 'it was wrong']);
  assert.equal(corrected.exitCode, 0, corrected.stderr);
  const archived = await lake.run(['archive', ...[day, nameOf(23)].map((name) => `source/gexbot/${name}`)]);
  assert.equal(archived.exitCode, 0, archived.stderr);
  return null;
}

suite('backup and restore', () => {
  test('the drill: back up, destroy both databases, restore, verify', async (context) => {
    const lake = await livedIn(context);
    const [before, parquet] = [await logOf(lake), await lake.tree('parquet')];
    const planned = await lake.json<Report>(['backup']);
    assert.deepEqual([planned.applied, planned.snapshot], [false, null]);
    assert.deepEqual(
      planned.plan.map(({ action, path }) => [action, path]),
      databases.map((name) => ['snapshot', name]),
    );
    assert.deepEqual(await lake.files('backups'), []);
    const snapshot = await backUp(lake);
    assert.match(snapshot, /^backups\/\d{4}-\d{2}-\d{2}T\d{6}\.\d{3}Z$/);
    const saved = [...(await lake.tree(snapshot))].map(([name, state]) => `${name} ${state.split(' ')[0]}`);
    // Partial tiles are made again with each checkpoint.
    const lasting = (await lake.files('log')).filter((name) => !name.includes('.p/'));
    const journal = lasting.map((name) => `log/${name} 400`);
    assert.ok(lasting.includes('checkpoint'));
    const expected = [...databases.map((name) => `${name} 400`), ...journal, 'manifest.json 444', 'SHA256SUMS 444'];
    assert.deepEqual(saved.sort(), expected.sort());

    await destroy(lake);
    const plan = await restore(lake, [snapshot]);
    assert.deepEqual(
      plan.plan.map(({ action, path }) => [action, path]),
      [...databases, 'log'].map((name) => ['restore', name]),
    );
    const done = await restore(lake, [snapshot, '--apply', plan.plan_id]);
    assert.deepEqual([done.aside, done.verify?.ok, done.verify?.problems], [null, true, []]);
    assert.deepEqual(await logOf(lake), before);
    assert.deepEqual(await lake.tree('parquet'), parquet);
    assert.deepEqual((await restore(lake, [snapshot, '--apply'])).plan, []);
  });

  long('over databases that are there: they are kept aside, and saved as they were', async (context) => {
    const lake = await makeLake(context);
    await importDay(lake, 22);
    const snapshot = await backUp(lake);
    const before = await logOf(lake);
    await importDay(lake, 23);
    const after = await logOf(lake);
    await loseJournal(lake.folder);
    const { aside, verify, notes } = await restore(lake, [snapshot, '--apply']);
    assert.match(notes.join('\n'), /what was purged after it is to be purged again first/);
    assert.deepEqual(await logOf(lake), before);
    assert.equal(verify?.ok, false, 'what was published since is not in this log');
    assert.ok((await lake.files(aside ?? '')).includes('gex_history.db'));
    const [newest = ''] = (await readdir(join(lake.folder, 'backups')))
      .filter((name) => name.startsWith('2'))
      .sort()
      .reverse();
    await loseJournal(lake.folder);
    assert.equal((await restore(lake, [newest, '--apply'])).verify?.ok, true);
    assert.deepEqual(await logOf(lake), after);

    const fresh = join(lake.desk, 'fresh');
    const into = await restore(lake, [snapshot, '--into', fresh, '--apply']);
    assert.equal(into.verify, null);
    assert.match(into.notes.join(), /databases and their journal only: copy parquet.* into /);
    assert.deepEqual(await logOf({ ...lake, folder: fresh }), before);
    assert.deepEqual((await restore(lake, [snapshot, '--into', fresh, '--apply'])).plan, []);
    assert.equal(errorOf(await lake.run(['restore', newest, '--into', fresh, '--json'])).code, 'FILE_EXISTS');
  });

  long('sources that were archived since the snapshot are taken in again', async (context) => {
    const lake = await makeLake(context);
    await importDay(lake, 22);
    const snapshot = await backUp(lake);
    await lake.run(['archive', `source/gexbot/${day}`]);
    await loseJournal(lake.folder);
    assert.equal((await restore(lake, [snapshot, '--apply'])).verify?.ok, false);
    const { plan } = await lake.json<Report>(['prune', '--apply']);
    assert.deepEqual(
      plan.map(({ action, path }) => `${action} ${path}`),
      [`adopt archive/gex/2025/10/${day}.zst`],
    );
    const { exitCode, stdout } = await lake.run(['verify', '--deep']);
    assert.equal(exitCode, 0, stdout);
    assert.deepEqual((await lake.json<Report>(['prune'])).plan, []);
  });

  long('one byte flipped anywhere in a snapshot, and it is refused before anything is touched', async (context) => {
    const lake = await makeLake(context);
    await importDay(lake, 22);
    const snapshot = await backUp(lake);
    await importDay(lake, 23);
    const before = await lake.tree('');
    for (const name of [...databases, 'manifest.json', 'SHA256SUMS']) {
      const path = join(lake.folder, snapshot, name);
      const whole = await readFile(path);
      const flipped = Buffer.from(whole);
      const at = Math.floor(flipped.byteLength * 0.6);
      flipped[at] = (flipped[at] ?? 0) ^ 0x20;
      await chmod(path, 0o644);
      await writeFile(path, flipped);
      const ran = await lake.run(['restore', snapshot, '--apply', '--json']);
      assert.equal(errorOf(ran).code, 'SNAPSHOT_DAMAGED', name);
      await writeFile(path, whole);
      await chmod(path, 0o444);
    }
    for (const name of databases) assert.equal((await lake.tree('')).get(name), before.get(name));
    assert.equal(errorOf(await lake.run(['restore', 'nowhere', '--json'])).code, 'SNAPSHOT_DAMAGED');
  });

  long('is refused while another process holds the log, or a job runs', async (context) => {
    const lake = await makeLake(context);
    await importDay(lake, 22);
    const snapshot = await backUp(lake);
    const impatient = { env: { GEXLAKE_LIMITS: '{"lock_wait_ms":100}' } };
    const held = await lockDatabase(join(lake.folder, 'gex_history.db'));
    try {
      for (const args of [
        ['backup', '--apply'],
        ['restore', snapshot, '--apply'],
        ['restore', '--rebuild-log'],
      ])
        assert.equal((await lake.run(args, impatient)).exitCode, 5, args.join(' '));
    } finally {
      await held.release();
    }
    await editLog(
      join(lake.folder, 'gex_history.db'),
      `INSERT INTO import_jobs SELECT * REPLACE ('${'f'.repeat(32)}' AS id, 'started' AS status, 'elsewhere:1:1' AS owner) FROM import_jobs`,
    );
    const ran = await lake.run(['restore', snapshot, '--apply', '--json']);
    assert.deepEqual([ran.exitCode, errorOf(ran).code], [5, 'LOCK_BUSY']);
  });

  long('keeps the newest snapshots, and says where there is nothing to save', async (context) => {
    const lake = await makeLake(context);
    const nothing = await lake.run(['backup', '--apply']);
    assert.deepEqual([nothing.exitCode, nothing.stdout], [0, 'nothing to do\n']);
    assert.match(nothing.stderr, /no job log here yet/);
    await lake.run(['enqueue', await put(lake.desk, day, records(20))]);
    const made = [await backUp(lake), await backUp(lake), await backUp(lake, ['--keep', '2'])];
    const kept = (await readdir(join(lake.folder, 'backups'))).map((name) => `backups/${name}`);
    assert.deepEqual(kept.sort(), made.slice(1));
    const [gone = ''] = await lake.files('.trash');
    assert.ok(gone.includes(made[0] ?? '?'), gone);
  });

  long('a mass import is preceded by a snapshot', async (context) => {
    const lake = await makeLake(context);
    const { file, copies } = await manyEqual(lake);
    await lake.import([file]);
    assert.deepEqual(await lake.files('backups'), []);
    await lake.import([...copies, file]);
    const manifests = (await lake.files('backups')).filter((path) => path.endsWith('manifest.json'));
    const manifest = await readFile(join(lake.folder, 'backups', only(manifests)), 'utf8');
    assert.match(manifest, /"reason": "before a mass import of 11 jobs"/);
  });

  long('ten jobs are no mass import, and a run is one where its jobs are so many', async (context) => {
    const lake = await makeLake(context);
    const { file, copies } = await manyEqual(lake);
    await lake.import([file]);
    assert.deepEqual(await lake.files('backups'), []);
    await lake.import(copies);
    assert.deepEqual(await lake.files('backups'), [], '10 at once are not many');
    await lake.import([...copies, file]);
    assert.equal((await readdir(join(lake.folder, 'backups'))).length, 1);
    await lake.run(['enqueue', ...copies, file]);
    await lake.run(['run', '--once']);
    assert.equal((await readdir(join(lake.folder, 'backups'))).length, 1);
    await lake.run(['enqueue', file]);
    const ran = await lake.run(['run']);
    assert.equal(ran.exitCode, 0, ran.stderr);
    const [, last = ''] = (await readdir(join(lake.folder, 'backups'))).sort();
    const manifest = await readFile(join(lake.folder, 'backups', last, 'manifest.json'), 'utf8');
    assert.match(manifest, /"reason": "before a mass import of 11 jobs"/);
  });
});

/** A source, and ten more of the same records. */
async function manyEqual(lake: Lake): Promise<{ readonly file: string; readonly copies: readonly string[] }> {
  const file = await put(lake.desk, day, records(20));
  const names = Array.from({ length: 10 }, (_, at) => `${at}/${day}`);
  return { file, copies: await Promise.all(names.map((name) => put(lake.desk, name, records(20)))) };
}

suite('rebuilding the log', () => {
  long('from nothing but the files: verifies, equals what was known, and skips what is there', async (context) => {
    const lake = await livedIn(context);
    const [before, parquet] = [await logOf(lake), await lake.tree('')];
    assert.deepEqual(
      (await restore(lake, ['--rebuild-log', '--apply'])).plan,
      [],
      'a log that explains all is left alone',
    );
    await destroy(lake);
    const plan = await restore(lake, ['--rebuild-log']);
    assert.equal(plan.plan.length, 4);
    const { verify } = await restore(lake, ['--rebuild-log', '--apply', plan.plan_id]);
    assert.deepEqual(verify?.problems, []);
    assert.deepEqual(await logOf(lake), before);
    for (const [path, state] of await lake.tree('parquet')) assert.equal(parquet.get(`parquet/${path}`), state);
    for (const name of [`longer/${nameOf(23)}`, `right/${day}`, nameOf(23)])
      assert.equal(only(await lake.import([join(lake.desk, name)])).status, 'skipped', name);
    assert.deepEqual((await restore(lake, ['--rebuild-log'])).plan, []);
  });

  long('with a compaction, and a source whose job had not ended, which can be retried', async (context) => {
    const lake = await livedIn(context);
    const compacted = await lake.run(['compact', folder, '--reason', 'the month is complete']);
    assert.equal(compacted.exitCode, 0, compacted.stderr);
    assert.equal(
      only(await lake.import([await put(lake.desk, nameOf(24), records(20, 2 * 86_400)), '--no-publish'])).status,
      'staged',
    );
    const count = 'SELECT count(*)::INTEGER AS records FROM snapshots';
    const before = await lake.query(count);
    await loseJournal(lake.folder);
    await writeFile(join(lake.folder, 'gex_history.db'), 'damaged');
    const { aside, verify } = await restore(lake, ['--rebuild-log', '--apply']);
    assert.deepEqual(verify?.problems, []);
    assert.equal(await readFile(join(lake.folder, aside ?? '', 'gex_history.db'), 'utf8'), 'damaged');
    assert.deepEqual(await lake.query(count), before);
    const [failed] = await lake.jobs(['--status', 'failed']);
    assert.equal(failed?.staged_path, `source/gexbot/${nameOf(24)}`);
    await lake.run(['jobs', 'retry', '--failed']);
    assert.equal((await lake.run(['run'])).exitCode, 0);
    const undone = await lake.run(['restore-file', `${folder}/strikes.parquet`, '--reason', 'can still be undone']);
    assert.equal(undone.exitCode, 0, undone.stderr);
    const { exitCode, stdout } = await lake.run(['verify', '--deep']);
    assert.equal(exitCode, 0, stdout);
  });
});
