import assert from 'node:assert/strict';
import { layoutVersion } from '../../../src/core/data-folder.ts';
import { parseStoredPath } from '../../../src/core/stored-path.ts';
import { only } from '../../support/gexlake.ts';
import { begin, counts, day, holder, privateFile, publication, publish, request, type Demands } from './made.ts';

/** What every `WholeLog` does. */
export const whole: Demands = {
  'a log that is not there is empty, and reading does not make it': async (log) => {
    assert.deepEqual(await log.whole.snapshot(), { jobs: [], events: [], files: [], archived: [], purged: [] });
    assert.deepEqual((await log.whole.survey()).open, []);
    assert.deepEqual(await log.jobs.list({ limit: 10 }), []);
    assert.deepEqual((await log.feed.changesSince(null)).jobs, []);
    assert.deepEqual(await log.recovery.running(), []);
    assert.equal(await log.whole.folderLayout(), layoutVersion);
    assert.equal(await log.queue.countPending(), 0);
    assert.equal(await log.whole.isThere(), false);
    await log.whole.prepare();
    assert.equal(await log.whole.isThere(), true);
    assert.equal(await log.whole.folderLayout(), layoutVersion);
  },

  'a snapshot has every row': async (log) => {
    const job = await publish(log, 'a');
    const { jobs, events, files, archived } = await log.whole.snapshot();
    const { events: told, files: published, receipts, block: _block, ...row } = await log.jobs.story(job.id);
    assert.deepEqual([only(jobs), events, files, archived, receipts], [row, told, published, [], []]);
  },

  'a survey says what is live, what is about to be, and what is not over': async (log) => {
    const done = await publish(log, 'a');
    const job = await begin(log);
    const live = await log.files.live();
    await log.attempts.intend(job, holder, publication([privateFile('snapshots', 'b')], live));
    const survey = await log.whole.survey();
    assert.deepEqual([survey.live.length, survey.publishing.length, survey.open.map(({ id }) => id)], [1, 1, [job.id]]);
    const { live: shown, staged } = await log.whole.shown();
    assert.deepEqual([shown.length, staged], [1, []]);
    assert.deepEqual((await log.whole.knownFiles()).map(({ checksum }) => checksum).sort(), ['a', 'b', 'source of a']);
    assert.equal(done.records_read, null);
  },

  'a withdrawal leaves its sessions': async (log) => {
    const job = await publish(log, 'a');
    const { path } = only(await log.files.live());
    const target = { kind: 'withdrawal', job_id: job.id, plan_id: null } as const;
    const away = await begin(log, holder, { ...request('withdraw:x'), kind: 'rewrite', target, reason: 'wrong' });
    const retired = [{ path, checksum: 'a', archivePath: parseStoredPath('archive/a') }];
    await log.attempts.intendSwap(away, holder, { placed: [], retired, planned: null, counts, quality: [], notes: [] });
    const finished = { counts, sessionDates: [day], stagedPath: null };
    await log.attempts.complete(away, holder, { finished, intended: 0 });
    const { withdrawn, live } = await log.whole.survey();
    assert.deepEqual(withdrawn, [
      { ticker: 'SPX', endpoint: 'gex_zero', session_date: day, job_id: away.id, reason: 'wrong' },
    ]);
    assert.deepEqual(live, []);
  },
};
