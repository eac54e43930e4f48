import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import { Journal, JournalTree } from '../../src/journal/journal.ts';
import { dayImported } from '../support/day-imported.ts';
import { loseJournal, readDatabase, runOn } from '../support/duckdb.ts';
import { errorOf, lakeAt, makeLake, only, type Lake, type Owner } from '../support/gexlake.ts';
import { put, record, records } from '../support/records.ts';
import { day, importDay, nameOf } from '../support/old-jobs.ts';
import { long, test } from '../support/shares.ts';

/* What the journal of a log is for: what a crash, an older copy, an edit or another program does to the database. */

const tail = 'log/tail/000000000000';

function historyOf({ folder }: Lake): string {
  return join(folder, 'gex_history.db');
}

/** Every row that the journal is about. */
async function rowsOf(lake: Lake): Promise<unknown[]> {
  const tables = ['import_jobs', 'job_events', 'parquet_files', 'archived_sources', 'restorations'];
  const heartbeat = (table: string) => (table === 'import_jobs' ? '* EXCLUDE (heartbeat_at)' : '*');
  return Promise.all(
    tables.map((table) => readDatabase(historyOf(lake), `SELECT ${heartbeat(table)} FROM ${table} ORDER BY ALL`)),
  );
}

async function livedIn(owner: Owner): Promise<Lake> {
  const { lake } = await dayImported(owner, true);
  await lake.run(['enqueue', await put(lake.desk, nameOf(24), records(20, 2 * 86_400))]);
  return lake;
}

async function problemsOf(lake: Lake): Promise<string[]> {
  const { problems } = await lake.json<{ problems: { code: string }[] }>(['verify']);
  return problems.map(({ code }) => code);
}

async function snapshotOf(lake: Lake): Promise<string> {
  return (await lake.json<{ snapshot: string }>(['backup', '--apply'])).snapshot;
}

const ruins: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  'is gone': (path) => rm(path),
  'has another head': (path) => writeFile(path, 'x'.repeat(50_000)),
  'is empty': (path) => truncate(path, 0),
  'is cut': async (path) => truncate(path, Math.floor((await readFile(path)).byteLength / 3)),
};

suite('a log whose database', () => {
  for (const [how, ruin] of Object.entries(ruins)) {
    (how === 'is cut' ? test : long)(
      `${how}: is read from its journal, and made again by the next who writes, with every row`,
      async (context) => {
        const lake = await livedIn(context);
        const [jobs, rows] = [await lake.jobs(), await rowsOf(lake)];
        await ruin(historyOf(lake));
        const before = await lake.tree('.');
        assert.deepEqual(
          (await lake.jobs()).map(({ id, status, url }) => [id, status, url]),
          jobs.map(({ id, status, url }) => [id, status, url]),
        );
        assert.deepEqual(await lake.query('SELECT count(*)::INTEGER AS rows FROM snapshots'), [{ rows: 20 }]);
        assert.deepEqual(await problemsOf(lake), [how === 'is gone' ? 'LOG_MISSING' : 'LOG_DAMAGED']);
        assert.deepEqual(await lake.tree('.'), before, 'reading changes nothing');
        const pending = only(jobs.filter(({ status }) => status === 'pending'));
        const cancelled = await lake.run(['jobs', 'cancel', pending.id]);
        assert.equal(cancelled.exitCode, 0, cancelled.stderr);
        assert.match(cancelled.stderr, /made again from its journal/);
        const now = await rowsOf(lake);
        assert.deepEqual(now.slice(2), rows.slice(2));
        assert.equal((await lake.jobs()).length, 2);
        const healed = await readDatabase(historyOf(lake), "SELECT task FROM maintenance_runs WHERE task = 'heal'");
        assert.equal(healed.length, 1);
        assert.deepEqual(await problemsOf(lake), []);
      },
    );
  }

  long('lacks the last transactions gets them, by any client, from the next who writes', async (context) => {
    const lake = await livedIn(context);
    const older = join(lake.desk, 'older.db');
    await copyFile(historyOf(lake), older);
    await importDay(lake, 23);
    const rows = await rowsOf(lake);
    await copyFile(older, historyOf(lake));
    assert.equal((await lake.jobs()).length, 3);
    assert.deepEqual(await problemsOf(lake), []);
    await lake.run(['prune', '--apply']);
    await lake.run(['enqueue', await put(lake.desk, nameOf(25), records(20, 3 * 86_400))]);
    const now = await rowsOf(lake);
    for (const [at, table] of rows.entries())
      for (const row of table as object[]) assert.ok((now[at] as object[]).some((one) => equal(one, row)));
  });
});

function equal(one: object, other: object): boolean {
  try {
    assert.deepEqual(one, other);
    return true;
  } catch {
    return false;
  }
}

long('a command that wrote leaves a checkpoint of the journal, and one that read leaves it alone', async (context) => {
  const { lake } = await dayImported(context);
  const journal = new Journal(join(lake.folder, 'log'));
  const tree = new JournalTree(journal);
  const [kept, end] = [await tree.kept(), await journal.position()];
  assert.deepEqual([kept?.size, kept?.origin], [end.size, await tree.origin()]);
  await rm(join(lake.folder, 'log/checkpoint'));
  await lake.jobs();
  assert.deepEqual(await problemsOf(lake), [], 'one that is missing is no problem');
  assert.ok(!(await lake.files('log')).includes('checkpoint'));
  await lake.run(['enqueue', await put(lake.desk, nameOf(25), records(20, 3 * 86_400))]);
  assert.equal((await tree.kept())?.size, end.size + 1);
  await writeFile(join(lake.folder, 'log/checkpoint'), `${kept?.origin}\n2\n${Buffer.alloc(32).toString('base64')}\n`);
  assert.deepEqual(await problemsOf(lake), ['LOG_FORKED']);
  const retried = await lake.run(['enqueue', await put(lake.desk, nameOf(26), records(20, 4 * 86_400))]);
  assert.match(retried.stderr, /checkpoint .* says another root .*LOG_FORKED/);
  assert.equal(retried.exitCode, 0);
});

suite('the hole', () => {
  long('backup, correction, restore of that backup, repair: the correction stands', async (context) => {
    const { lake, made } = await dayImported(context);
    const { job_id } = made;
    const snapshot = await snapshotOf(lake);
    const right = await put(lake.desk, `right/${day}`, [...records(7), record(7, { zero_gamma: 1.5 })]);
    assert.equal((await lake.run(['correct', job_id, right, '--reason', 'it was wrong'])).exitCode, 0);
    const [rows, parquet] = [await rowsOf(lake), await lake.tree('parquet')];
    const restored = await lake.run(['restore', snapshot, '--apply']);
    assert.equal(restored.exitCode, 0, restored.stderr);
    assert.deepEqual(await rowsOf(lake), rows);
    assert.deepEqual((await lake.json<{ plan: unknown[] }>(['repair', '--apply'])).plan, []);
    assert.deepEqual(await lake.tree('parquet'), parquet);
    assert.deepEqual(await problemsOf(lake), []);
    const noted = await readDatabase(historyOf(lake), "SELECT task FROM maintenance_runs WHERE task = 'restore'");
    assert.equal(noted.length, 1);
  });

  long('where the journal is lost, the one of the snapshot goes on, and says that it was restored', async (context) => {
    const { lake } = await dayImported(context);
    const snapshot = await snapshotOf(lake);
    const { size } = await new Journal(join(lake.folder, snapshot, 'log')).position();
    await importDay(lake, 23);
    await writeFile(join(lake.folder, tail), 'x'.repeat(9_000));
    await lake.run(['restore', snapshot, '--apply']);
    assert.equal((await lake.jobs()).length, 1);
    const journal = new Journal(join(lake.folder, 'log'));
    const added = await Array.fromAsync(journal.entries(size));
    assert.deepEqual(
      added.map(({ entry }) => entry.what),
      [['restorations']],
    );
    const aside = (await readdir(join(lake.folder, 'backups'))).find((name) => name.startsWith('aside-')) ?? '';
    assert.ok((await lake.files(`backups/${aside}/log`)).includes('tail/000000000000'));
    await lake.run(['enqueue', await put(lake.desk, nameOf(25), records(20, 3 * 86_400))]);
    assert.equal((await lake.jobs()).length, 2);
  });

  long('a snapshot of another log is refused before anything is touched', async (context) => {
    const [lake, other] = [await makeLake(context), await makeLake(context)];
    await importDay(lake, 22);
    await importDay(other, 22);
    const snapshot = join(other.folder, await snapshotOf(other));
    const before = await lake.tree('.');
    assert.equal(errorOf(await lake.run(['restore', snapshot, '--apply', '--json'])).code, 'LOG_FORKED');
    assert.deepEqual(await lake.tree('.'), before);
  });
});

suite('a journal', () => {
  long('that is shorter than what the log has had of it is refused, and nothing is changed', async (context) => {
    const { lake } = await dayImported(context);
    const kept = await readFile(join(lake.folder, tail));
    await importDay(lake, 23);
    await writeFile(join(lake.folder, tail), kept);
    const before = await lake.tree('.');
    const source = await put(lake.desk, nameOf(25), records(20, 3 * 86_400));
    assert.equal(errorOf(await lake.run(['enqueue', source, '--json'])).code, 'LOG_ROLLED_BACK');
    assert.deepEqual(await lake.tree('.'), before);
    assert.equal((await lake.jobs()).length, 2, 'reading works');
    assert.deepEqual(await problemsOf(lake), ['LOG_ROLLED_BACK']);
  });

  long('that is cut in its last entry loses only that, which nobody was told of', async (context) => {
    const { lake } = await dayImported(context);
    const whole = await readFile(join(lake.folder, tail));
    const older = await readFile(historyOf(lake));
    await lake.run(['enqueue', await put(lake.desk, nameOf(25), records(20, 3 * 86_400))]);
    const { byteLength } = await readFile(join(lake.folder, tail));
    await truncate(join(lake.folder, tail), whole.byteLength + Math.floor((byteLength - whole.byteLength) / 2));
    await writeFile(historyOf(lake), older);
    assert.equal((await lake.jobs()).length, 1);
    await lake.run(['enqueue', await put(lake.desk, nameOf(26), records(20, 4 * 86_400))]);
    assert.equal((await lake.jobs()).length, 2);
    assert.deepEqual(await problemsOf(lake), []);
  });

  test('that has one byte changed anywhere is told', async (context) => {
    const { lake } = await dayImported(context);
    const whole = await readFile(join(lake.folder, tail));
    const source = await put(lake.desk, nameOf(25), records(20, 3 * 86_400));
    for (const part of [0, 0.1, 0.35, 0.6, 0.85, 0.999]) {
      const flipped = Buffer.from(whole);
      const at = Math.floor(flipped.byteLength * part);
      flipped[at] = (flipped[at] ?? 0) ^ 0x01;
      await writeFile(join(lake.folder, tail), flipped);
      assert.match(
        errorOf(await lake.run(['enqueue', source, '--json'])).code,
        /^(?:JOURNAL_DAMAGED|LOG_ROLLED_BACK)$/,
      );
    }
  });

  long(
    'that was left behind is begun anew with all rows, and its first entry says how far the other one went',
    async (context) => {
      const { lake } = await dayImported(context);
      const end = await new Journal(join(lake.folder, 'log')).position();
      await loseJournal(lake.folder);
      assert.deepEqual(await problemsOf(lake), []);
      await lake.run(['enqueue', await put(lake.desk, nameOf(25), records(20, 3 * 86_400))]);
      const journal = new Journal(join(lake.folder, 'log'));
      const [first] = await Array.fromAsync(journal.entries());
      assert.deepEqual([first?.entry.kind, first?.entry.before], ['whole', end]);
      const rows = await rowsOf(lake);
      await rm(historyOf(lake));
      await lake.run(['backup', '--apply']);
      assert.deepEqual(await rowsOf(lake), rows);
    },
  );

  long('is not what counts where a program that knows none has written the log since', async (context) => {
    const { lake } = await dayImported(context);
    await runOn(historyOf(lake), 'DELETE FROM journal_position');
    const unknown =
      "INSERT INTO job_events SELECT * REPLACE ('later' AS event, number + 1 AS number) FROM job_events ORDER BY number DESC LIMIT 1";
    const older = join(lake.desk, 'older');
    await cp(lake.folder, older, { recursive: true });
    await runOn(historyOf(lake), unknown);
    const source = await put(lake.desk, nameOf(25), records(20, 3 * 86_400));
    assert.equal(errorOf(await lake.run(['enqueue', source, '--json'])).code, 'LOG_FORKED');
    assert.deepEqual(await problemsOf(lake), ['LOG_FORKED']);
    assert.equal((await lakeAt(older, lake.desk).run(['enqueue', source])).exitCode, 0, 'an older copy is made again');
  });
});

const archive = join(import.meta.dirname, '../../../shared/lake-v1.tar.gz');

long(
  'a folder of the first release begins a journal with its first command that writes',
  { skip: !existsSync(archive) },
  async (context) => {
    const { desk } = await makeLake(context);
    execFileSync('tar', ['-xzf', archive, '-C', desk]);
    const lake = lakeAt(join(desk, 'lake'), desk);
    await lake.jobs();
    assert.deepEqual(await lake.files('log'), []);
    await lake.run(['enqueue', await put(desk, nameOf(25), records(20, 3 * 86_400))]);
    const [first, ...more] = await Array.fromAsync(new Journal(join(lake.folder, 'log')).entries());
    assert.deepEqual([first?.entry.kind, first?.entry.before, more.length], ['whole', undefined, 1]);
    const rows = await rowsOf(lake);
    await rm(historyOf(lake));
    await lake.run(['backup', '--apply']);
    assert.deepEqual(await rowsOf(lake), rows);
    assert.deepEqual(await problemsOf(lake), []);
  },
);
