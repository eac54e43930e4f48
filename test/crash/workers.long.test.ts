import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../../src/core/job.ts';
import { makeLake, type Lake } from '../support/gexlake.ts';
import { sampleDay } from '../support/records.ts';
import { count } from './tally.ts';
import { assertEngine, assertReadable, assertWhole } from './whole.ts';

const dates = ['2025-10-20', '2025-10-21', '2025-10-22', '2025-10-23', '2025-10-24', '2025-10-27'];
const kills = process.env['GEXLAKE_CRASH_TESTS'] === 'all' ? 24 : 2;

suite('crash safety: several importers', () => {
  test('killed at any moment under --workers 2, and the end is the same', { timeout: 60 * 60_000 }, async (context) => {
    const undisturbed = await makeLake(context);
    const paths = await writeDays(undisturbed);
    await enqueueAll(undisturbed, paths);
    await undisturbed.run(['run', '--workers', '2']);
    const expected = await bytesBySession(undisturbed);
    assert.equal(expected.length, dates.length * 2);
    const random = mulberry32(20_251_022);
    for (let killed = 0; killed < kills;) {
      const lake = await makeLake(context);
      await enqueueAll(lake, paths);
      // What has been done stays done; when all is, another folder is taken.
      while (killed < kills && (await lake.jobs()).some((job) => job.status !== 'completed')) {
        if (await killSomewhere(lake, random)) killed++;
        await assertReadable(lake);
        await lake.spawn(['jobs', 'retry', '--failed']);
      }
      await lake.spawn(['run', '--workers', '2']);
      // A job that has brought down as many importers as it may has failed.
      await lake.spawn(['jobs', 'retry', '--failed']);
      await lake.spawn(['run', '--workers', '2']);
      const jobs: Job[] = await lake.jobs();
      const problems = JSON.stringify(jobs.map((job) => job.last_error));
      assert.ok(jobs.every((job) => job.status === 'completed') && jobs.length === dates.length, problems);
      assert.deepEqual(await bytesBySession(lake), expected);
      await assertWhole(lake);
      await assertEngine(lake);
    }
  });
});

/** Kills a run with its importers at some moment; false where it was over before. */
async function killSomewhere(lake: Lake, random: () => number): Promise<boolean> {
  const running = lake.start(['run', '--workers', '2'], { group: true });
  await sleep(200 + random() * 1_800);
  const isAlive = running.child.exitCode === null && running.child.pid !== undefined;
  if (isAlive) {
    killGroup(running.child.pid);
    count('kills');
  }
  await running.ended;
  return isAlive;
}

/** The importers too: they are in the group of the process that started them. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
  }
}

async function writeDays(lake: Lake): Promise<string[]> {
  const paths: string[] = [];
  for (const sessionDate of dates) {
    const path = join(lake.desk, `${sessionDate}_SPX_classic_gex_zero.json`);
    await writeFile(path, sampleDay({ sessionDate, records: 3_000, strikes: 30 }).bytes);
    paths.push(path);
  }
  return paths;
}

async function enqueueAll(lake: Lake, paths: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await lake.spawn(['enqueue', ...paths]);
  assert.equal(exitCode, 0, stderr);
}

/** Which session gets the plain name depends on who comes first; what each file holds does not. */
async function bytesBySession(lake: Lake): Promise<unknown[]> {
  return lake.query(
    "SELECT session_dates, dataset, row_count, checksum FROM parquet_files WHERE state = 'live' ORDER BY ALL",
  );
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
