import assert from 'node:assert/strict';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import type { LogReport, RestartReport, ShownEntry, WholeEntry } from '../../src/app/app.ts';
import { Journal } from '../../src/journal/journal.ts';
import { runOn } from '../support/duckdb.ts';
import { dayImported } from '../support/day-imported.ts';
import { errorOf, only, type Lake, type Owner } from '../support/gexlake.ts';
import { put, records } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

const tail = 'log/tail/000000000000';

async function livedIn(owner: Owner): Promise<Lake> {
  const { lake } = await dayImported(owner);
  return lake;
}

async function enqueue(lake: Lake, at: number): Promise<string> {
  const source = await put(lake.desk, `2025-10-${at}_SPX_classic_gex_zero.json`, records(20, (at - 22) * 86_400));
  const { stdout } = await lake.run(['enqueue', source]);
  return stdout;
}

async function verify(lake: Lake, args: readonly string[] = []): Promise<LogReport> {
  return lake.json<LogReport>(['log', 'verify', ...args]);
}

const codesOf = ({ problems }: Pick<LogReport, 'problems'>) => problems.map(({ code }) => code);

suite('gexlake log verify', () => {
  test('says root and size, and that older checkpoints are of its beginning', async (context) => {
    const lake = await livedIn(context);
    const older = join(lake.desk, 'checkpoint');
    await copyFile(join(lake.folder, 'log/checkpoint'), older);
    const first = await verify(lake);
    assert.equal(first.ok, true);
    assert.equal(await readFile(older, 'utf8'), `${first.origin}\n${first.entries}\n${first.root}\n`);
    await enqueue(lake, 23);
    const tree = await lake.tree('.');
    const second = await verify(lake, ['--checkpoint', older]);
    assert.deepEqual([second.ok, second.entries, second.origin], [true, first.entries + 1, first.origin]);
    assert.deepEqual(await lake.tree('.'), tree, 'it changes nothing');
  });

  long('names a journal that is shorter than an older checkpoint, or another one', async (context) => {
    const lake = await livedIn(context);
    const [short, database] = [
      await readFile(join(lake.folder, tail)),
      await readFile(join(lake.folder, 'gex_history.db')),
    ];
    await enqueue(lake, 23);
    const older = join(lake.desk, 'checkpoint');
    await copyFile(join(lake.folder, 'log/checkpoint'), older);
    // Everything in the folder is put back to what it was.
    await writeFile(join(lake.folder, tail), short);
    await writeFile(join(lake.folder, 'gex_history.db'), database);
    await rm(join(lake.folder, 'log/checkpoint'));
    assert.deepEqual(codesOf(await verify(lake)), [], 'which is not seen from inside');
    assert.deepEqual(codesOf(await verify(lake, ['--checkpoint', older])), ['LOG_ROLLED_BACK']);
    await enqueue(lake, 24);
    const ran = await lake.run(['log', 'verify', '--checkpoint', older]);
    assert.match(ran.stderr, /LOG_FORKED/);
    assert.equal(ran.exitCode, 6);
    await writeFile(older, 'no checkpoint');
    assert.equal(
      errorOf(await lake.run(['log', 'verify', '--checkpoint', older, '--json'])).code,
      'CHECKPOINT_INVALID',
    );
  });

  long('names an edited row, a changed tile, and a journal that is damaged', async (context) => {
    const lake = await livedIn(context);
    await runOn(join(lake.folder, 'gex_history.db'), "UPDATE import_jobs SET reason = 'edited'");
    assert.deepEqual(codesOf(await verify(lake)), ['LOG_ROW_CHANGED']);
    const bytes = await readFile(join(lake.folder, tail));
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    await writeFile(join(lake.folder, tail), bytes);
    assert.ok(codesOf(await verify(lake)).includes('JOURNAL_DAMAGED'));
  });

  long('finds one byte of any full tile that is not what it was', async (context) => {
    const lake = await livedIn(context);
    const journal = new Journal(join(lake.folder, 'log'));
    const rows = [] as const;
    for (let at = (await journal.position()).size; at < 300; at++)
      await journal.append({ kind: 'change', committed_at: '2026-01-05T10:00:00Z', actor: 'tester', what: [], rows });
    await enqueue(lake, 25);
    assert.equal((await verify(lake)).ok, true);
    const tile = join(lake.folder, 'log/tile/0/000');
    const bytes = await readFile(tile);
    bytes[77] = (bytes[77] ?? 0) ^ 1;
    await rm(tile);
    await writeFile(tile, bytes);
    assert.deepEqual(codesOf(await verify(lake)), ['JOURNAL_DAMAGED']);
  });
});

suite('gexlake log show', () => {
  test('prints entries in words, the last ones, from one on, or about a job', async (context) => {
    const lake = await livedIn(context);
    const { id } = only(await lake.jobs());
    const all = await lake.json<ShownEntry[]>(['log', 'show', '--limit', '100']);
    assert.deepEqual(
      all.map(({ seq }) => seq),
      all.map((_, at) => at),
    );
    assert.deepEqual([all[0]?.what, all.at(-1)?.what], [['whole'], ['completed']]);
    const last = await lake.json<ShownEntry[]>(['log', 'show', '--limit', '2']);
    assert.deepEqual(last, all.slice(-2));
    assert.deepEqual(await lake.json(['log', 'show', '--from', '1', '--limit', '2']), all.slice(1, 3));
    await enqueue(lake, 23);
    const about = await lake.json<ShownEntry[]>(['log', 'show', '--job', id]);
    assert.deepEqual(about, all.slice(1));
    const { stdout } = await lake.run(['log', 'show']);
    assert.match(stdout, /ENTRY .*completed .*import_jobs 1/s);
    const entry = await lake.json<WholeEntry>(['log', 'show', '1']);
    assert.deepEqual(entry.changes.map(({ table }) => table).sort(), ['import_jobs', 'job_events', 'job_events']);
    assert.equal((await lake.run(['log', 'show', '1000'])).exitCode, 2);
  });
});

suite('gexlake log restart', () => {
  long('begins a new journal that names the root of the one before, which is kept aside', async (context) => {
    const lake = await livedIn(context);
    const before = await verify(lake);
    const [rows, old] = [await lake.jobs(), await lake.tree('log')];
    const restart = ['log', 'restart', '--reason', 'to try it'];
    const plan = await lake.json<RestartReport>(restart);
    assert.deepEqual(
      plan.plan.map(({ action }) => action),
      ['snapshot', 'keep aside', 'begin'],
    );
    assert.deepEqual(await lake.tree('log'), old);
    const done = await lake.json<RestartReport>([...restart, '--apply', plan.plan_id]);
    assert.equal(done.aside, plan.aside);
    assert.deepEqual(await lake.tree(String(done.aside)), old);
    const entry = await lake.json<WholeEntry>(['log', 'show', '0']);
    assert.deepEqual(entry.before?.root, { origin: before.origin, size: before.entries, root: before.root });
    assert.deepEqual([entry.reason, entry.actor], ['to try it', 'tester']);
    const after = await verify(lake);
    assert.deepEqual([after.ok, after.notes.map(({ code }) => code)], [true, ['LOG_RESTARTED']]);
    assert.notEqual(after.origin, before.origin);
    const { notes } = await lake.json<{ notes: { code: string }[] }>(['verify']);
    assert.deepEqual(
      notes.map(({ code }) => code),
      ['LOG_RESTARTED'],
    );
    assert.deepEqual(await lake.jobs(), rows);
    assert.match((await lake.run(['prove'])).stderr, /begun anew .* by tester: to try it/);
    const aside = join(lake.folder, String(done.aside), 'checkpoint');
    assert.deepEqual(codesOf(await verify(lake, ['--checkpoint', aside])), ['LOG_FORKED']);
  });

  const ruins: Readonly<Record<string, (lake: Lake) => Promise<unknown>>> = {
    'whose tail is garbage': (lake) => writeFile(join(lake.folder, tail), 'x'.repeat(9_000)),
    'whose tail is gone': (lake) => rm(join(lake.folder, tail)),
    'that is shorter': async (lake) => {
      const bytes = await readFile(join(lake.folder, tail));
      await writeFile(join(lake.folder, tail), bytes.subarray(0, bytes.byteLength / 2));
    },
    'that the log knows nothing of': async (lake) => {
      await runOn(join(lake.folder, 'gex_history.db'), 'DELETE FROM journal_position');
      await runOn(
        join(lake.folder, 'gex_history.db'),
        "INSERT INTO job_events SELECT * REPLACE ('later' AS event, number + 1 AS number) FROM job_events ORDER BY number DESC LIMIT 1",
      );
    },
  };
  for (const [which, ruin] of Object.entries(ruins))
    long(`is the way out of a journal ${which}, and its refusal says so`, async (context) => {
      const lake = await livedIn(context);
      const { root } = await verify(lake);
      await ruin(lake);
      const source = await put(lake.desk, 'SPX_2025-10-23_classic_gex_zero.json', records(20, 86_400));
      const refused = await lake.run(['enqueue', source, '--json']);
      if (!/garbage|gone/.test(which)) assert.match(errorOf(refused).hint ?? '', /gexlake log restart --reason/);
      const done = await lake.run(['log', 'restart', '--reason', 'lost', '--apply']);
      assert.equal(done.exitCode, 0, done.stderr);
      const entry = await lake.json<WholeEntry>(['log', 'show', '0']);
      if (which !== 'whose tail is gone') assert.equal(entry.before?.root?.root, root, 'by its last checkpoint');
      assert.equal((await verify(lake)).ok, true);
      assert.equal((await lake.run(['verify'])).exitCode, 0);
      assert.ok((await lake.jobs()).length > 0);
    });

  long('that is killed leaves the old journal, or a log that begins one by itself, and every row', async (context) => {
    for (const fault of [
      'kill@backup:rename#1',
      'kill@restore:aside#1',
      'kill@journal:append#1',
      'kill@log:commit#1',
    ]) {
      const lake = await livedIn(context);
      const [jobs, { entries }] = [await lake.jobs(), await verify(lake)];
      const env = { GEXLAKE_FAULT: fault };
      const ran = await lake.spawn(['log', 'restart', '--reason', 'to try it', '--apply'], { env });
      assert.ok(ran.exitCode !== 0 || !/append|aside/.test(fault), fault);
      assert.deepEqual(await lake.jobs(), jobs, fault);
      await enqueue(lake, 23);
      const report = await verify(lake);
      assert.deepEqual([report.ok, codesOf(report)], [true, []], fault);
      const first = await lake.json<WholeEntry>(['log', 'show', '0']);
      assert.ok(report.entries > entries || first.before?.size === entries, fault);
    }
  });
});
