import assert from 'node:assert/strict';
import { only } from '../../support/gexlake.ts';
import { begin, holder, publish, report, request, withdrawn, type Demands } from './made.ts';

/** What every `Feed` does. */
export const feed: Demands = {
  'events are numbered from 1 on without a gap, across jobs': async (log) => {
    await log.queue.enqueue([request('/a'), request('/b')]);
    await log.queue.takeOldest(holder);
    const events = await log.feed.eventsAfter(0, 100);
    assert.deepEqual(
      events.map(({ number, event }) => [number, event]),
      [
        [1, 'created'],
        [2, 'created'],
        [3, 'started'],
      ],
    );
    assert.deepEqual(
      (await log.feed.eventsAfter(1, 2)).map(({ number }) => number),
      [2],
    );
  },

  'who follows hears what has happened since, with all about it': async (log) => {
    const first = await publish(log, 'a');
    const all = await log.feed.changesSince(null);
    assert.deepEqual([all.jobs.length, all.events, all.isAnother], [1, [], false]);
    const position = { last: all.last, mark: all.mark, updated_at: all.jobs[0]?.updated_at ?? '' };
    assert.deepEqual((await log.feed.changesSince(position)).events, []);
    const job = await begin(log);
    await log.attempts.fail(job, holder, { error: report, left: withdrawn });
    const changes = await log.feed.changesSince(position);
    assert.deepEqual(
      changes.events.map(({ event }) => event),
      ['created', 'started', 'failed'],
    );
    assert.ok(changes.jobs.some(({ id, status }) => id === job.id && status === 'failed'));
    assert.equal(only(changes.details).job.id, job.id);
    assert.equal(changes.last, all.last + 3);
    assert.equal((await log.feed.detailsOf([first.id, 'none'])).size, 1);
  },

  'another log than the one that was followed is told as that, with all its jobs': async (log) => {
    await publish(log, 'a');
    const position = { last: 2, mark: 'another', updated_at: '2025-01-01T00:00:00.000Z' };
    const changes = await log.feed.changesSince(position);
    assert.deepEqual([changes.isAnother, changes.jobs.length, changes.events], [true, 1, []]);
  },

  'many jobs come whole and in their order': async (log) => {
    await log.queue.enqueue(Array.from({ length: 4_500 }, (_, at) => request(`/${at}`)));
    const { jobs } = await log.feed.changesSince(null);
    assert.deepEqual(
      jobs.map(({ url }) => url),
      Array.from({ length: 4_500 }, (_, at) => `/${at}`),
    );
  },

  'the signature differs after each change, and after nothing else': async (log) => {
    const before = await log.feed.signature();
    await log.queue.enqueue([request('/a')]);
    const written = await log.feed.signature();
    assert.notEqual(written, before);
    await log.jobs.list({ limit: 1 });
    assert.equal(await log.feed.signature(), written);
  },
};
