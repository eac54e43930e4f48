import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../../src/app/app.ts';
import type { ImportResult, Job } from '../../src/core/job.ts';
import { workOn } from '../support/built-program.ts';
import { errorOf, only } from '../support/gexlake.ts';
import { name, put, record, type MadeRecord } from '../support/records.ts';
import { assertSound, makeDesk, type Desk } from './importer-here.ts';
import { long } from '../support/shares.ts';

/*
 * Corrections, compactions and restorations that meet each other. The program as built works in this process, as an importer.
 */

const day_s = 86_400;
const folder = 'parquet/gex/2025/10/SPX/gex_zero';
const spanning = 'SPX_classic_gex_zero.json';

/** What is live: the first second of each session, with its `zero_gamma`, and how many records it has. */
async function liveVersions({ app }: Desk): Promise<readonly (readonly unknown[])[]> {
  const sql = `SELECT session_date::VARCHAR, count(*)::INTEGER, arg_min(zero_gamma, timestamp)::INTEGER
    FROM snapshots GROUP BY 1 ORDER BY 1`;
  return (await app.query(sql, 100)).rows;
}

/** Records that say which version of a session they are. */
function session(day: number, count: number, version: number): MadeRecord[] {
  return Array.from({ length: count }, (_, at) => record(day * day_s + at, { zero_gamma: version }));
}

function detailsOf({ events }: Awaited<ReturnType<App['job']>>, event: string): string[] {
  return events.filter((one) => one.event === event).map(({ detail }) => detail ?? '');
}

suite('a correction', () => {
  long('of a correction replaces what that one has brought, and each can be told from the log', async (context) => {
    const desk = await makeDesk(context);
    const first = await desk.import(name, session(0, 20, 1));
    const second = await desk.correct(first.job_id, name, session(0, 20, 2));
    const third = await desk.correct(second.job_id, name, session(0, 25, 3));
    assert.deepEqual(await liveVersions(desk), [['2025-10-22', 25, 3]]);
    const story = await desk.app.job(third.job_id);
    assert.deepEqual([story.kind, story.reason, story.corrects_job_id], ['correction', 'wrong', second.job_id]);
    assert.equal(story.actor, 'tester');
    assert.deepEqual(detailsOf(story, 'changes'), [
      'strikes: 25 rows added, 0 removed, 0 changed; snapshots: 5 rows added, 0 removed, 20 changed',
    ]);
    const before = (await desk.app.job(second.job_id)).files;
    assert.deepEqual(
      detailsOf(story, 'checksums').sort(),
      story.files.map(({ path, checksum }, at) => `${path}: sha256 ${before[at]?.checksum} becomes ${checksum}`).sort(),
    );
    assert.deepEqual(
      story.block.map(({ id, kind, status }) => [id, kind, status]),
      [
        [first.job_id, 'import', 'completed'],
        [second.job_id, 'correction', 'completed'],
        [third.job_id, 'correction', 'completed'],
      ],
    );
    // The bytes that were corrected first are nobody's any more: they can come back.
    assert.equal((await desk.correct(third.job_id, name, session(0, 20, 1))).status, 'completed');
    assert.deepEqual(await liveVersions(desk), [['2025-10-22', 20, 1]]);
    await assertSound(desk);
  });

  long(
    'of a job whose rows were compacted since leaves the other sessions of the file as they were',
    async (context) => {
      const desk = await makeDesk(context);
      const first = await desk.import(name, session(0, 20, 1));
      await desk.import(name.replace('22', '23'), session(1, 20, 1));
      assert.equal((await desk.compact(folder)).status, 'completed');
      const correction = await desk.correct(first.job_id, name, session(0, 10, 2));
      assert.deepEqual(correction.parquet_files, [`${folder}/snapshots.parquet`, `${folder}/strikes.parquet`]);
      assert.deepEqual(await liveVersions(desk), [
        ['2025-10-22', 10, 2],
        ['2025-10-23', 20, 1],
      ]);
      await desk.restore(`${folder}/strikes.parquet`);
      assert.deepEqual(await liveVersions(desk), [
        ['2025-10-22', 20, 1],
        ['2025-10-23', 20, 1],
      ]);
      await assertSound(desk);
    },
  );

  long(
    'of one session of a file that spans sessions and months leaves the others; a wider one and its undoing, too',
    async (context) => {
      const desk = await makeDesk(context);
      const days = [8, 9, 10].map((day) => session(day, 12, 1));
      const first = await desk.import(spanning, days.flat());
      assert.equal(first.parquet_files.length, 4);
      assert.deepEqual(first.session_dates, ['2025-10-30', '2025-10-31', '2025-11-01']);
      await desk.correct(first.job_id, name.replace('10-22', '10-31'), session(9, 15, 2));
      const corrected = [
        ['2025-10-30', 12, 1],
        ['2025-10-31', 15, 2],
        ['2025-11-01', 12, 1],
      ];
      assert.deepEqual(await liveVersions(desk), corrected);
      await desk.correct(first.job_id, spanning, [...session(9, 12, 3), ...session(10, 12, 3)]);
      assert.deepEqual(await liveVersions(desk), [
        ['2025-10-30', 12, 1],
        ['2025-10-31', 12, 3],
        ['2025-11-01', 12, 3],
      ]);
      const undone = await desk.restore(`${folder.replace('/10/', '/11/')}/strikes.parquet`);
      assert.equal(undone.error, null);
      assert.deepEqual(await liveVersions(desk), corrected);
      await assertSound(desk);
    },
  );

  long(
    'that arrives while its original is being compacted waits for it, and corrects what it finds then',
    async (context) => {
      const desk = await makeDesk(context);
      const first = await desk.import(name, session(0, 20, 1));
      await desk.import(name.replace('22', '23'), session(1, 20, 1));
      const compact = desk.lake.start(['compact', folder, '--reason', 'month', '--json'], {
        // Without a heartbeat, so that it does not stop while it holds the log.
        env: { GEXLAKE_FAULT: 'stop@publish:replace#1', GEXLAKE_LIMITS: '{"heartbeat_ms":3600000}' },
      });
      const compaction = await stoppedImporter(desk);
      const source = await put(desk.lake.desk, name, session(0, 10, 2));
      const patient = { GEXLAKE_LIMITS: '{"lock_wait_ms":600000}' };
      const correct = desk.lake.start(['correct', first.job_id, source, '--reason', 'wrong', '--json'], {
        env: patient,
      });
      await correct.says(/"step":"check"/);
      process.kill(compaction, 'SIGCONT');
      for (const { ended } of [compact, correct]) {
        const { exitCode, stderr } = await ended;
        assert.equal(exitCode, 0, stderr);
      }
      assert.deepEqual(await liveVersions(desk), [
        ['2025-10-22', 10, 2],
        ['2025-10-23', 20, 1],
      ]);
      assert.deepEqual(await desk.lake.files(folder), ['snapshots.parquet', 'strikes.parquet']);
      await assertSound(desk);
    },
  );
});

suite('a change that its process left undone, once a later one has been done', () => {
  for (const [what, words] of [
    ['correction', (id: string, source: string) => ['correct', id, source]],
    ['restoration', () => ['restore-file', `${folder}/strikes.parquet`]],
  ] as const) {
    long(`a ${what} is refused, and named is what it would have undone`, async (context) => {
      const desk = await makeDesk(context);
      const first = await desk.import(name, session(0, 20, 1));
      await desk.correct(first.job_id, name, session(0, 20, 2));
      const source = await put(join(desk.lake.desk, 'late'), name, session(0, 20, 3));
      const env = { GEXLAKE_FAULT: 'killall@load:folder#1' };
      await desk.lake.spawn([...words(first.job_id, source), '--reason', 'late'], { env });
      const later = await desk.correct(first.job_id, name, session(0, 20, 4));
      assert.equal(later.status, 'completed');
      const [late] = await desk.lake.spawnJson<ImportResult[]>(['run']);
      assert.equal(late?.error?.code, 'CHANGED_SINCE', JSON.stringify(late));
      assert.match(late.error.message, new RegExp(`job ${later.job_id}, asked for after this one`));
      assert.deepEqual(await liveVersions(desk), [['2025-10-22', 20, 4]]);
      await assertSound(desk);
    });
  }

  long('is done where the later one was about other sessions of the same files', async (context) => {
    const desk = await makeDesk(context);
    const first = await desk.import(spanning, [...session(0, 12, 1), ...session(1, 12, 1)]);
    const source = await put(join(desk.lake.desk, 'late'), name, session(0, 12, 2));
    const env = { GEXLAKE_FAULT: 'killall@load:folder#1' };
    await desk.lake.spawn(['correct', first.job_id, source, '--reason', 'late'], { env });
    await desk.correct(first.job_id, name.replace('22', '23'), session(1, 12, 3));
    const [late] = await desk.lake.spawnJson<ImportResult[]>(['run']);
    assert.equal(late?.status, 'completed', JSON.stringify(late));
    assert.deepEqual(await liveVersions(desk), [
      ['2025-10-22', 12, 2],
      ['2025-10-23', 12, 3],
    ]);
  });
});

/** The importer that has recorded its intent and stands still before it acts on it. */
async function stoppedImporter({ app }: Desk): Promise<number> {
  for (;;) {
    const [started] = await app.jobs({ status: 'started', limit: 1 });
    const isReady = started !== undefined && detailsOf(await app.job(started.id), 'replacing').length > 0;
    if (isReady) return pidOf(started);
    await sleep(50);
  }
}

function pidOf({ owner }: Job): number {
  return Number(owner?.split(':')[1]);
}

type PlanReport = {
  readonly applied: boolean;
  readonly plan_id: string;
  readonly plan: readonly { readonly action: string; readonly rows: number; readonly reversible: boolean }[];
};

long(
  'a compaction prints its plan, does only that very one where asked to, and nothing the second time',
  async (context) => {
    const desk = await makeDesk(context);
    const { lake } = desk;
    await desk.import(name, session(0, 20, 1));
    await desk.import(name.replace('22', '23'), session(1, 20, 1));
    const before = [await lake.tree('parquet'), await desk.app.jobs({ limit: 9 })];
    const compact = ['compact', folder, '--reason', 'month'];
    const report = await lake.json<PlanReport>([...compact, '--plan']);
    assert.deepEqual(
      [report.applied, ...report.plan.map(({ action, rows, reversible }) => `${action} ${rows} ${reversible}`)],
      [
        false,
        'archive 20 true',
        'archive 100 true',
        'archive 20 true',
        'archive 100 true',
        'write 200 true',
        'write 40 true',
      ],
    );
    assert.deepEqual([await lake.tree('parquet'), await desk.app.jobs({ limit: 9 })], before);
    await desk.import(name.replace('22', '24'), session(2, 20, 1));
    const refused = await lake.run([...compact, '--apply', report.plan_id, '--json']);
    assert.deepEqual([refused.exitCode, errorOf(refused).code], [1, 'PLAN_CHANGED']);
    assert.match(errorOf(refused).hint ?? '', /with --plan instead of --apply/);
    assert.equal((await desk.app.jobs({ limit: 9 })).length, 3);
    const { plan } = await desk.app.planCompaction({ path: folder, reason: 'month' });
    const compaction = only(await lake.json<ImportResult[]>([...compact, '--apply', plan.id]));
    assert.deepEqual([compaction.status, compaction.strike_rows], ['completed', 300]);
    const now = await lake.tree('parquet');
    const again = await desk.compact(folder);
    assert.deepEqual([again.status, again.parquet_files, await lake.tree('parquet')], ['skipped', [], now]);
    assert.deepEqual((await desk.app.planCompaction({ path: folder, reason: 'month' })).plan.actions, []);
    await assertSound(desk);
  },
);

long('a compaction whose plan is not the one of then fails, although its job is written down', async (context) => {
  const desk = await makeDesk(context);
  await desk.import(name, session(0, 20, 1));
  await desk.import(name.replace('22', '23'), session(1, 20, 1));
  const { plan } = await desk.app.planCompaction({ path: folder, reason: 'month' });
  const request = await desk.app.compaction({ path: folder, reason: 'month', planId: plan.id });
  await desk.import(name.replace('22', '24'), session(2, 20, 1));
  const result = only(await workOn(desk.lake.folder, { kind: 'sources', requests: [request] }));
  assert.equal(result.error?.code, 'PLAN_CHANGED');
  assert.equal((await desk.lake.files(folder)).length, 6);
  await assertSound(desk);
});
