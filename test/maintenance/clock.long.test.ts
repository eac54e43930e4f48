import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { buildShiftedClock, noCompiler } from '../support/elsewhere.ts';
import { errorOf, lastFirst, makeLake, only, type Lake } from '../support/gexlake.ts';
import type { ImportResult } from '../../src/core/job.ts';
import { copyOf, importDay, nameOf, type Pruned } from '../support/old-jobs.ts';
import { put, records } from '../support/records.ts';

const year_s = 365.25 * 86_400;

/*
 * What a clock that is years off does: the program runs with its wall clock shifted.
 */

suite('a clock that is years off', { skip: noCompiler }, () => {
  let prepared: Lake;
  let shifted: (seconds: number) => Record<string, string>;
  const owner = lastFirst({ after });
  before(async () => {
    prepared = await makeLake(owner);
    await importDay(prepared, 22);
    shifted = buildShiftedClock(prepared.desk);
  });

  const kept = async (lake: Lake) => Promise.all(['source', 'archive', '.trash'].map((folder) => lake.files(folder)));

  for (const years of [-10, -1.5, 3, 10]) {
    test(`archives and removes nothing, by hand or by itself: ${years} years`, async () => {
      const lake = await copyOf(prepared);
      const env = { ...shifted(Math.round(years * year_s)), GEXLAKE_RAW_DAYS: '90' };
      const first = await kept(lake);
      const pruned = await lake.spawn(['prune', '--apply', '--json'], { env });
      assert.equal(errorOf(pruned).code, 'CLOCK_WRONG');
      const path = await put(lake.desk, nameOf(23), records(20, 86_400));
      const ran = await lake.spawn(['import', path, '--json'], { env });
      assert.equal(only(JSON.parse(ran.stdout) as ImportResult[]).status, 'completed', ran.stderr);
      assert.match(ran.stderr, /the clock of this machine says/);
      const [source = [], ...others] = await kept(lake);
      assert.deepEqual([source.filter((name) => !name.includes('-23_')), ...others], first);
    });
  }

  test('is told by coverage and reconcile, unless a day is named', async () => {
    const env = shifted(Math.round(3 * year_s));
    assert.match((await prepared.spawn(['coverage'], { env })).stderr, /the clock of this machine says/);
    assert.match((await prepared.spawn(['reconcile', '--out', '-'], { env })).stderr, /the clock of this machine says/);
    assert.doesNotMatch((await prepared.spawn(['coverage', '--as-of', '2025-11-01'], { env })).stderr, /clock/);
  });

  test('that is ahead and right, says who names the plan', async () => {
    const lake = await copyOf(prepared);
    const env = shifted(Math.round(3 * year_s));
    const { plan_id, plan } = await lake.spawnJson<Pruned>(['prune'], { env });
    assert.deepEqual(
      plan.map(({ action }) => action),
      ['archive'],
    );
    assert.equal((await lake.spawnJson<Pruned>(['prune', '--apply', plan_id], { env })).applied, true);
  });

  test('that was wrong for a while holds retention up, and is told', async () => {
    const lake = await copyOf(prepared);
    const path = await put(lake.desk, nameOf(23), records(20, 86_400));
    await lake.spawn(['import', path], { env: shifted(Math.round(3 * year_s)) });
    assert.equal(errorOf(await lake.run(['prune', '--apply', '--json'])).code, 'CLOCK_WRONG');
  });
});
