import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import type { ImportResult, Job } from '../../src/core/job.ts';
import { buildShiftedClock, noCompiler, noNamespaces, startElsewhere, stoppedBelow } from '../support/elsewhere.ts';
import { lakeAt, lastFirst, makeLake, only, type Lake, type Ran } from '../support/gexlake.ts';
import { name, put, record, records } from '../support/records.ts';
import { startOrigin } from '../support/origin.ts';

/*
 * Processes that cannot see each other, as in two containers with one host name: whose job it is, with clocks that differ, and what
 * becomes of one that stood still while its job was taken over.
 */

const origin = await startOrigin();
after(() => origin.close());
const hasty = '{"heartbeat_ms":200}';
const env = { GEXLAKE_SOURCE_ALLOW: origin.origin, GEXLAKE_LIMITS: hasty };

const resultsOf = ({ stdout }: Ran) => JSON.parse(stdout) as ImportResult[];

/** Holds a download until the other process has ended, and gives how the job has ended then. */
async function besideLive(lake: Lake, path: string, other: (lake: Lake) => Promise<Ran>): Promise<Job> {
  const released = Promise.withResolvers<void>();
  origin.serve(path, { body: JSON.stringify(records(40)), stallAfter: 900, stallUntil: released.promise });
  const live = startElsewhere(lake, ['import', origin.url(path), '--json'], { env });
  await live.says(/"step":"download"/);
  const ran = await other(lake);
  assert.equal(ran.exitCode, 0, ran.stderr);
  assert.deepEqual(resultsOf(ran), []);
  released.resolve();
  const ended = await live.ended;
  assert.equal(ended.exitCode, 0, ended.stderr);
  return only(await lake.jobs());
}

suite('a live import that cannot be seen', { skip: noNamespaces }, () => {
  test('is left alone', async (context) => {
    const lake = await makeLake(context);
    const job = await besideLive(lake, `/live/${name}`, (one) => one.run(['run', '--json'], { env }));
    assert.deepEqual([job.status, job.attempts, job.records_processed], ['completed', 1, 40]);
  });

  test(
    'is left alone by one whose clock is minutes off, and verified as running',
    { skip: noCompiler },
    async (context) => {
      const lake = await makeLake(context);
      const shifted = buildShiftedClock(lake.desk);
      const job = await besideLive(lake, `/shifted/${name}`, async (one) => {
        const early = await one.run(['run', '--json'], { env: { ...env, ...shifted(-300) } });
        assert.deepEqual(resultsOf(early), [], early.stderr);
        const verified = await one.run(['verify'], { env: { ...env, ...shifted(300) } });
        assert.equal(verified.exitCode, 0, verified.stdout);
        const late = await one.run(['run', '--json'], { env: { ...env, ...shifted(300) } });
        assert.match(late.stderr, /cannot be seen from here; its heartbeat is watched/);
        return late;
      });
      assert.deepEqual([job.status, job.attempts, job.records_processed], ['completed', 1, 40]);
    },
  );
});

/** Limits with which a process that stands still counts as gone at once. */
const rash = { env: { GEXLAKE_LIMITS: '{"heartbeat_lost_ms":1,"heartbeat_watch_ms":1}' } };

/** What an attempt can be about to do when it stands still: with an import, and with a correction of one. */
const standstills: readonly (readonly [step: string, kind: 'import' | 'correct'])[] = [
  ['stage:link#1', 'import'],
  ['publish:link#2', 'import'],
  ['archive:link#2', 'correct'],
  ['publish:replace#1', 'correct'],
];

suite('an import that stood still while its job was taken over', { skip: noNamespaces }, () => {
  let prepared: Lake;
  let words: Record<'import' | 'correct', readonly string[]>;
  const owner = lastFirst({ after });
  before(async () => {
    prepared = await makeLake(owner);
    const { desk } = prepared;
    const first = only(await prepared.import([await put(desk, name, records(40))]));
    const other = await put(desk, 'other.json', [...records(39), record(39, { spot: 6666 })]);
    const next = await put(desk, name.replace('22', '23'), records(40, 86_400));
    words = { import: ['import', next], correct: ['correct', first.job_id, other, '--reason', 'test'] };
  });

  /** Lets an attempt stand still at a step while others take its job over, and go on; gives how that ended, nothing being changed. */
  async function wake(kind: 'import' | 'correct', step: string, others: (lake: Lake) => Promise<void>): Promise<Ran> {
    const folder = `${prepared.folder}-${kind}-${step.replaceAll(/\W/g, '-')}`;
    await cp(prepared.folder, folder, { recursive: true });
    const lake = lakeAt(folder, prepared.desk);
    const late = startElsewhere(lake, [...words[kind], '--json'], { env: { GEXLAKE_FAULT: `stop@${step}` } });
    const pid = await stoppedBelow(late);
    const kept = async () => Promise.all(['parquet', 'archive', 'source', 'quarantine'].map((tree) => lake.tree(tree)));
    try {
      await others(lake);
      const before = await kept();
      process.kill(pid, 'SIGCONT');
      const ended = await late.ended;
      assert.deepEqual(await kept(), before);
      return ended;
    } finally {
      late.child.kill('SIGKILL');
    }
  }

  for (const [step, kind] of standstills) {
    test(`changes nothing when it goes on: ${kind}, at ${step}`, async () => {
      const ended = await wake(kind, step, async (lake) => {
        const ran = await lake.run(['run', '--json'], rash);
        assert.equal(only(resultsOf(ran)).status, 'completed', ran.stderr);
        assert.equal((await lake.run(['verify', '--deep'])).exitCode, 0);
      });
      // By then its job is completed, though not by it.
      assert.equal(only(resultsOf(ended)).status, 'completed', ended.stderr);
    });
  }

  test('makes nothing visible while its job waits for its next attempt', async () => {
    const ended = await wake('import', 'publish:link#1', async (lake) => {
      const sources = [24, 27].map((day) =>
        put(lake.desk, name.replace('22', `${day}`), records(2, (day - 22) * 86_400)),
      );
      // The first of them sees that process for the first time, the second takes its job over.
      const ran = await lake.run(['import', ...(await Promise.all(sources))], rash);
      assert.match(ran.stderr, /it is pending again/);
    });
    assert.equal(only(resultsOf(ended)).error?.code, 'JOB_TAKEN_OVER');
    assert.equal(ended.exitCode, 1);
  });
});
