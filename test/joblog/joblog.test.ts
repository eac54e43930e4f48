import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { GexlakeError, type ErrorCode } from '../../src/core/errors.ts';
import { noCounts, type Job } from '../../src/core/job.ts';
import type { PrivateFile } from '../../src/core/journey.ts';
import { JobLog } from '../../src/joblog/joblog.ts';
import { only, type Owner } from '../support/gexlake.ts';

const holder = { owner: 'machine:1:1', actor: 'tester' };
const other = { owner: 'machine:2:2', actor: 'tester' };
const report = { code: 'INTERNAL' as const, message: 'words', hint: null };
const withdrawn = { stagedPath: null, intentStands: false };
const finished = { counts: noCounts, sessionDates: ['2025-10-22'], stagedPath: 'source/x' };

async function openLog(owner: Owner): Promise<JobLog> {
  const folder = await mkdtemp(join(tmpdir(), 'gexlake-log-'));
  owner.after(() => rm(folder, { recursive: true }));
  // A clock that moves on by itself, so that no two events have one time.
  let now_ms = Date.parse('2026-01-05T10:00:00Z');
  const clock = { now_ms: () => (now_ms += 1000), monotonic_ms: () => performance.now(), sleep: async () => undefined };
  return new JobLog(join(folder, 'gex_history.db'), { clock, commandOf: () => null });
}

function request(url: string) {
  return { url, ticker: 'SPX', endpoint: 'gex_zero', sessionDate: '2025-10-22', actor: 'tester', publish: true };
}

function privateFile(dataset: PrivateFile['dataset'], checksum: string): PrivateFile {
  const times = { first_timestamp_s: 1_761_139_800, last_timestamp_s: 1_761_139_900 };
  const block = { month: '2025-10', sessionDates: ['2025-10-22'] };
  return { path: '/x', dataset, ...block, rows: 1, size_bytes: 1, checksum, ...times, sums: {} };
}

async function fails(code: ErrorCode, act: Promise<unknown>): Promise<void> {
  await assert.rejects(act, (error) => error instanceof GexlakeError && error.code === code);
}

async function begin(log: JobLog, who = holder): Promise<Job> {
  await log.enqueue([request('/a')]);
  const job = await log.takeOldest(who);
  assert.ok(job !== null);
  return job;
}

test('jobs that are written down together are taken in their order', async (context) => {
  const log = await openLog(context);
  const jobs = await log.enqueue(Array.from({ length: 6 }, (_, at) => request(`/source-${at}`)));
  assert.equal(await log.countPending(), 6);
  for (const job of jobs) assert.equal((await log.takeOldest(holder))?.id, job.id);
  assert.equal(await log.takeOldest(holder), null);
});

test('many jobs are written down in their order, each with the beginning of its story', async (context) => {
  const log = await openLog(context);
  const sources = Array.from({ length: 450 }, (_, at) => `/source-${at}`);
  const jobs = await log.enqueue(sources.map(request));
  assert.deepEqual(
    jobs.map(({ url, status, attempts, kind, publish }) => [url, status, attempts, kind, publish]),
    sources.map((url) => [url, 'pending', 0, 'import', true]),
  );
  assert.equal(new Set(jobs.map(({ id }) => id)).size, sources.length);
  assert.deepEqual(
    jobs.map(({ id }) => id),
    jobs.map(({ id }) => id).toSorted(),
  );
  for (const at of [0, 199, 200, 449]) {
    const { events, ...job } = await log.story(jobs[at]?.id ?? '');
    assert.deepEqual([job.url, job.created_at], [sources[at], jobs[at]?.created_at]);
    assert.deepEqual(
      events.map(({ event, actor }) => [event, actor]),
      [['created', 'tester']],
    );
  }
  assert.deepEqual(await log.enqueue([]), []);
});

test('a job that somebody else holds can be neither ended nor published', async (context) => {
  const log = await openLog(context);
  const job = await begin(log);
  assert.deepEqual(
    (await log.takeOver(holder.owner, other)).map(({ id }) => id),
    [job.id],
  );
  await fails('JOB_TAKEN_OVER', log.beat(job, holder));
  await fails('JOB_TAKEN_OVER', log.received(job, holder, 'sum', ['source/x']));
  await fails('JOB_TAKEN_OVER', log.intend(job, holder, [privateFile('snapshots', 'a')], [], noCounts, []));
  await fails('JOB_TAKEN_OVER', log.complete(job, holder, finished, 0));
  await fails('JOB_TAKEN_OVER', log.skip(job, holder, finished, 'x'));
  await fails('JOB_TAKEN_OVER', log.stage(job, holder, finished, [], 'table'));
  await fails('JOB_TAKEN_OVER', log.fail(job, holder, report, withdrawn));
  const story = await log.story(job.id);
  assert.deepEqual([story.status, story.owner, story.files], ['started', other.owner, []]);
  await log.fail(job, other, report, withdrawn);
  assert.deepEqual(await log.takeOver(holder.owner, other), []);
});

test('an earlier attempt of the same process can change nothing either', async (context) => {
  const log = await openLog(context);
  const first = await begin(log);
  await log.release(first, holder);
  const second = await log.takeOldest(holder);
  assert.deepEqual([second?.id, second?.attempts], [first.id, 2]);
  await fails('JOB_TAKEN_OVER', log.beat(first, holder));
  await fails('JOB_TAKEN_OVER', log.received(first, holder, 'sum', ['source/x']));
  await fails('JOB_TAKEN_OVER', log.intend(first, holder, [privateFile('snapshots', 'a')], [], noCounts, []));
  await fails('JOB_TAKEN_OVER', log.complete(first, holder, finished, 0));
  await fails('JOB_TAKEN_OVER', log.fail(first, holder, report, withdrawn));
  await fails('JOB_TAKEN_OVER', log.release(first, holder));
  await fails('JOB_TAKEN_OVER', log.forgetIntended(first, holder));
  const { status, files } = await log.story(first.id);
  assert.deepEqual([status, files], ['started', []]);
});

test('a job is not taken over from a process that was heard of since it was looked at', async (context) => {
  const log = await openLog(context);
  const job = await begin(log);
  await log.beat(job, holder);
  assert.equal(await log.takeOverAsSeen(job, other, 'which is silent'), false);
  const seen = only(await log.running());
  assert.equal(await log.takeOverAsSeen(seen, other, 'which is silent'), true);
  assert.equal(await log.takeOverAsSeen(seen, other, 'which is silent'), false);
  await fails('JOB_TAKEN_OVER', log.beat(job, holder));
});

test('files become live with their job or not at all', async (context) => {
  const log = await openLog(context);
  const job = await begin(log);
  const files = [privateFile('snapshots', 'a'), privateFile('strikes', 'b')];
  const intended = await log.intend(job, holder, files, [], noCounts, []);
  assert.deepEqual(
    intended?.map(({ path, state }) => [path, state]),
    [
      ['parquet/gex/2025/10/SPX/gex_zero/snapshots.parquet', 'publishing'],
      ['parquet/gex/2025/10/SPX/gex_zero/strikes.parquet', 'publishing'],
    ],
  );
  assert.deepEqual(await log.liveFiles(), []);
  await assert.rejects(log.complete(job, holder, finished, 3));
  assert.deepEqual(await log.liveFiles(), []);
  assert.equal((await log.story(job.id)).status, 'started');
  await log.complete(job, holder, finished, 2);
  assert.equal((await log.liveFiles()).length, 2);
});

test('an intent that was compared with what is no longer there is refused', async (context) => {
  const log = await openLog(context);
  const [first, second] = [await begin(log), await begin(log, other)];
  await log.intend(first, holder, [privateFile('snapshots', 'a')], [], noCounts, []);
  assert.equal(await log.intend(second, other, [privateFile('snapshots', 'b')], [], noCounts, []), null);
  await log.complete(first, holder, finished, 1);
  assert.equal(await log.intend(second, other, [privateFile('snapshots', 'b')], [], noCounts, []), null);
  const live = await log.filesOfBlocks('SPX', 'gex_zero', ['2025-10-22']);
  const intended = await log.intend(second, other, [privateFile('snapshots', 'b')], live, noCounts, []);
  assert.match(intended?.[0]?.path ?? '', new RegExp(`snapshots_${second.id}\\.parquet$`));
});

test('a failure forgets the intent, unless its files could not be taken back', async (context) => {
  const log = await openLog(context);
  const job = await begin(log);
  await log.intend(job, holder, [privateFile('snapshots', 'a')], [], noCounts, []);
  await log.fail(job, holder, report, { stagedPath: null, intentStands: true });
  assert.equal((await log.intended(job)).placed.length, 1);
  await fails('JOB_STATE', log.cancel([job.id], 'tester'));
  await log.retry([job.id], 'tester');
  const again = (await log.takeOldest(holder)) ?? job;
  assert.equal(again.attempts, 2);
  await log.forgetIntended(again, holder);
  assert.deepEqual(await log.intended(job), { placed: [], retired: [] });
  await log.intend(again, holder, [privateFile('snapshots', 'a')], [], noCounts, []);
  await log.fail(again, holder, report, withdrawn);
  assert.deepEqual(await log.intended(job), { placed: [], retired: [] });
});

test('only failed and staged jobs are retried; a running one is neither retried nor cancelled', async (context) => {
  const log = await openLog(context);
  const job = await begin(log);
  await fails('JOB_STATE', log.retry([job.id], 'tester'));
  await fails('JOB_STATE', log.cancel([job.id], 'tester'));
  await log.stage(job, holder, finished, [], 'staging_strikes_x');
  const [retried] = await log.retry([job.id], 'tester');
  assert.deepEqual([retried?.status, retried?.publish], ['pending', true]);
  await log.cancel([job.id], 'tester');
  await fails('JOB_STATE', log.retry([job.id], 'tester'));
  assert.equal(await log.takeOldest(holder), null);
});

test('two jobs never get the same staged path', async (context) => {
  const log = await openLog(context);
  const [first, second] = [await begin(log), await begin(log, other)];
  assert.deepEqual(await log.received(first, holder, 'sum', ['source/x', `source/${first.id}/x`]), {
    kind: 'new',
    stagedPath: 'source/x',
  });
  assert.deepEqual(await log.received(second, other, 'sum', ['source/x', `source/${second.id}/x`]), {
    kind: 'new',
    stagedPath: `source/${second.id}/x`,
  });
});
