import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'node:test';
import { parseStoredPath } from '../../src/core/stored-path.ts';
import { governedColumns } from '../../src/joblog/journal/rows.ts';
import { logTables } from '../../src/core/log-tables.ts';
import { noteRestoration, openJobLog, type JobLog } from '../../src/joblog/joblog.ts';
import { all } from '../crash/scenario.ts';
import { readDatabase } from '../support/duckdb.ts';
import type { Owner } from '../support/gexlake.ts';
import { numbersFrom, type Numbers } from '../support/numbers.ts';
import { runs, test } from '../support/shares.ts';
import { doAny, type Desk } from './random-operations.ts';

/*
 * Any operations of all ports in any order, by several handles, which are opened again and again as processes are: afterwards nothing is
 * found by comparing the log with its journal, and the log that is made from the journal alone has the same rows.
 */

/** `GEXLAKE_SEED` where the same operations shall be done again. */
const seed = Number(process.env['GEXLAKE_SEED'] ?? Date.now() % 2 ** 31);
const handles = 4;
const comparedEvery = 1_000;

/** A clock that mostly moves on, and sometimes stands still or is set back. */
function clockOf(random: Numbers) {
  let now_ms = Date.parse('2026-01-05T10:00:00Z');
  const move = () => (random(40) === 0 ? -random(5_000) : random(10) === 0 ? 0 : random(900));
  return {
    now_ms: () => (now_ms += move()),
    monotonic_ms: () => performance.now(),
    sleep: async () => undefined,
  };
}

/** Every row that the journal is about, by table. */
async function rowsOf(path: string): Promise<unknown[]> {
  return Promise.all(
    logTables.map((table) => {
      const columns = governedColumns(table).map(([name]) => name);
      return readDatabase(path, `SELECT ${columns.join(', ')} FROM ${table.name} ORDER BY ALL`);
    }),
  );
}

async function work(owner: Owner, operations: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gexlake-random-'));
  owner.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'gex_history.db');
  const random = numbersFrom(seed);
  const options = { clock: clockOf(random), commandOf: () => null };
  const opened: JobLog[] = Array.from({ length: handles }, () => openJobLog(path, options));
  const desk: Desk = { random, jobs: [], attempts: [], received: new Set() };
  let refused = 0;
  for (let done = 0; done < operations; done++) {
    const which = random(handles);
    if (random(20) === 0) opened[which] = openJobLog(path, options);
    if (random(500) === 0) await restored(path, options);
    refused += (await doAny(opened[which] ?? openJobLog(path, options), desk)) ? 1 : 0;
    if (done % comparedEvery === comparedEvery - 1)
      assert.deepEqual(await opened[0]?.whole.compare(), [], `after ${done}`);
  }
  const [log] = opened;
  // A short history may have none.
  assert.ok(operations < 1_000 || refused > 0, 'no operation was refused');
  assert.ok(log !== undefined && refused < operations / 2, `${refused} operations were refused`);
  assert.deepEqual(await log.whole.compare(), []);
  const rows = await rowsOf(path);
  await log.whole.remake();
  assert.deepEqual(await rowsOf(path), rows, 'made again from the journal');
}

async function restored(path: string, options: Parameters<typeof noteRestoration>[1]): Promise<void> {
  const at = new Date(options.clock.now_ms()).toISOString();
  const row = { restored_at: at, saved_at: at, snapshot: parseStoredPath('backups/x'), actor: 'tester' };
  await noteRestoration(path, options, row);
}

suite('the job log and its journal', () => {
  for (const [trial, operations] of runs(100, all ? 10_000 : 1_500))
    trial(`agree after ${operations} operations, as of GEXLAKE_SEED=${seed}`, { timeout: 60 * 60_000 }, (context) =>
      work(context, operations),
    );

  test('agree after two notes of one task at one time', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'gexlake-random-'));
    context.after(() => rm(folder, { recursive: true }));
    const clock = { ...clockOf(() => 0), now_ms: () => Date.parse('2026-01-05T10:00:00Z') };
    const { whole } = openJobLog(join(folder, 'gex_history.db'), { clock, commandOf: () => null });
    await whole.note('note', 'tester');
    await whole.note('note', 'tester');
    assert.deepEqual(await whole.compare(), []);
  });
});
