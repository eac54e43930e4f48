import assert from 'node:assert/strict';
import { eventData } from '../../../src/core/job-events.ts';
import { noCounts } from '../../../src/core/job.ts';
import { parseStoredPath } from '../../../src/core/stored-path.ts';
import { only } from '../../support/gexlake.ts';
import {
  begin,
  blocks,
  bytes,
  counts,
  day,
  fails,
  finished,
  holder,
  other,
  privateFile,
  publication,
  publish,
  report,
  request,
  withdrawn,
  type Demands,
} from './made.ts';

/** What every `AttemptLog` does. */
export const attempts: Demands = {
  'a job that somebody else holds can be neither ended nor published': async (log) => {
    const job = await begin(log);
    assert.deepEqual(
      (await log.recovery.takeOver(holder.owner, other)).map(({ id }) => id),
      [job.id],
    );
    await fails('JOB_TAKEN_OVER', log.attempts.beat(job, holder));
    await fails('JOB_TAKEN_OVER', log.attempts.received(job, holder, bytes('sum', 'source/x')));
    await fails('JOB_TAKEN_OVER', log.attempts.intend(job, holder, publication([privateFile('snapshots', 'a')], [])));
    await fails('JOB_TAKEN_OVER', log.attempts.complete(job, holder, { finished, intended: 0 }));
    await fails('JOB_TAKEN_OVER', log.attempts.skip(job, holder, { finished, skipped: { equal: 'x' } }));
    await fails('JOB_TAKEN_OVER', log.attempts.stage(job, holder, { finished, notes: [], stagingTable: 'table' }));
    await fails('JOB_TAKEN_OVER', log.attempts.fail(job, holder, { error: report, left: withdrawn }));
    const story = await log.jobs.story(job.id);
    assert.deepEqual([story.status, story.owner, story.files], ['started', other.owner, []]);
    await log.attempts.fail(job, other, { error: report, left: withdrawn });
    assert.deepEqual(await log.recovery.takeOver(holder.owner, other), []);
  },

  'an earlier attempt of the same process can change nothing either': async (log) => {
    const first = await begin(log);
    await log.recovery.release(first, holder);
    const second = await log.queue.takeOldest(holder);
    assert.deepEqual([second?.id, second?.attempts], [first.id, 2]);
    await fails('JOB_TAKEN_OVER', log.attempts.beat(first, holder));
    await fails('JOB_TAKEN_OVER', log.attempts.received(first, holder, bytes('sum', 'source/x')));
    await fails('JOB_TAKEN_OVER', log.attempts.intend(first, holder, publication([privateFile('snapshots', 'a')], [])));
    await fails('JOB_TAKEN_OVER', log.attempts.complete(first, holder, { finished, intended: 0 }));
    await fails('JOB_TAKEN_OVER', log.attempts.fail(first, holder, { error: report, left: withdrawn }));
    await fails('JOB_TAKEN_OVER', log.recovery.release(first, holder));
    await fails('JOB_TAKEN_OVER', log.attempts.forgetIntended(first, holder));
    const { status, files } = await log.jobs.story(first.id);
    assert.deepEqual([status, files], ['started', []]);
  },

  'files become live with their job or not at all': async (log) => {
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
  },

  'an intent that was compared with what is no longer there is refused': async (log) => {
    const [first, second] = [await begin(log), await begin(log, other)];
    await log.attempts.intend(first, holder, publication([privateFile('snapshots', 'a')], []));
    assert.equal(await log.attempts.intend(second, other, publication([privateFile('snapshots', 'b')], [])), null);
    await log.attempts.complete(first, holder, { finished, intended: 1 });
    assert.equal(await log.attempts.intend(second, other, publication([privateFile('snapshots', 'b')], [])), null);
    const live = await log.files.ofBlocks({ ticker: 'SPX', endpoint: 'gex_zero', sessionDates: ['2025-10-22'] });
    const intended = await log.attempts.intend(second, other, publication([privateFile('snapshots', 'b')], live));
    assert.match(intended?.[0]?.path ?? '', new RegExp(`snapshots_${second.id}\\.parquet$`));
  },

  'a failure forgets the intent, unless its files could not be taken back': async (log) => {
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
  },

  'two jobs never get the same staged path': async (log) => {
    const [first, second] = [await begin(log), await begin(log, other)];
    assert.deepEqual(await log.attempts.received(first, holder, bytes('sum', 'source/x', `source/${first.id}/x`)), {
      kind: 'new',
      stagedPath: parseStoredPath('source/x'),
    });
    assert.deepEqual(await log.attempts.received(second, other, bytes('sum', 'source/x', `source/${second.id}/x`)), {
      kind: 'new',
      stagedPath: parseStoredPath(`source/${second.id}/x`),
    });
  },

  'an attempt ends with its counts, its session and its data': async (log) => {
    const job = await publish(log, 'sum');
    const { events, ...row } = await log.jobs.story(job.id);
    assert.deepEqual([row.status, row.session_date, row.checksum], ['completed', day, 'source of sum']);
    assert.deepEqual([row.records_read, row.records_quarantined, row.owner], [4, 1, holder.owner]);
    const data = events.map((event) => eventData(event, 'completed')).find((found) => found !== null);
    assert.deepEqual(data, { live: 1, superseded: 0, counts });
  },

  'an error is kept as data and in words, and goes with the next attempt': async (log) => {
    const job = await begin(log);
    await log.attempts.fail(job, holder, { error: report, left: withdrawn });
    const [failed] = await log.queue.retry([job.id], 'tester');
    assert.deepEqual([failed?.error, failed?.last_error], [report, 'DOWNLOAD_DENIED: words']);
    const again = await log.queue.takeOldest(holder);
    assert.deepEqual([again?.error, again?.last_error], [null, null]);
  },

  'bytes that another job has published are skipped, unless they correct it': async (log) => {
    const first = await publish(log, 'sum');
    const again = await begin(log, other);
    assert.deepEqual(await log.attempts.received(again, other, bytes('source of sum', 'source/y')), {
      kind: 'equal',
      jobId: first.id,
      warning: null,
    });
    const { status, skipped_as } = await log.jobs.story(again.id);
    assert.deepEqual([status, skipped_as], ['skipped', first.id]);
    const correction = { ...request('/c'), kind: 'correction', correctsJobId: first.id, reason: 'r' } as const;
    const correcting = await begin(log, other, correction);
    const outcome = await log.attempts.received(correcting, other, bytes('source of sum', 'source/z'));
    assert.equal(outcome.kind, 'new');
  },

  'bytes that are live as another endpoint are told, with what to do': async (log) => {
    const first = await publish(log, 'sum');
    const elsewhere = await begin(log, other, { ...request('/b'), endpoint: 'gex_one' });
    const outcome = await log.attempts.received(elsewhere, other, bytes('source of sum', 'source/y'));
    assert.ok(outcome.kind === 'equal' && outcome.jobId === first.id);
    assert.match(outcome.warning ?? '', /gexlake withdraw/);
    assert.equal((await log.attempts.equalElsewhere(elsewhere, 'source of sum'))?.jobId, first.id);
    assert.deepEqual(await log.attempts.announcedElsewhere(elsewhere, 'source of sum'), []);
  },

  'files take the place of others with their job, and one of them is replaced by one job only': async (log) => {
    await publish(log, 'old');
    const old = only(await log.files.live());
    const [job, rival] = [await begin(log), await begin(log, other)];
    const archivePath = parseStoredPath('archive/x.parquet');
    const replacement = {
      placed: [{ file: privateFile('snapshots', 'new'), path: old.path }],
      retired: [{ path: old.path, checksum: old.checksum, archivePath }],
      planned: null,
      counts: noCounts,
      quality: [],
      notes: [{ event: 'changes', detail: 'one' }],
    };
    assert.equal(await log.attempts.intendSwap(job, holder, replacement), true);
    assert.equal(await log.attempts.intendSwap(rival, other, replacement), false);
    assert.deepEqual(await log.attempts.intended(rival), { placed: [], retired: [] });
    await log.attempts.complete(job, holder, { finished, intended: 1 });
    assert.deepEqual(
      (await log.files.live()).map(({ checksum }) => checksum),
      ['new'],
    );
    const [superseded] = await log.files.supersededBy(job.id);
    assert.deepEqual([superseded?.checksum, superseded?.archive_path], ['old', archivePath]);
    assert.equal((await log.files.ofBlocks(blocks)).length, 1);
  },

  'a replacement is planned again where files have come to its sessions, also where it replaces nothing': async (
    log,
  ) => {
    const [job, rival] = [await begin(log), await begin(log, other)];
    const path = parseStoredPath('parquet/gex/2025/10/SPX/gex_zero/snapshots.parquet');
    const replacement = (checksum: string) => ({
      placed: [{ file: privateFile('snapshots', checksum), path }],
      retired: [],
      planned: { sessionDates: [day], files: [] },
      counts: noCounts,
      quality: [],
      notes: [],
    });
    assert.equal(await log.attempts.intendSwap(job, holder, replacement('one')), true);
    assert.equal(await log.attempts.intendSwap(rival, other, replacement('two')), false);
    await log.attempts.complete(job, holder, { finished, intended: 1 });
    assert.equal(await log.attempts.intendSwap(rival, other, replacement('two')), false);
    assert.deepEqual(await log.attempts.intended(rival), { placed: [], retired: [] });
    const seen = { sessionDates: [day], files: await log.files.ofBlocks(blocks) };
    assert.equal(await log.attempts.intendSwap(rival, other, { ...replacement('two'), planned: seen }), true);
  },
};
