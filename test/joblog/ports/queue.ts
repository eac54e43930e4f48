import assert from 'node:assert/strict';
import { GexlakeError } from '../../../src/core/errors.ts';
import type { Submission } from '../../../src/joblog/joblog.ts';
import { only } from '../../support/gexlake.ts';
import { begin, blocks, fails, finished, holder, other, publish, request, type Demands } from './made.ts';

function submission(url: string, idempotencyKey: string | null = null): Submission {
  return { request: request(url), idempotencyKey, fields: '{"note":"n"}', notes: [{ event: 'uploaded', detail: 'n' }] };
}

/** What every `JobQueue` does. */
export const queue: Demands = {
  'jobs that are written down together are taken in their order': async (log) => {
    const jobs = await log.queue.enqueue(Array.from({ length: 6 }, (_, at) => request(`/source-${at}`)));
    assert.equal(await log.queue.countPending(), 6);
    for (const job of jobs) assert.equal((await log.queue.takeOldest(holder))?.id, job.id);
    assert.equal(await log.queue.takeOldest(holder), null);
  },

  'many jobs are written down in their order, each with the beginning of its story': async (log) => {
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
  },

  'only failed and staged jobs are retried; a running one is neither retried nor cancelled': async (log) => {
    const job = await begin(log);
    await fails('JOB_STATE', log.queue.retry([job.id], 'tester'));
    await fails('JOB_STATE', log.queue.cancel([job.id], 'tester'));
    await log.attempts.stage(job, holder, { finished, notes: [], stagingTable: 'staging_strikes_x' });
    const [retried] = await log.queue.retry([job.id], 'tester');
    assert.deepEqual([retried?.status, retried?.publish], ['pending', true]);
    await log.queue.cancel([job.id], 'tester');
    await fails('JOB_STATE', log.queue.retry([job.id], 'tester'));
    assert.equal(await log.queue.takeOldest(holder), null);
  },

  'a job is given to one of those who ask for it at once': async (log) => {
    await log.queue.enqueue([request('/a')]);
    const taken = await Promise.all([holder, other].map((who) => log.queue.takeOldest(who)));
    const job = only(taken.filter((one) => one !== null));
    assert.deepEqual([job.status, job.attempts], ['started', 1]);
  },

  'only jobs of a kind are taken where one is asked for, and none where too many wait': async (log) => {
    await log.queue.enqueue([request('/a'), { ...request('/old'), kind: 'migration' }, request('/b')]);
    assert.equal((await log.queue.takeOldest(holder, 'migration'))?.url, '/old');
    assert.deepEqual(await log.queue.takeOldestUnlessMany(holder, { jobs: 1, since: null }), { many: 2 });
    const since = '2030-01-01T00:00:00.000Z';
    const taken = await log.queue.takeOldestUnlessMany(holder, { jobs: 1, since });
    assert.ok(taken !== null && 'url' in taken);
    assert.equal(taken.url, '/a');
  },

  'a job keeps what it is about, and by which way it came': async (log) => {
    const target = { kind: 'compaction', folder: 'f', plan_id: null } as const;
    await log.queue.enqueue([{ ...request('compact:f'), kind: 'rewrite', target, reason: 'r' }]);
    const [submitted] = await log.queue.submit([submission('https://h/a')]);
    assert.ok(submitted !== undefined && !(submitted instanceof GexlakeError));
    assert.deepEqual([submitted.job.origin, submitted.job.target], ['http', null]);
    const taken = await log.queue.takeOldest(holder, 'rewrite');
    assert.deepEqual([taken?.target, taken?.origin, taken?.reason], [target, 'command', 'r']);
  },

  'what is submitted twice is one job, and a key that belongs to another file is refused alone': async (log) => {
    const asked = [submission('https://h/a', 'k'), submission('https://h/a', 'k'), submission('https://h/a')];
    const given = await log.queue.submit([...asked, submission('https://h/b', 'k'), submission('https://h/c')]);
    const ids = given.map((one) => (one instanceof GexlakeError ? one.code : one.job.id));
    assert.equal(new Set(ids.slice(0, 3)).size, 1);
    assert.equal(ids[3], 'IDEMPOTENCY_CONFLICT');
    assert.equal(new Set(ids).size, 3);
    const [first] = given;
    assert.ok(first !== undefined && !(first instanceof GexlakeError));
    assert.deepEqual([first.request?.fields, first.request?.idempotency_key], ['{"note":"n"}', 'k']);
    assert.deepEqual(
      first.events.map(({ event }) => event),
      ['created', 'uploaded'],
    );
  },

  'a URL that was signed anew is the same job, which takes the new one': async (log) => {
    const url = (sig: string) => `https://hist.gex.bot/2025-10-22_SPX_classic_gex_zero.json?sig=${sig}`;
    await log.queue.submit([submission(url('1'))]);
    const [again] = await log.queue.submit([submission(url('2'))]);
    assert.ok(again !== undefined && !(again instanceof GexlakeError));
    assert.equal(again.job.url, url('2'));
    assert.equal(await log.queue.countPending(), 1);
  },

  'a list of jobs is changed as a whole or not at all': async (log) => {
    const [first, second] = await log.queue.enqueue([request('/a'), request('/b')]);
    const over = await publish(log, 'sum');
    await fails('JOB_STATE', log.queue.cancel([first?.id ?? '', over.id, second?.id ?? ''], 'tester'));
    assert.equal(await log.queue.countPending(), 2);
    assert.equal((await log.queue.cancel([first?.id ?? '', first?.id ?? ''], 'tester')).length, 1);
    assert.equal(await log.queue.countPending(), 1);
    await fails('JOB_NOT_FOUND', log.queue.retry(['none'], 'tester'));
    assert.equal((await log.files.ofBlocks(blocks)).length, 1);
  },
};
