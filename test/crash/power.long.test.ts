import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, suite, test } from 'node:test';
import { isOfWal, upgradeSchema, withDatabase } from '../../src/db/db.ts';
import { Journal } from '../../src/journal/journal.ts';
import { migrations } from '../../src/joblog/duckdb/migrations.ts';
import { openJobLog } from '../../src/joblog/joblog.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { numbersFrom } from '../support/numbers.ts';
import { request } from '../joblog/ports/made.ts';
import { assertAcknowledged, hear, type Acknowledged } from './acknowledged.ts';
import { Disk } from './disk/disk.ts';
import { lossAt, nothingLost, type NamedLoss } from './disk/losses.ts';
import { cannotRecord, makeRecorder, type DiskCall } from './disk/record.ts';
import { all } from './scenario.ts';
import { timeout } from './steps.ts';
import { count } from './tally.ts';

/*
 * Power cuts. What a writer of the log does to its folder is recorded, call by call with all bytes. Then, for a cut after any of these
 * calls, the folder is built as a disk may have it: what was synced is there, of the rest any part. In each such folder who reads and who
 * writes next find every transaction that was acknowledged before the cut, and the log is the one that its journal says.
 */

/** `GEXLAKE_SEED` where the same cuts shall be done again. */
const seed = Number(process.env['GEXLAKE_SEED'] ?? Date.now() % 2 ** 31);
const cutsOfEach = all ? 60 : 6;

const root = await mkdtemp(join(tmpdir(), 'gexlake-power-'));
const recorder = cannotRecord === false ? await makeRecorder() : null;
after(async () => {
  await recorder?.remove();
  await rm(root, { recursive: true, force: true });
});

const options = { clock: systemClock, commandOf: () => null };

/** For how many turns log-writer.ts goes on. */
type Run = { readonly turns: number; readonly mode?: string };

type Scenario = {
  /** Makes the folder as it is before the first call, and gives what of it was acknowledged. */
  readonly prepare: (path: string) => Promise<Acknowledged>;
  readonly run: Run;
};

const nothing = async (): Promise<Acknowledged> => new Map();

async function lived(path: string): Promise<Acknowledged> {
  const acknowledged: Acknowledged = new Map();
  for (const { id, status } of await openJobLog(path, options).queue.enqueue([request('/first'), request('/second')]))
    acknowledged.set(id, status);
  return acknowledged;
}

/** The writer's first turn fills a bundle. */
async function nearlyFull(path: string): Promise<Acknowledged> {
  const acknowledged = await lived(path);
  const { whole } = openJobLog(path, options);
  for (let at = (await whole.journal.position()).size; at < 252; at++) await whole.note('full', `turn ${at}`);
  return acknowledged;
}

async function ruined(path: string): Promise<Acknowledged> {
  const acknowledged = await lived(path);
  await truncate(path, 5_000);
  return acknowledged;
}

/** A log of the first release, which had no journal. */
async function old(path: string): Promise<Acknowledged> {
  const id = '0'.repeat(32);
  await withDatabase(path, options, async (database) => {
    await upgradeSchema(
      database,
      migrations.filter(({ version }) => version <= 4),
      '2026-01-05T10:00:00.000Z',
    );
    await database.run(
      `INSERT INTO import_jobs (id, url, status, created_at, updated_at, kind, attempts, skipped, publish)
       VALUES ($1, '/old', 'pending', '2026-01-05', '2026-01-05', 'import', 0, false, true)`,
      [id],
    );
  });
  return new Map([[id, 'pending']]);
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'in the first transactions of a log': { prepare: nothing, run: { turns: 1 } },
  'in transactions and while the database is closed': { prepare: lived, run: { turns: 3 } },
  'in an entry whose rows lie beside it': { prepare: lived, run: { turns: 1, mode: 'wide' } },
  'while a bundle is made': { prepare: nearlyFull, run: { turns: 1 } },
  'while the database is made again': { prepare: ruined, run: { turns: 1 } },
  'while an old log is upgraded': { prepare: old, run: { turns: 1 } },
};

async function newFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(root, `${name}-`));
  await mkdir(join(folder, 'data'));
  return join(folder, 'data');
}

async function record(folder: string, { turns, mode = '' }: Run, killAfter = 0): Promise<readonly DiskCall[]> {
  assert.ok(recorder !== null);
  const args = [join(import.meta.dirname, 'log-writer.ts'), join(folder, 'gex_history.db'), mode, String(turns)];
  return recorder.record(folder, args, killAfter);
}

/** What lies in a folder, with its bytes. */
function contents(folder: string): ReadonlyMap<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(folder, path), entry.isDirectory() ? 'folder' : readFileSync(path).toString('base64')];
    }),
  );
}

/** A disk, and what was acknowledged by then. */
type Machine = { readonly folder: string; readonly disk: Disk; readonly acknowledged: Acknowledged };

/** The disk with all that was recorded is the folder: nothing has escaped the record. */
async function assertComplete({ disk, folder }: Machine): Promise<void> {
  const built = await newFolder('complete');
  disk.build(built, nothingLost);
  assert.deepEqual(contents(built), contents(folder), 'something was not recorded');
  await rm(built, { recursive: true });
}

/** The power goes after some of the calls. */
async function cut(machine: Machine, calls: readonly DiskCall[], cuts: number): Promise<void> {
  const random = numbersFrom(seed);
  // One in each stretch of the calls, so that no part of them is left out.
  const places = Array.from({ length: cuts }, (_, at) =>
    Math.floor(((at + random(1_000) / 1_000) * calls.length) / cuts),
  );
  const begins = random(100);
  for (const [at, call] of calls.entries()) {
    machine.disk.apply(call);
    if (call.kind === 'said') for (const line of call.text.split('\n')) hear(machine.acknowledged, line);
    for (const [which, place] of places.entries())
      if (place === at)
        await tryCut(machine, lossAt(begins + which, random), `call ${at} of ${calls.length}, ${call.kind}`);
  }
}

async function tryCut({ disk, acknowledged }: Machine, { name, loss }: NamedLoss, where: string): Promise<void> {
  const folder = await newFolder('cut');
  disk.build(folder, loss);
  const before = contents(folder);
  const how = `cut after ${where}, losing ${name}, of GEXLAKE_SEED=${seed}, ${folder}`;
  const path = join(folder, 'gex_history.db');
  const isRead = await canBeRead(path);
  assert.deepEqual(contents(folder), before, `${how}: reading changes nothing`);
  if (!isRead) await openJobLog(path, options).whole.prepare();
  await assertAcknowledged(path, acknowledged, how);
  count('power_cuts');
  await rm(dirname(folder), { recursive: true });
}

/** A log that has no journal yet is not read where its WAL is not whole; who writes next puts that aside. */
async function canBeRead(path: string): Promise<boolean> {
  try {
    await openJobLog(path, options).whole.snapshot();
    return true;
  } catch (error) {
    if (isOfWal(error) && (await new Journal(join(dirname(path), 'log')).isGone())) return false;
    throw error;
  }
}

async function prepared(name: string, { prepare }: Scenario): Promise<Machine> {
  const folder = await newFolder(name);
  const acknowledged = await prepare(join(folder, 'gex_history.db'));
  return { folder, disk: new Disk(folder), acknowledged };
}

suite('crash safety: power cuts', { ...timeout, skip: cannotRecord }, () => {
  for (const [title, scenario] of Object.entries(scenarios)) {
    test(title, timeout, async () => {
      const machine = await prepared('cuts', scenario);
      const calls = await record(machine.folder, scenario.run);
      await cut(machine, calls, cutsOfEach);
      await assertComplete(machine);
    });
  }

  test('of a machine whose writer was killed before, with what it had not synced', timeout, async () => {
    const scenario = { prepare: nothing, run: { turns: 1 } };
    const calls = await record((await prepared('reference', scenario)).folder, scenario.run);
    const isOfJournal = (call: DiskCall) =>
      call.kind !== 'said' && call.kind !== 'sync' && /\/log(?:\/|$)/.test(call.path);
    const places = calls.flatMap((call, at) => (isOfJournal(call) ? [at + 1] : []));
    const tried = all ? places : places.filter((_, at) => at % 6 === 2);
    for (const killAfter of tried) {
      const machine = await prepared('killed', scenario);
      for (const call of await record(machine.folder, scenario.run, killAfter)) {
        machine.disk.apply(call);
        if (call.kind === 'said') for (const line of call.text.split('\n')) hear(machine.acknowledged, line);
      }
      const next = await record(machine.folder, { turns: 1 });
      await cut(machine, next, all ? 6 : 4);
      await assertComplete(machine);
    }
  });
});
