import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite } from 'node:test';
import { takeTurn } from '../../src/platform/turns.ts';
import { test } from '../support/shares.ts';

const root = await mkdtemp(join(tmpdir(), 'gexlake-turns-'));
after(() => rm(root, { recursive: true, force: true }));

/** A clock of its own for each of several who wait: it jumps where its owner sleeps. */
function clockAt(start_ms: number) {
  let now_ms = start_ms;
  const sleep = async (delay_ms: number) => {
    now_ms += delay_ms;
  };
  return { now_ms: () => now_ms, monotonic_ms: () => now_ms, sleep };
}

suite('turns', () => {
  test('of many who share a folder are as far apart as they have to be, and none is had twice', async () => {
    const folder = join(root, 'many');
    const turns = Array.from({ length: 8 }, async (_, at) => {
      const clock = clockAt(1_000_000 + at * 37);
      const taken: number[] = [];
      for (let count = 0; count < 25; count++)
        taken.push(await takeTurn({ folder, name: 'call-', every_ms: 1100, clock }));
      return taken;
    });
    const all = (await Promise.all(turns)).flat().sort((a, b) => a - b);
    const gaps = all.slice(1).map((at_ms, before) => at_ms - (all[before] ?? 0));
    assert.equal(all.length, 200);
    assert.ok(Math.min(...gaps) >= 1100, String(Math.min(...gaps)));
    assert.ok((await readdir(folder)).length < 200);
  });

  test('that somebody slept through are taken anew', async () => {
    const clock = clockAt(0);
    const late = { ...clock, sleep: (delay_ms: number) => clock.sleep(delay_ms + 300) };
    let sleeps = 0;
    const clockOnceLate = { ...clock, sleep: (ms: number) => (sleeps++ === 0 ? late.sleep(ms) : clock.sleep(ms)) };
    await clock.sleep(1);
    const at_ms = await takeTurn({ folder: join(root, 'late'), name: 'call-', every_ms: 1000, clock: clockOnceLate });
    assert.deepEqual([at_ms, sleeps], [2000, 2]);
  });

  test('that are shorter than a timer is exact are taken all the same', async () => {
    const folder = join(root, 'short');
    const clock = clockAt(1_000);
    const late = { ...clock, sleep: (delay_ms: number) => clock.sleep(delay_ms + 2) };
    // Making a file takes time, too.
    const slow = { ...late, now_ms: () => (void clock.sleep(0.5), clock.now_ms()) };
    const taken: number[] = [];
    for (let count = 0; count < 5; count++)
      taken.push(await takeTurn({ folder, name: 'call-', every_ms: 1, clock: slow }));
    assert.equal(new Set(taken).size, 5);
    assert.ok(clock.now_ms() < 1_100, String(clock.now_ms()));
  });

  test('need no waiting where there is no pace', async () => {
    assert.equal(await takeTurn({ folder: join(root, 'none'), name: 'call-', every_ms: 0, clock: clockAt(5) }), 5);
  });
});
