import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite } from 'node:test';
import { migrations } from '../../src/joblog/duckdb/migrations.ts';
import { editLog, readDatabase } from '../support/duckdb.ts';
import { errorOf, lastFirst, only, type Lake } from '../support/gexlake.ts';
import { name, put, records } from '../support/records.ts';
import { copyOf, folder, prepare } from '../support/every-command.ts';
import { long, test } from '../support/shares.ts';

/* A log of the first release's layout is one of now, without what later layouts have added. */

const firstLayout = 4;
const newest = migrations.at(-1)?.version;
const later = migrations.filter(({ version }) => version > firstLayout);
const added = later.flatMap(({ adds = [] }) =>
  adds.map(({ table, column }) => `ALTER TABLE ${table} DROP COLUMN ${column}`),
);
const created = later.flatMap(({ statements }) =>
  statements
    .flatMap((statement) => /^CREATE TABLE (\w+)/.exec(statement)?.[1] ?? [])
    .map((table) => `DROP TABLE ${table}`),
);

const owner = lastFirst({ after });
const { lake } = await prepare(owner);

function historyOf({ folder: data }: Lake): string {
  return join(data, 'gex_history.db');
}

/** A copy of the lake whose log the first release has written, as far as its layout goes. */
async function oldLake(): Promise<Lake> {
  const copy = await copyOf(lake);
  await editLog(
    historyOf(copy),
    [
      ...added,
      ...created,
      'UPDATE data_layout SET version = 1',
      `DELETE FROM schema_migrations WHERE version > ${firstLayout}`,
    ].join('; '),
  );
  return copy;
}

async function layoutOf(path: string): Promise<number> {
  const rows = await readDatabase(path, 'SELECT max(version) AS version FROM schema_migrations');
  return Number(only(rows)['version']);
}

/** What the first release asks before anything else, of a log that it opens to read only. */
async function firstReleaseTakes(path: string): Promise<boolean> {
  return (await layoutOf(path)) <= firstLayout;
}

/** Rows with JSON as values, so that it counts what it says and not how it is written. */
async function dataOf(at: Lake, sql: string): Promise<unknown> {
  const rows = await readDatabase(historyOf(at), sql);
  const parsed = (value: unknown): unknown => {
    if (typeof value === 'bigint') return Number(value);
    return typeof value === 'string' && value.startsWith('{') ? JSON.parse(value) : value;
  };
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, parsed(value)])));
}

suite('a log of the first release', () => {
  for (const [trial, which, isTried] of [
    [test, 'by some commands', (word: string) => word === 'jobs' || word === 'query'],
    [long, 'by all commands', () => true],
  ] as const)
    trial(`is read as it is ${which} that only read`, async () => {
      const old = await oldLake();
      const before = await old.tree('.');
      const id = only((await lake.jobs(['--status', 'failed'])).slice(0, 1)).id;
      const commands: readonly (readonly string[])[] = [
        ['jobs'],
        ['jobs', 'show', id],
        ['query', 'SELECT count(*) AS events, count(data) AS told FROM job_events'],
        ['verify'],
        ['coverage'],
        ['reconcile', '--out', '-'],
        ['prune'],
        ['repair'],
        ['backup'],
        ['compact', folder, '--reason', 'x', '--plan'],
      ];
      for (const args of commands.filter(([word = '']) => isTried(word))) {
        const [then, now] = [await old.run([...args, '--json']), await lake.run([...args, '--json'])];
        assert.equal(then.exitCode, now.exitCode, `${args.join(' ')}: ${then.stderr}`);
        if (args[0] === 'query') assert.equal(then.stdout, now.stdout);
      }
      assert.deepEqual(await old.tree('.'), before);
    });

  test('is saved and upgraded by the first command that writes, which says so once', async () => {
    const old = await oldLake();
    assert.ok(await firstReleaseTakes(historyOf(old)));
    const source = await put(old.desk, name, records(90));
    const first = await old.run(['enqueue', source, '--json']);
    const said = /from schema version 4 to \d+, .* it was saved as (backups\/[^"]+Z)/.exec(first.stderr);
    assert.ok(said !== null, first.stderr);
    assert.equal(await layoutOf(historyOf(old)), newest);
    assert.equal(await layoutOf(join(old.folder, said[1] ?? '', 'gex_history.db')), firstLayout);
    assert.equal(await firstReleaseTakes(historyOf(old)), false);
    assert.doesNotMatch((await old.run(['enqueue', source])).stderr, /layout/);
    assert.equal((await old.files('backups')).filter((file) => file.endsWith('manifest.json')).length, 1);
  });

  long('is upgraded for an importer by the process that has started it', async () => {
    const old = await oldLake();
    const ran = await old.run(['import', await put(old.desk, name, records(90)), '--json']);
    assert.match(ran.stderr, /"event":"result"/);
    assert.equal(ran.stderr.match(/it was saved as backups\//g)?.length, 1);
    assert.equal(await layoutOf(historyOf(old)), newest);
  });

  long('stays as it is where it cannot be saved', async () => {
    const old = await oldLake();
    await writeFile(join(old.folder, 'backups'), 'not a folder');
    const before = await old.tree('gex_history.db');
    for (const args of [
      ['enqueue', await put(old.desk, name, records(90))],
      ['import', await put(old.desk, name, records(90))],
    ]) {
      const ran = await old.run([...args, '--json']);
      assert.notEqual(ran.exitCode, 0);
      assert.notEqual(errorOf(ran).code, 'INTERNAL');
      assert.equal(await layoutOf(historyOf(old)), firstLayout);
    }
    assert.deepEqual(await old.tree('gex_history.db'), before);
  });

  long('says as data what it said in words, as if it had been written by this version', async () => {
    const old = await oldLake();
    await old.run(['enqueue', await put(old.desk, name, records(90))]);
    const [{ last }] = (await dataOf(lake, 'SELECT max(number) AS last FROM job_events')) as [{ last: number }];
    // What to do about an error was not in its words.
    const data =
      "CASE event WHEN 'failed' THEN (data->>'$.error.code') || (data->>'$.error.message') ELSE data END AS data";
    const events = `SELECT job_id, event, detail, number, ${data} FROM job_events WHERE number <= ${last} ORDER BY number`;
    assert.deepEqual(await dataOf(old, events), await dataOf(lake, events));
    const jobs =
      "SELECT id, url, target, error->>'$.code' AS code, error->>'$.message' AS message, origin FROM import_jobs WHERE id IN";
    const files = 'SELECT job_id, path, state, committed_at, superseded_at FROM parquet_files ORDER BY ALL';
    assert.deepEqual(await dataOf(old, files), await dataOf(lake, files));
    const known = (await lake.jobs()).map(({ id }) => `'${id}'`).join(', ');
    const told = `${jobs} (${known}) ORDER BY id`;
    assert.deepEqual(await dataOf(old, told), await dataOf(lake, told));
  });
});
