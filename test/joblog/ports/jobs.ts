import assert from 'node:assert/strict';
import { begin, day, fails, holder, publish, report, request, withdrawn, type Demands } from './made.ts';

/** What every `JobReader` does. */
export const jobs: Demands = {
  'jobs are listed by what is asked for, newest first': async (log) => {
    const written = await log.queue.enqueue([request('/a'), { ...request('/b'), ticker: 'NDX' }, request('/c')]);
    const ids = written.map(({ id }) => id);
    assert.deepEqual(
      (await log.jobs.list({ limit: 10 })).map(({ id }) => id),
      ids.toReversed(),
    );
    assert.equal((await log.jobs.list({ limit: 2 })).length, 2);
    assert.equal(
      (await log.jobs.list({ limit: 10, ticker: 'NDX', endpoint: 'gex_zero', status: 'pending' })).length,
      1,
    );
    assert.deepEqual(await log.jobs.list({ limit: 10, status: 'failed' }), []);
    const known = await log.jobs.known([ids[0] ?? '', 'none']);
    assert.deepEqual(
      known.map(({ id }) => id),
      [ids[0]],
    );
    assert.deepEqual(await log.jobs.known([]), []);
  },

  'jobs that are not over or have failed are open, the oldest first': async (log) => {
    assert.deepEqual(await log.jobs.open(), []);
    await publish(log, 'a');
    const failed = await begin(log);
    await log.attempts.fail(failed, holder, { error: report, left: withdrawn });
    const [pending] = await log.queue.enqueue([request('/b')]);
    const open = await log.jobs.open();
    assert.deepEqual(
      open.map(({ id, status }) => [id, status]),
      [
        [failed.id, 'failed'],
        [pending?.id, 'pending'],
      ],
    );
    assert.deepEqual(open, (await log.whole.survey()).open);
  },

  'a story is found by the beginning of an id that is the only one, with all jobs of its sessions': async (log) => {
    const job = await publish(log, 'a');
    const later = await begin(log);
    await log.attempts.fail(later, holder, { error: report, left: withdrawn });
    const story = await log.jobs.story(`${job.id.slice(0, 20)}…`);
    assert.deepEqual([story.id, story.files.length], [job.id, 1]);
    assert.deepEqual(
      story.block.map(({ id, outcome }) => [id, outcome?.slice(0, 15)]),
      [
        [job.id, '1 files live, r'],
        [later.id, 'DOWNLOAD_DENIED'],
      ],
    );
    await fails('JOB_NOT_FOUND', log.jobs.story(job.id.slice(0, 4)));
    await fails('JOB_NOT_FOUND', log.jobs.story('ffffffff'));
  },

  'a job without a session has a story, too': async (log) => {
    const job = await begin(log, holder, { ...request('/a'), sessionDate: null });
    assert.deepEqual(
      (await log.jobs.story(job.id)).block.map(({ id }) => id),
      [job.id],
    );
  },

  'a remark is added to a job in any state': async (log) => {
    const job = await publish(log, 'a');
    await log.jobs.remark(job.id, 'ana', { event: 'repaired', detail: 'x was put back', data: { path: 'x' } });
    const { events } = await log.jobs.story(job.id);
    assert.deepEqual([events.at(-1)?.actor, events.at(-1)?.data], ['ana', { path: 'x' }]);
  },

  'the log knows of time what its jobs say': async (log) => {
    assert.equal(await log.jobs.newestChange(), null);
    assert.equal(await log.jobs.times(), null);
    const job = await begin(log);
    const newest_ms = Date.parse(job.updated_at);
    assert.deepEqual(await log.jobs.newestChange(), { newest_ms, resumed_ms: null });
    assert.deepEqual(await log.jobs.times(), { newest_ms, resumed_ms: null });
    assert.equal(job.session_date, day);
  },
};
