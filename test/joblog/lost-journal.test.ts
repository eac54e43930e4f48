import assert from 'node:assert/strict';
import { cp, copyFile, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'node:test';
import { Journal } from '../../src/journal/journal.ts';
import { openJobLog } from '../../src/joblog/joblog.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { loseJournal, readDatabase, runOn } from '../support/duckdb.ts';
import { dayImported } from '../support/day-imported.ts';
import { errorOf, only, type Lake, type Owner } from '../support/gexlake.ts';
import { nameOf } from '../support/old-jobs.ts';
import { put, records } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

/* What is done where a journal has lost entries, or the log something of it: nothing goes on as if that had not been. */

const tail = 'log/tail/000000000000';

async function livedIn(owner: Owner): Promise<Lake> {
  const { lake } = await dayImported(owner);
  return lake;
}

/** Adds entries to the journal until it has so many, and lets the log have them. */
async function fill(lake: Lake, size: number): Promise<void> {
  const journal = new Journal(join(lake.folder, 'log'));
  for (let at = (await journal.position()).size; at < size; at++)
    await journal.append({ kind: 'change', committed_at: '2026-01-05T10:00:00Z', actor: 'tester', what: [], rows: [] });
  await enqueue(lake, 24);
}

async function enqueue(lake: Lake, at: number) {
  const source = await put(lake.desk, nameOf(at), records(20, (at - 22) * 86_400));
  return lake.run(['enqueue', source, '--json']);
}

async function verified(lake: Lake): Promise<[exitCode: number | null, codes: string[]]> {
  const ran = await lake.run(['verify', '--json']);
  const { problems } = JSON.parse(ran.stdout) as { problems: { code: string }[] };
  return [ran.exitCode, problems.map(({ code }) => code)];
}

/** What a service answers when it is asked whether it can work. */
function mayWrite({ folder }: Lake): Promise<void> {
  const options = { clock: systemClock, commandOf: () => null };
  return openJobLog(join(folder, 'gex_history.db'), options).whole.requireMayWrite();
}

/** A command that writes ends with this error and changes nothing, and `verify` reports the same. */
async function isRefused(lake: Lake, code: string, told = code): Promise<void> {
  const before = await lake.tree('.');
  const ran = await enqueue(lake, 26);
  assert.equal(errorOf(ran).code, code);
  await assert.rejects(mayWrite(lake), { code });
  assert.deepEqual(await verified(lake), [6, [told]]);
  assert.deepEqual(await lake.tree('.'), before);
}

suite('a log that another program has written without its journal is refused', () => {
  for (const args of [['run'], ['import']]) {
    (args[0] === 'run' ? test : long)(`by ${args.join(' ')}, whatever that reads first`, async (context) => {
      const lake = await livedIn(context);
      await runOn(
        join(lake.folder, 'gex_history.db'),
        "INSERT INTO job_events SELECT * REPLACE ('later' AS event, number + 1 AS number) FROM job_events ORDER BY number DESC LIMIT 1; DELETE FROM journal_position",
      );
      const source = await put(lake.desk, nameOf(25), records(20, 3 * 86_400));
      const before = await lake.tree('gex_history.db');
      const journal = await lake.tree('log');
      const ran = await lake.run([...args, ...(args[0] === 'import' ? [source] : []), '--json']);
      assert.match(ran.stdout + ran.stderr, /LOG_FORKED/);
      assert.match(ran.stdout + ran.stderr, /move `gex_history.db` out of the data folder/);
      assert.deepEqual([await lake.tree('gex_history.db'), await lake.tree('log')], [before, journal]);
    });
  }
});

const losses: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  'is emptied': (folder) => writeFile(join(folder, tail), ''),
  'is cut in its first entry': (folder) => truncate(join(folder, tail), 100),
  'is removed': (folder) => rm(join(folder, tail)),
  'is removed with its folder': (folder) => rm(join(folder, 'log/tail'), { recursive: true }),
};

suite('a tail', () => {
  for (const [how, lose] of Object.entries(losses)) {
    (how === 'is emptied' ? test : long)(
      `that ${how} is told, and no new journal vouches for the log`,
      async (context) => {
        const lake = await livedIn(context);
        await lose(lake.folder);
        await isRefused(lake, 'LOG_ROLLED_BACK');
      },
    );

    long(`that ${how} without a log is told, and no new journal takes the place of the old one`, async (context) => {
      const lake = await livedIn(context);
      await fill(lake, 300);
      await lose(lake.folder);
      await rm(join(lake.folder, 'log/tail/000000000256'), { force: true });
      await rm(join(lake.folder, 'gex_history.db'));
      await isRefused(lake, 'JOURNAL_DAMAGED');
    });
  }

  long('that a copy of another is beside stops no reading', async (context) => {
    const lake = await livedIn(context);
    await copyFile(join(lake.folder, tail), join(lake.folder, 'log/tail/000000000005'));
    await enqueue(lake, 23);
    assert.deepEqual(await verified(lake), [0, []]);
    await copyFile(join(lake.folder, tail), join(lake.folder, 'log/tail/000000000512'));
    assert.equal((await lake.jobs()).length, 2);
    await isRefused(lake, 'JOURNAL_DAMAGED');
  });
});

suite('a journal', () => {
  long('that is wholly gone is begun anew with a word, also where that was killed in the middle', async (context) => {
    const lake = await livedIn(context);
    const { size, head } = await new Journal(join(lake.folder, 'log')).position();
    await mayWrite(lake);
    await loseJournal(lake.folder);
    await mayWrite(lake);
    const { notes } = await lake.json<{ notes: { code: string }[] }>(['verify']);
    assert.deepEqual(
      notes.map(({ code }) => code),
      ['JOURNAL_GONE'],
    );
    const older = join(lake.desk, 'older.db');
    await copyFile(join(lake.folder, 'gex_history.db'), older);
    await mkdir(join(lake.folder, 'log/tail'), { recursive: true });
    await writeFile(join(lake.folder, 'log/beginning'), '');
    await writeFile(join(lake.folder, tail), 'cut');
    const ran = await enqueue(lake, 23);
    assert.match(ran.stderr, /the journal .* was gone, and a new one is begun/);
    assert.ok(!(await lake.files('log')).includes('beginning'));
    const [first] = await Array.fromAsync(new Journal(join(lake.folder, 'log')).entries());
    assert.deepEqual(first?.entry.before, { size, head });
    // Killed between the first entry and the commit.
    await copyFile(older, join(lake.folder, 'gex_history.db'));
    assert.deepEqual(await verified(lake), [0, []]);
    await enqueue(lake, 24);
    assert.equal((await lake.jobs()).length, 3);
    assert.deepEqual(await verified(lake), [0, []]);
  });

  long('that is a link or a file is told by verify, as by every command that writes', async (context) => {
    const lake = await livedIn(context);
    const log = join(lake.folder, 'log');
    await rename(log, join(lake.desk, 'log'));
    for (const put of [() => symlink(join(lake.desk, 'log'), log), () => writeFile(log, '')]) {
      await put();
      assert.equal(errorOf(await enqueue(lake, 26)).code, 'PLACE_TAKEN');
      assert.deepEqual(await verified(lake), [6, ['JOURNAL_DAMAGED']]);
      await rm(log);
    }
  });

  long('that cannot be read without a log is told, and nothing is made in its place', async (context) => {
    const lake = await livedIn(context);
    await rm(join(lake.folder, 'gex_history.db'));
    // Root may read everything but a folder where a file belongs.
    await rm(join(lake.folder, tail));
    await mkdir(join(lake.folder, tail));
    await isRefused(lake, 'FILE_SYSTEM', 'JOURNAL_DAMAGED');
    assert.equal(errorOf(await lake.run(['restore', '--rebuild-log', '--json'])).code, 'FILE_SYSTEM');
  });

  long('whose secrets cannot be read is told where the log is whole', async (context) => {
    const lake = await livedIn(context);
    await mkdir(join(lake.folder, 'log/secrets'));
    assert.deepEqual(await verified(lake), [6, ['JOURNAL_DAMAGED']]);
  });

  long('that is damaged without a log: the hint leads back to one', async (context) => {
    const lake = await livedIn(context);
    const { snapshot } = await lake.json<{ snapshot: string }>(['backup', '--apply']);
    await rm(join(lake.folder, 'gex_history.db'));
    const bytes = await readFile(join(lake.folder, tail));
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    await writeFile(join(lake.folder, tail), bytes);
    await isRefused(lake, 'JOURNAL_DAMAGED');
    assert.match(errorOf(await enqueue(lake, 26)).hint ?? '', /gexlake restore backups\/.*--rebuild-log/s);
    const copy = join(lake.desk, 'copy');
    await cp(lake.folder, copy, { recursive: true });
    const restored = await lake.run(['restore', snapshot, '--apply']);
    assert.equal(restored.exitCode, 0, restored.stderr);
    assert.equal(only(await lake.jobs()).status, 'completed');
    assert.deepEqual(await verified(lake), [0, []]);
    await rm(lake.folder, { recursive: true });
    await cp(copy, lake.folder, { recursive: true });
    const rebuilt = await lake.run(['restore', '--rebuild-log', '--apply']);
    assert.equal(rebuilt.exitCode, 0, rebuilt.stderr);
    assert.equal(only(await lake.jobs()).status, 'completed');
    assert.deepEqual(await verified(lake), [0, []]);
  });

  long('that lacks what its checkpoint has makes no log, unless that is asked for', async (context) => {
    const lake = await livedIn(context);
    const short = await readFile(join(lake.folder, tail));
    await enqueue(lake, 24);
    await writeFile(join(lake.folder, tail), short);
    await rm(join(lake.folder, 'gex_history.db'));
    const before = await lake.tree('.');
    assert.equal(errorOf(await enqueue(lake, 25)).code, 'LOG_ROLLED_BACK');
    assert.deepEqual(
      [...(await lake.tree('.')).keys()]
        .filter((path) => !before.has(path))
        .map((path) => path.replace(/lock.*/, 'lock')),
      ['log/healing/lock'],
    );
    const rebuilt = await lake.run(['restore', '--rebuild-log', '--apply']);
    assert.match(rebuilt.stdout + rebuilt.stderr, /checkpoint/);
    assert.equal((await lake.jobs()).length, 1);
  });
});

const parts: Readonly<Record<string, string>> = {
  'a bundle': 'log/tile/entries/000',
  'a tile of hashes': 'log/tile/0/000',
};

suite('a part of the journal that nothing is added to', () => {
  for (const [what, path] of Object.entries(parts))
    long(`${what} with another byte is named by verify, and no backup is made of it`, async (context) => {
      const lake = await livedIn(context);
      await fill(lake, 300);
      const bytes = await readFile(join(lake.folder, path));
      bytes[4_000] = (bytes[4_000] ?? 0) ^ 1;
      await rm(join(lake.folder, path));
      await writeFile(join(lake.folder, path), bytes);
      assert.deepEqual(await verified(lake), [6, ['JOURNAL_DAMAGED']]);
      assert.equal(errorOf(await lake.run(['backup', '--apply', '--json'])).code, 'JOURNAL_DAMAGED');
      assert.deepEqual(await lake.files('backups'), []);
    });

  long('is missed by the first command that writes', async (context) => {
    const lake = await livedIn(context);
    await fill(lake, 300);
    await rm(join(lake.folder, 'log/tile/entries/000'));
    await isRefused(lake, 'JOURNAL_DAMAGED');
  });
});

suite('a log', () => {
  long('that was only begun when a journal is there is made from that', async (context) => {
    const lake = await livedIn(context);
    const path = join(lake.folder, 'gex_history.db');
    await rm(path);
    await runOn(path, 'CREATE TABLE schema_version (version INTEGER)');
    assert.equal((await enqueue(lake, 25)).exitCode, 0);
    assert.equal((await lake.jobs()).length, 2);
    assert.deepEqual(await verified(lake), [0, []]);
  });

  test('that is replaced while it is being opened is opened again', async (context) => {
    const { folder, desk } = await livedIn(context);
    const path = join(folder, 'gex_history.db');
    const other = join(desk, 'other.db');
    await copyFile(path, other);
    let replaced = false;
    // The time is asked for when the old file is open.
    const now_ms = () => {
      if (!replaced) renameSync(other, path);
      replaced = true;
      return Date.now();
    };
    const clock = { ...systemClock, now_ms };
    await openJobLog(path, { clock, commandOf: () => null }).whole.note('test', 'tester');
    assert.equal(replaced, true);
    assert.equal((await readDatabase(path, "SELECT 1 FROM maintenance_runs WHERE task = 'test'")).length, 1);
  });

  long('that is made from a journal with half an entry at its end says that it is left out', async (context) => {
    const lake = await livedIn(context);
    const { size } = await new Journal(join(lake.folder, 'log')).position();
    await writeFile(join(lake.folder, tail), Buffer.concat([await readFile(join(lake.folder, tail)), Buffer.alloc(9)]));
    await rm(join(lake.folder, 'gex_history.db'));
    const { stderr } = await enqueue(lake, 25);
    assert.match(stderr, new RegExp(`with every row of its ${size} entries; what lies behind them was no whole entry`));
  });
});
