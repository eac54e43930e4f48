import assert from 'node:assert/strict';
import { on } from 'node:events';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { ImportResult } from '../../src/core/job.ts';
import { makeLake, type Lake, type Running } from '../support/gexlake.ts';
import { oldLayouts, sessionDates, sessionRecords, writeTree, type OldLayout } from '../support/old-layouts.ts';

const dates = sessionDates(60);
/** On a machine that does other things, too. */
const slow = { timeout: 30 * 60_000 };

type Report = { readonly plan: readonly object[]; readonly results: readonly ImportResult[]; readonly done: number };

/** Rows of strikes as the vendor's records say them; null is what a layout has no column for. */
function expectedStrikes(layout: OldLayout): unknown[] {
  return dates.flatMap((date) =>
    sessionRecords(date).flatMap(({ timestamp, spot, strikes }) =>
      (strikes as unknown[][]).map(([strike, vol, oi, priors]) => {
        return [date, timestamp, layout === 'flat' ? null : spot, strike, vol, oi, priors];
      }),
    ),
  );
}

async function foundStrikes(lake: Lake): Promise<unknown[]> {
  const sql = `SELECT session_date, epoch(timestamp)::INTEGER AS s, spot, strike, gex_vol, gex_oi, priors FROM strikes
    WHERE ticker = 'SPX' AND endpoint = 'gex_zero' ORDER BY timestamp, strike`;
  return (await lake.query(sql)).map((row) => Object.values(row));
}

function expectedSnapshots(layout: OldLayout): unknown[] {
  return dates.flatMap((date) =>
    sessionRecords(date).map((record) => {
      const { timestamp, spot, zero_gamma, major_neg_oi, sum_gex_vol, max_priors } = record;
      const held = layout === 'months' ? [spot, zero_gamma, major_neg_oi, sum_gex_vol, max_priors] : null;
      return [date, timestamp].concat(held ?? [layout === 'flat' ? null : spot, null, null, null, null]);
    }),
  );
}

async function foundSnapshots(lake: Lake): Promise<unknown[]> {
  const sql = `SELECT session_date, epoch(timestamp)::INTEGER AS s, spot, zero_gamma, major_neg_oi, sum_gex_vol, max_priors
    FROM snapshots ORDER BY timestamp`;
  return (await lake.query(sql)).map((row) => Object.values(row));
}

/** Waits until so many jobs have ended. */
async function resultsOf({ child }: Running, wanted: number): Promise<void> {
  let seen = 0;
  for await (const [data] of on(child.stderr ?? assert.fail(), 'data', { close: ['close'] })) {
    seen += String(data).split('"event":"result"').length - 1;
    if (seen >= wanted) return;
  }
  assert.fail(`ended after ${seen} of ${wanted} results`);
}

/** Starts a migration and kills it and its importer once a random share of it is done. */
async function killHalfWay(lake: Lake, old: string, files: number): Promise<void> {
  const running = lake.start(['migrate', old, '--apply'], { group: true });
  const wanted = 1 + Math.floor(Math.random() * (files - 1));
  await resultsOf(running, wanted);
  try {
    if (running.child.pid !== undefined) process.kill(-running.child.pid, 'SIGKILL');
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
  }
  await running.ended;
}

suite('60 sessions of an old layout', () => {
  for (const layout of oldLayouts) {
    test(
      `${layout}: killed half-way and resumed, every row is there, and the log is complete`,
      slow,
      async (context) => {
        const lake = await makeLake(context);
        const old = join(lake.desk, 'old');
        const paths = await writeTree(old, layout, dates);
        await killHalfWay(lake, old, paths.length);
        const resumed = await lake.json<Report>(['migrate', old, '--apply']);
        assert.ok(resumed.done > 0, 'nothing was done before it was killed');
        assert.equal(resumed.results.filter(({ status }) => status === 'failed').length, 0);
        assert.deepEqual(await foundStrikes(lake), expectedStrikes(layout));
        assert.deepEqual(await foundSnapshots(lake), expectedSnapshots(layout));
        const jobs = await lake.jobs(['--limit', '1000']);
        assert.deepEqual(
          jobs.map(({ kind, status, url }) => `${kind} ${status} ${url}`).sort(),
          paths.map((path) => `migration completed migrate:${path}`).sort(),
        );
        const [noted] = await lake.query(
          `SELECT count(DISTINCT job_id)::INTEGER AS jobs, count(DISTINCT regexp_extract(detail, 'sha256 (\\w{64})', 1))::INTEGER AS sums
         FROM job_events WHERE event = 'migrated'`,
        );
        assert.deepEqual(noted, { jobs: paths.length, sums: paths.length });
        const before = await lake.tree('.');
        const again = await lake.json<Report>(['migrate', old]);
        assert.deepEqual([again.plan, again.done], [[], paths.length]);
        assert.deepEqual(await lake.tree('.'), before);
        const { exitCode, stdout } = await lake.run(['verify', '--deep']);
        assert.equal(exitCode, 0, stdout);
      },
    );
  }
});
