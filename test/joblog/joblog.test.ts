import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { GexlakeError, type ErrorCode } from '../../src/core/errors.ts';
import { noCounts, type Job, type ParquetFile } from '../../src/core/job.ts';
import type { PrivateFile } from '../../src/core/journey.ts';
import { parseStoredPath } from '../../src/core/stored-path.ts';
import { openJobLog, type JobLog } from '../../src/joblog/joblog.ts';
import { only, type Owner } from '../support/gexlake.ts';

const holder = { owner: 'machine:1:1', actor: 'tester' };
const other = { owner: 'machine:2:2', actor: 'tester' };
const report = { code: 'INTERNAL' as const, message: 'words', hint: null };
const withdrawn = { stagedPath: null, intentStands: false };
const finished = { counts: noCounts, sessionDates: ['2025-10-22'], stagedPath: parseStoredPath('source/x') };

async function openLog(owner: Owner): Promise<JobLog> {
  const folder = await mkdtemp(join(tmpdir(), 'gexlake-log-'));
  owner.after(() => rm(folder, { recursive: true }));
  // A clock that moves on by itself, so that no two events have one time.
  let now_ms = Date.parse('2026-01-05T10:00:00Z');
  const clock = { now_ms: () => (now_ms += 1000), monotonic_ms: () => performance.now(), sleep: async () => undefined };
  return openJobLog(join(folder, 'gex_history.db'), { clock, commandOf: () => null });
}

function request(url: string) {
  return { url, ticker: 'SPX', endpoint: 'gex_zero', sessionDate: '2025-10-22', actor: 'tester', publish: true };
}

function privateFile(dataset: PrivateFile['dataset'], checksum: string): PrivateFile {
  const times = { first_timestamp_s: 1_761_139_800, last_timestamp_s: 1_761_139_900 };
  const block = { month: '2025-10', sessionDates: ['2025-10-22'] };
  const made = { contract: '2', writer: '2 zstd-1.5.7', contentHash: 'c'.repeat(64) };
  return { path: '/x', dataset, ...block, rows: 1, size_bytes: 1, checksum, ...made, ...times, sums: {} };
}

function publication(files: readonly PrivateFile[], compared: readonly ParquetFile[]) {
  return { files, compared, counts: noCounts, notes: [] };
}

async function fails(code: ErrorCode, act: Promise<unknown>): Promise<void> {
  await assert.rejects(act, (error) => error instanceof GexlakeError && error.code === code);
}

async function begin(log: JobLog, who = holder): Promise<Job> {
  await log.queue.enqueue([request('/a')]);
  const job = await log.queue.takeOldest(who);
  assert.ok(job !== null);
  return job;
}

test('jobs that are written down together are taken in their order', async (context) => {
  const log = await openLog(context);
  const jobs = await log.queue.enqueue(Array.from({ length: 6 }, (_, at) => request(`/source-${at}`)));
  assert.equal(await log.queue.countPending(), 6);
  for (const job of jobs) assert.equal((await log.queue.takeOldest(holder))?.id, job.id);
  assert.equal(await log.queue.takeOldest(holder), null);
});

test('many jobs are written down in their order, each with the beginning of its story', async (context) => {
  const log = await openLog(context);
  const sources = Array.from({ length: 450 }, (_, at) => `/source-${at}`);
  const jobs = await log.queue.enqueue(sources.map(request));
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
    const { events, ...job } = await log.jobs.story(jobs[at]?.id ?? '');
    assert.deepEqual([job.url, job.created_at], [sources[at], jobs[at]?.created_at]);
    assert.deepEqual(
      events.map(({ event, actor }) => [event, actor]),
      [['created', 'tester']],
    );
  }
  assert.deepEqual(await log.queue.enqueue([]), []);
});

test('a job that somebody else holds can be neither ended nor published', async (context) => {
  const log = await openLog(context);
  const job = await begin(log);
  assert.deepEqual(
    (await log.recovery.takeOver(holder.owner, other)).map(({ id }) => id),
    [job.id],
  );
  await fails('JOB_TAKEN_OVER', log.attempts.beat(job, holder));
  await fails(
    'JOB_TAKEN_OVER',
    log.attempts.received(job, holder, { checksum: 'sum', paths: [parseStoredPath('source/x')] }),
  );
  await fails('JOB_TAKEN_OVER', log.attempts.intend(job, holder, publication([privateFile('snapshots', 'a')], [])));
  await fails('JOB_TAKEN_OVER', log.attempts.complete(job, holder, { finished, intended: 0 }));
  await fails('JOB_TAKEN_OVER', log.attempts.skip(job, holder, { finished, skipped: { equal: 'x' } }));
  await fails('JOB_TAKEN_OVER', log.attempts.stage(job, holder, { finished, notes: [], stagingTable: 'table' }));
  await fails('JOB_TAKEN_OVER', log.attempts.fail(job, holder, { error: report, left: withdrawn }));
  const story = await log.jobs.story(job.id);
  assert.deepEqual([story.status, story.owner, story.files], ['started', other.owner, []]);
  await log.attempts.fail(job, other, { error: report, left: withdrawn });
  assert.deepEqual(await log.recovery.takeOver(holder.owner, other), []);
});

test('an earlier attempt of the same process can change nothing either', async (context) => {
  const log = await openLog(context);
  const first = await begin(log);
  await log.recovery.release(first, holder);
  const second = await log.queue.takeOldest(holder);
  assert.deepEqual([second?.id, second?.attempts], [first.id, 2]);
  await fails('JOB_TAKEN_OVER', log.attempts.beat(first, holder));
  await fails(
    'JOB_TAKEN_OVER',
    log.attempts.received(first, holder, { checksum: 'sum', paths: [parseStoredPath('source/x')] }),
  );
  await fails('JOB_TAKEN_OVER', log.attempts.intend(first, holder, publication([privateFile('snapshots', 'a')], [])));
  await fails('JOB_TAKEN_OVER', log.attempts.complete(first, holder, { finished, intended: 0 }));
  await fails('JOB_TAKEN_OVER', log.attempts.fail(first, holder, { error: report, left: withdrawn }));
  await fails('JOB_TAKEN_OVER', log.recovery.release(first, holder));
  await fails('JOB_TAKEN_OVER', log.attempts.forgetIntended(first, holder));
  const { status, files } = await log.jobs.story(first.id);
  assert.deepEqual([status, files], ['started', []]);
});

test('a job is not taken over from a process that was heard of since it was looked at', async (context) => {
  const log = await openLog(context);
  const job = await begin(log);
  await log.attempts.beat(job, holder);
  assert.equal(await log.recovery.takeOverAsSeen(job, other, 'which is silent'), false);
  const seen = only(await log.recovery.running());
  assert.equal(await log.recovery.takeOverAsSeen(seen, other, 'which is silent'), true);
  assert.equal(await log.recovery.takeOverAsSeen(seen, other, 'which is silent'), false);
  await fails('JOB_TAKEN_OVER', log.attempts.beat(job, holder));
});

test('files become live with their job or not at all', async (context) => {
  const log = await openLog(context);
  const job = await begin(log);
  const files = [privateFile('snapshots', 'a'), privateFile('strikes', 'b')];
  const intended = await log.attempts.intend(job, holder, publication(files, []));
  assert.deepEqual(
    intended?.map(({ path, state }) => [path, state]),
    [
      ['parquet/gex/2025/10/SPX/gex_zero/snapshots.parquet', 'publishing'],
      ['parquet/gex/2025/10/SPX/gex_zero/strikes.parquet', 'publishing'],
    ],
  );
  assert.deepEqual(await log.files.live(), []);
  await assert.rejects(log.attempts.complete(job, holder, { finished, intended: 3 }));
  assert.deepEqual(await log.files.live(), []);
  assert.equal((await log.jobs.story(job.id)).status, 'started');
  await log.attempts.complete(job, holder, { finished, intended: 2 });
  assert.equal((await log.files.live()).length, 2);
});

test('an intent that was compared with what is no longer there is refused', async (context) => {
  const log = await openLog(context);
  const [first, second] = [await begin(log), await begin(log, other)];
  await log.attempts.intend(first, holder, publication([privateFile('snapshots', 'a')], []));
  assert.equal(await log.attempts.intend(second, other, publication([privateFile('snapshots', 'b')], [])), null);
  await log.attempts.complete(first, holder, { finished, intended: 1 });
  assert.equal(await log.attempts.intend(second, other, publication([privateFile('snapshots', 'b')], [])), null);
  const live = await log.files.ofBlocks({ ticker: 'SPX', endpoint: 'gex_zero', sessionDates: ['2025-10-22'] });
  const intended = await log.attempts.intend(second, other, publication([privateFile('snapshots', 'b')], live));
  assert.match(intended?.[0]?.path ?? '', new RegExp(`snapshots_${second.id}\\.parquet$`));
});

test('a failure forgets the intent, unless its files could not be taken back', async (context) => {
  const log = await openLog(context);
  const job = await begin(log);
  await log.attempts.intend(job, holder, publication([privateFile('snapshots', 'a')], []));
  await log.attempts.fail(job, holder, { error: report, left: { stagedPath: null, intentStands: true } });
  assert.equal((await log.attempts.intended(job)).placed.length, 1);
  await fails('JOB_STATE', log.queue.cancel([job.id], 'tester'));
  await log.queue.retry([job.id], 'tester');
  const again = (await log.queue.takeOldest(holder)) ?? job;
  assert.equal(again.attempts, 2);
  await log.attempts.forgetIntended(again, holder);
  assert.deepEqual(await log.attempts.intended(job), { placed: [], retired: [] });
  await log.attempts.intend(again, holder, publication([privateFile('snapshots', 'a')], []));
  await log.attempts.fail(again, holder, { error: report, left: withdrawn });
  assert.deepEqual(await log.attempts.intended(job), { placed: [], retired: [] });
});

test('only failed and staged jobs are retried; a running one is neither retried nor cancelled', async (context) => {
  const log = await openLog(context);
  const job = await begin(log);
  await fails('JOB_STATE', log.queue.retry([job.id], 'tester'));
  await fails('JOB_STATE', log.queue.cancel([job.id], 'tester'));
  await log.attempts.stage(job, holder, { finished, notes: [], stagingTable: 'staging_strikes_x' });
  const [retried] = await log.queue.retry([job.id], 'tester');
  assert.deepEqual([retried?.status, retried?.publish], ['pending', true]);
  await log.queue.cancel([job.id], 'tester');
  await fails('JOB_STATE', log.queue.retry([job.id], 'tester'));
  assert.equal(await log.queue.takeOldest(holder), null);
});

test('two jobs never get the same staged path', async (context) => {
  const log = await openLog(context);
  const [first, second] = [await begin(log), await begin(log, other)];
  assert.deepEqual(
    await log.attempts.received(first, holder, {
      checksum: 'sum',
      paths: [parseStoredPath('source/x'), parseStoredPath(`source/${first.id}/x`)],
    }),
    {
      kind: 'new',
      stagedPath: parseStoredPath('source/x'),
    },
  );
  assert.deepEqual(
    await log.attempts.received(second, other, {
      checksum: 'sum',
      paths: [parseStoredPath('source/x'), parseStoredPath(`source/${second.id}/x`)],
    }),
    {
      kind: 'new',
      stagedPath: parseStoredPath(`source/${second.id}/x`),
    },
  );
});
