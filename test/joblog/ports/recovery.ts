import assert from 'node:assert/strict';
import { only } from '../../support/gexlake.ts';
import {
  begin,
  counts,
  fails,
  finished,
  holder,
  other,
  privateFile,
  publication,
  report,
  withdrawn,
  type Demands,
} from './made.ts';

/** What every `RecoveryLog` does. */
export const recovery: Demands = {
  'a job is not taken over from a process that was heard of since it was looked at': async (log) => {
    const job = await begin(log);
    await log.attempts.beat(job, holder);
    assert.equal(await log.recovery.takeOverAsSeen(job, other, 'which is silent'), false);
    const seen = only(await log.recovery.running());
    assert.equal(await log.recovery.takeOverAsSeen(seen, other, 'which is silent'), true);
    assert.equal(await log.recovery.takeOverAsSeen(seen, other, 'which is silent'), false);
    await fails('JOB_TAKEN_OVER', log.attempts.beat(job, holder));
  },

  'all that a process held is taken over, and only that': async (log) => {
    const [first, second] = [await begin(log), await begin(log, other)];
    assert.equal((await log.recovery.running()).length, 2);
    const taken = only(await log.recovery.takeOver(holder.owner, other));
    assert.equal(taken.id, first.id);
    await log.attempts.fail(first, other, { error: report, left: withdrawn });
    await log.attempts.beat(second, other);
    const { events } = await log.jobs.story(first.id);
    assert.deepEqual(
      events.map(({ event }) => event),
      ['created', 'started', 'taken over', 'failed'],
    );
  },

  'a commit is finished from what was intended, counts and sessions too': async (log) => {
    const job = await begin(log);
    await log.attempts.intend(job, holder, { ...publication([privateFile('snapshots', 'a')], []), counts });
    const seen = only(await log.recovery.running());
    await log.recovery.takeOverAsSeen(seen, other, 'which is gone');
    await log.recovery.completeAbandoned(seen, other);
    const story = await log.jobs.story(job.id);
    assert.deepEqual([story.status, story.records_processed, story.session_date], ['completed', 2, '2025-10-22']);
    assert.equal((await log.files.live()).length, 1);
    await fails('JOB_TAKEN_OVER', log.attempts.complete(job, holder, { finished, intended: 1 }));
  },

  'a job that is given back waits, and has announced nothing': async (log) => {
    const job = await begin(log);
    await log.attempts.intend(job, holder, { ...publication([privateFile('snapshots', 'a')], []), counts });
    await log.recovery.release(job, holder);
    const { status, owner, records_read, files, events } = await log.jobs.story(job.id);
    assert.deepEqual([status, owner, records_read, files], ['pending', null, null, []]);
    assert.deepEqual(events.at(-1)?.data, { status: 'pending' });
  },

  'what was cleaned is noted of jobs in any state': async (log) => {
    const job = await begin(log);
    await log.recovery.noteCleaned([], 'tester');
    await log.recovery.noteCleaned([{ job, what: 'its private folder' }], 'tester');
    assert.equal((await log.jobs.story(job.id)).events.at(-1)?.detail, 'its private folder');
  },
};
