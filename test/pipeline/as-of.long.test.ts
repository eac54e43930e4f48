import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { ErrorCode } from '../../src/core/errors.ts';
import { interrupts } from '../support/built-program.ts';
import { editLog, loseJournal, readDatabase } from '../support/duckdb.ts';
import { only } from '../support/gexlake.ts';
import { name, records, type MadeRecord } from '../support/records.ts';
import { makeDesk, type Desk } from './importer-here.ts';

/*
 * What counted at a time, whatever has been done to a data folder since. Each history is lived, and after each of its steps what is live then
 * is kept; in the end the lake gives each of them by its time, and nothing else.
 */

const day_s = 86_400;
const folder = 'parquet/gex/2025/10/SPX/gex_zero';
const strikes = `${folder}/strikes.parquet`;
const next = name.replace('22', '23');
const apply = { apply: true, expected: null } as const;

/** A session whose rows are told apart by their zero gamma. */
function session(count: number, version: number, day = 0): MadeRecord[] {
  return records(count, day * day_s).map((one) => Object.assign(one, { zero_gamma: version }));
}

const shownRows =
  'SELECT session_date::VARCHAR, zero_gamma, count(*)::INTEGER FROM snapshots GROUP BY ALL ORDER BY ALL';

/** What a query gives about a time, or about what is live. */
async function ask({ app }: Desk, sql: string, times: Readonly<Record<string, string>> = {}) {
  const asOf = Object.entries(times).map(([schema, at]) => ({ name: schema === '' ? null : schema, at }));
  const heard: unknown[] = [];
  const request = { sql, limit: null, alsoRead: [], asOf, signal: interrupts.finish, onProgress: () => undefined };
  const rows: unknown[] = [];
  await app.queryRows({ ...request, onAsOf: (all) => heard.push(...all) }, async (result) => {
    for await (const block of result.blocks()) rows.push(...block);
  });
  return { rows, heard };
}

/** The time of the newest change of what counts. */
async function newestChange(desk: Desk): Promise<string> {
  const sql = 'SELECT max(coalesce(superseded_at, committed_at)) AS at FROM parquet_files';
  const { at } = only(await readDatabase(join(desk.lake.folder, 'gex_history.db'), sql));
  assert.ok(at instanceof Date);
  return at.toISOString();
}

const before = (at: string) => new Date(Date.parse(at) - 1).toISOString();

async function fails(code: ErrorCode, act: Promise<unknown>, words: RegExp): Promise<void> {
  await assert.rejects(act, (error: { code?: string; message: string }) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  });
}

async function repair({ app }: Desk): Promise<void> {
  const { failed } = await app.repair({ kind: 'deep' }, apply, () => undefined);
  assert.deepEqual(failed, []);
}

type Step = (desk: Desk) => Promise<unknown>;

const importFirst: Step = (desk) => desk.import(name, session(20, 1));
const importNext: Step = (desk) => desk.import(next, session(20, 1, 1));
const undo: Step = (desk) => desk.restore(strikes);

/** Corrects what is live of the first session. */
function correct(version: number): Step {
  return async (desk) => {
    const jobs = await ask(
      desk,
      "SELECT id FROM import_jobs WHERE status = 'completed' AND kind IN ('import', 'correction') AND session_date = '2025-10-22' ORDER BY created_at DESC LIMIT 1",
    );
    const [id] = only(jobs.rows as readonly (readonly [string])[]);
    return desk.correct(id, name, session(20, version));
  };
}

/** The clock goes back: what is in the log is later than now. */
const clockBack: Step = ({ lake }) =>
  editLog(
    join(lake.folder, 'gex_history.db'),
    'UPDATE parquet_files SET committed_at = committed_at + INTERVAL 1 HOUR, superseded_at = superseded_at + INTERVAL 1 HOUR',
  );

const histories: Readonly<Record<string, readonly Step[]>> = {
  'corrections of corrections': [importFirst, importNext, correct(2), correct(3), correct(4)],
  'an extension, a compaction, its undoing, and another one': [
    importFirst,
    (desk) => desk.import(name, session(30, 1)),
    importNext,
    (desk) => desk.compact(folder),
    undo,
    (desk) => desk.compact(folder),
    correct(2),
  ],
  'a correction that was undone, and that undone, too': [importFirst, correct(2), undo, undo],
  'a withdrawal after which the session was imported again': [
    importFirst,
    importNext,
    async (desk) =>
      desk.withdraw(
        (await desk.lake.jobs())
          .map(({ id }) => id)
          .sort()
          .at(-1) ?? '',
      ),
    importNext,
  ],
  'a file that was lost and put back': [
    importFirst,
    correct(2),
    async (desk) => {
      await rm(join(desk.lake.folder, strikes));
      await rm(join(desk.lake.folder, `${folder}/snapshots.parquet`));
      await repair(desk);
    },
    correct(3),
  ],
};

/** Lives a history; gives, for each change of what counts, its time and what is live then. */
async function live(desk: Desk, steps: readonly Step[]): Promise<Map<string, unknown>> {
  const told = new Map<string, unknown>();
  for (const step of steps) {
    await step(desk);
    told.set(await newestChange(desk), (await ask(desk, shownRows)).rows);
  }
  return told;
}

/** Asks for all times, and the moments before them, side by side; and picks them out of all versions. */
async function assertTold(desk: Desk, told: ReadonlyMap<string, unknown>): Promise<void> {
  const expected: unknown[] = [];
  const times: Record<string, string> = {};
  let earlier: unknown = [];
  for (const [at, rows] of told) {
    const count = expected.push([before(at), earlier], [at, rows]);
    [times[`t${count - 2}`], times[`t${count - 1}`]] = [before(at), at];
    earlier = rows;
  }
  const rowsOf = async (from: (schema: string, at: string) => string, asked: Readonly<Record<string, string>>) => {
    const parts = Object.entries(times).map(
      ([schema, at], index) =>
        `SELECT ${index}, session_date::VARCHAR, zero_gamma, count(*)::INTEGER FROM ${from(schema, at)} GROUP BY ALL`,
    );
    const { rows } = await ask(desk, `${parts.join(' UNION ALL ')} ORDER BY ALL`, asked);
    const all = rows as readonly (readonly [number, ...unknown[]])[];
    return Object.values(times).map((at, index) => [at, all.filter(([of]) => of === index).map(([, ...row]) => row)]);
  };
  assert.deepEqual(await rowsOf((schema) => `${schema}.snapshots`, times), expected);
  const versions = (_: string, at: string) =>
    `snapshots_versions WHERE known_from <= '${at}' AND (known_to IS NULL OR known_to > '${at}')`;
  assert.deepEqual(await rowsOf(versions, {}), expected);
}

suite('what counted at a time', () => {
  for (const [title, steps] of Object.entries(histories)) {
    test(title, async (context) => {
      const desk = await makeDesk(context);
      await assertTold(desk, await live(desk, steps));
    });
  }

  test('where the clock went back', async (context) => {
    const desk = await makeDesk(context);
    await live(desk, [importFirst]);
    await clockBack(desk);
    const told = new Map([
      [await newestChange(desk), (await ask(desk, shownRows)).rows],
      ...(await live(desk, [correct(2), importNext, correct(3)])),
    ]);
    assert.equal(told.size, 4, 'each commit has a time of its own, later than all before');
    for (const [at, rows] of told) assert.deepEqual((await ask(desk, shownRows, { '': at })).rows, rows);
  });

  test('several times side by side, and what they rest on', async (context) => {
    const desk = await makeDesk(context);
    const [a = '', b = ''] = (await live(desk, [importFirst, correct(2)])).keys();
    const sql =
      'SELECT x.zero_gamma, y.zero_gamma, z.zero_gamma FROM a.snapshots x JOIN b.snapshots y USING (timestamp) JOIN snapshots z USING (timestamp) GROUP BY ALL';
    const { rows, heard } = await ask(desk, sql, { a, b });
    assert.deepEqual(rows, [[1, 2, 2]]);
    assert.deepEqual(heard, [
      { name: 'a', as_of: a, basis: 'journal', files: 2 },
      { name: 'b', as_of: b, basis: 'journal', files: 2 },
    ]);
    const versions = 'SELECT DISTINCT zero_gamma, job_id, known_to IS NULL FROM snapshots_versions ORDER BY 1';
    const jobs = (await desk.lake.jobs()).map(({ id }) => id).sort();
    assert.deepEqual((await ask(desk, versions)).rows, [
      [1, jobs[0], false],
      [2, jobs[1], true],
    ]);
    assert.deepEqual(
      (await ask(desk, 'DESCRIBE strikes_versions')).rows.slice(-3).map((row) => (row as string[])[0]),
      ['known_from', 'known_to', 'job_id'],
    );
  });

  test('versions of a lake without rows', async (context) => {
    const desk = await makeDesk(context);
    assert.deepEqual((await ask(desk, 'FROM snapshots_versions', {})).rows, []);
  });
});

suite('what is not known of a time is refused', () => {
  test('any, without a log', async (context) => {
    const desk = await makeDesk(context);
    const [first = ''] = (await live(desk, [importFirst])).keys();
    await rm(join(desk.lake.folder, 'gex_history.db'));
    await loseJournal(desk.lake.folder);
    await fails('AS_OF_UNKNOWN', ask(desk, shownRows, { '': first }), /no job log/);
  });

  test('a time ahead', async (context) => {
    const desk = await makeDesk(context);
    await importFirst(desk);
    await fails('AS_OF_UNKNOWN', ask(desk, shownRows, { '': '2999-01-01T00:00:00.000Z' }), /lies ahead/);
  });

  test('bytes that are gone, by their names; where others of the same bytes lie, they are read', async (context) => {
    const desk = await makeDesk(context);
    const [first = '', second = ''] = (await live(desk, [importFirst, correct(2), undo])).keys();
    const archived = (await desk.lake.files('archive')).map((path) => join('archive', path));
    const lives = (await ask(desk, `SELECT archive_path FROM parquet_files WHERE superseded_at = '${second}'`)).rows;
    const paths = (lives as readonly (readonly [string])[]).map(([path]) => path);
    assert.ok(paths.every((path) => archived.includes(path)));
    for (const path of paths) await rm(join(desk.lake.folder, path));
    assert.deepEqual((await ask(desk, shownRows, { '': first })).rows, (await ask(desk, shownRows)).rows);
    const others = archived.filter((path) => !paths.includes(path));
    for (const path of others) await rm(join(desk.lake.folder, path));
    await fails('FILE_SYSTEM', ask(desk, shownRows, { '': second }), /counted until .*, is gone: archive\//);
    await repair(desk);
    assert.equal((await ask(desk, shownRows, { '': second })).rows.length, 1);
  });

  test('before a rebuilt log was rebuilt', async (context) => {
    const desk = await makeDesk(context);
    const told = await live(desk, [importFirst, correct(2)]);
    const [first = ''] = told.keys();
    await rm(join(desk.lake.folder, 'gex_history.db'));
    await loseJournal(desk.lake.folder);
    await desk.app.rebuildLog(apply, () => undefined);
    await fails('AS_OF_UNKNOWN', ask(desk, shownRows, { '': first }), /the log was rebuilt/);
    const rebuilt = await newestChange(desk);
    assert.deepEqual((await ask(desk, shownRows, { '': rebuilt })).rows, [...told.values()].at(-1));
    const later = await live(desk, [correct(3)]);
    for (const [at, rows] of later) assert.deepEqual((await ask(desk, shownRows, { '': at })).rows, rows);
    assert.deepEqual((await ask(desk, shownRows, { '': rebuilt })).rows, [...told.values()].at(-1));
  });

  test('between a snapshot and its restoration', async (context) => {
    const desk = await makeDesk(context);
    const [first = ''] = (await live(desk, [importFirst])).keys();
    const shown = (await ask(desk, shownRows)).rows;
    const { snapshot } = await desk.app.backUp(apply, null, () => undefined);
    const [second = ''] = (await live(desk, [importNext])).keys();
    assert.ok(snapshot !== null);
    const asked = { ask: apply, snapshot: join(desk.lake.folder, snapshot), into: null };
    await loseJournal(desk.lake.folder);
    await desk.app.restore(asked, () => undefined);
    await fails('AS_OF_UNKNOWN', ask(desk, shownRows, { '': second }), /the log was restored at/);
    assert.deepEqual((await ask(desk, shownRows, { '': first })).rows, shown);
    assert.deepEqual((await ask(desk, shownRows, { '': new Date().toISOString() })).rows, shown);
    assert.deepEqual((await desk.app.restore(asked, () => undefined)).plan, [], 'it is restored already');
    await repair(desk);
    await desk.app.prune(apply, () => undefined);
    const imported = await live(desk, [importNext]);
    assert.deepEqual((await ask(desk, shownRows, { '': first })).rows, shown);
    for (const [at, rows] of imported) assert.deepEqual((await ask(desk, shownRows, { '': at })).rows, rows);
  });
});
