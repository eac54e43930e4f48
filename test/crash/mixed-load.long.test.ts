import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDay, parseDay } from '../../src/core/session.ts';
import type { ImportResult } from '../../src/core/job.ts';
import { readDatabase } from '../support/duckdb.ts';
import { makeLake, only, outside, type Lake, type Ran } from '../support/gexlake.ts';
import { put, records } from '../support/records.ts';
import { all } from './scenario.ts';
import { timeout } from './steps.ts';
import { assertReadable, assertWhole } from './whole.ts';

/** For how long the whole version goes on; the short one does one round. */
const rounds_ms = all ? 60_000 : 0;
const sessionsOfRound = 3;
const pollPause_ms = 100;

test('runners, imports and readers all work on one folder', timeout, async (context) => {
  // Two engines of one file in one process lose each other's locks: only the reader that polls opens the log here.
  const lake = outside(await makeLake(context));
  const runners = [1, 2].map(() => lake.start(['run', '--watch', '--json']));
  const reading = new AbortController();
  const readers = [pollWithDuckdb(lake, reading.signal), pollWithGexlake(lake, reading.signal)];
  const imported: ImportResult[] = [];
  let sessions = 0;
  for (const began_ms = Date.now(); sessions === 0 || Date.now() - began_ms < rounds_ms; sessions += sessionsOfRound) {
    const days = Array.from({ length: sessionsOfRound }, (_, at) => sessions + at);
    const noon = await Promise.all(days.map((day) => write(lake, 'noon', day, 20)));
    assertQuiet(await lake.spawn(['enqueue', ...noon]));
    // The same session at night, while a runner may be at the file of noon.
    for (const day of days) imported.push(only(await lake.import([await write(lake, 'night', day, 30)])));
    await assertReadable(lake);
  }
  await untilNothingWaits(lake);
  for (const { child } of runners) child.kill('SIGINT');
  const ended = await Promise.all(runners.map((runner) => runner.ended));
  reading.abort();
  assert.ok((await Promise.all(readers)).every((times) => times > 0));
  for (const { exitCode, stderr } of ended) assert.equal(exitCode, 130, stderr);
  await assertDoneOnce(lake, [...imported, ...ended.flatMap(resultsOf)], 2 * sessions);
  const rows = await lake.query(
    'SELECT count(*)::INTEGER AS records, count(DISTINCT timestamp)::INTEGER AS seconds FROM snapshots',
  );
  assert.deepEqual(rows, [{ records: 30 * sessions, seconds: 30 * sessions }]);
  await assertWhole(lake);
});

function resultsOf({ stdout }: Ran): ImportResult[] {
  return JSON.parse(stdout) as ImportResult[];
}

async function write(lake: Lake, place: string, day: number, count: number): Promise<string> {
  const date = formatDay(parseDay('2025-10-22') + day);
  return put(join(lake.desk, place), `${date}_SPX_classic_gex_zero.json`, records(count, day * 86_400));
}

/** Every job has one result and one claim, and none has failed. */
async function assertDoneOnce(lake: Lake, results: readonly ImportResult[], expected: number): Promise<void> {
  const jobs = (await lake.jobs(['--limit', '100000'])).map(({ id, status }) => `${id} ${status}`).sort();
  assert.equal(jobs.length, expected);
  for (const job of jobs) assert.match(job, / (?:completed|skipped)$/);
  assert.deepEqual(results.map(({ job_id, status }) => `${job_id} ${status}`).sort(), jobs);
  const claims = await lake.query(
    "SELECT job_id FROM job_events WHERE event = 'started' GROUP BY 1 HAVING count(*) <> 1",
  );
  assert.deepEqual(claims, []);
}

/** What anyone's script does that opens the log read-only, again where it is just locked; gives how often it has read. */
async function pollWithDuckdb(lake: Lake, signal: AbortSignal): Promise<number> {
  let times = 0;
  let seen = 0;
  for (; !signal.aborted; times++) {
    const [row] = await readDatabase(
      join(lake.folder, 'gex_history.db'),
      'SELECT count(*) AS events FROM job_events',
    ).catch(beforeTheLogIsThere);
    const events = Number(row?.['events']);
    assert.ok(events >= seen, `${events} events where there were ${seen}`);
    seen = events;
    await sleep(pollPause_ms);
  }
  return times;
}

async function pollWithGexlake(lake: Lake, signal: AbortSignal): Promise<number> {
  let times = 0;
  for (; !signal.aborted; times++) {
    assertQuiet(await lake.spawn(['jobs']));
    await sleep(5 * pollPause_ms);
  }
  return times;
}

function beforeTheLogIsThere(error: unknown): readonly [{ readonly events: number }] {
  assert.match(String(error), /does not exist/);
  return [{ events: 0 }];
}

function assertQuiet({ exitCode, stderr }: Ran): void {
  assert.equal(exitCode, 0, stderr);
}

async function untilNothingWaits(lake: Lake): Promise<void> {
  for (;;) {
    const [row] = await lake.query(
      "SELECT count(*)::INTEGER AS jobs FROM import_jobs WHERE status IN ('pending', 'started')",
    );
    if (row?.['jobs'] === 0) return;
  }
}
