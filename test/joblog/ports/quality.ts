import assert from 'node:assert/strict';
import type { Job } from '../../../src/core/job.ts';
import type { Measured } from '../../../src/core/quality-row.ts';
import type { JobLog } from '../../../src/joblog/joblog.ts';
import { only } from '../../support/gexlake.ts';
import { begin, day, finished, holder, other, privateFile, publication, report, withdrawn } from './made.ts';
import type { Demands } from './made.ts';

function measured(records: number): Measured {
  return {
    session_date: day,
    rules: 1,
    basis: 'source',
    records,
    first_timestamp: '2025-10-22T13:30:00.000Z',
    last_timestamp: '2025-10-22T19:59:59.000Z',
    seconds_expected: 23_400,
    seconds_present: records,
    gaps: 0,
    gap_s: 0,
    longest_gap_s: 0,
    frozen_runs: 0,
    frozen_s: 0,
    longest_frozen_s: 0,
    spot_jumps: 0,
    largest_jump_bp: 0,
    statements: { sum_gex_vol: { looked_at: records, held: records } },
    drift: [],
  };
}

/** A job that has announced a file of snapshots, with what was found of its session where that is known. */
async function announce(log: JobLog, checksum: string, quality: readonly Measured[]): Promise<Job> {
  const job = await begin(log);
  const live = await log.files.live();
  await log.attempts.intend(job, holder, { ...publication([privateFile('snapshots', checksum)], live), quality });
  return job;
}

const commit = (log: JobLog, job: Job) => log.attempts.complete(job, holder, { finished, intended: 1 });

async function counting(log: JobLog): Promise<readonly (readonly [string, number])[]> {
  return (await log.quality.counting()).map(({ job_id, records }) => [job_id, records]);
}

const block = { ticker: 'SPX', endpoint: 'gex_zero' };

export const quality: Demands = {
  'how good a session is counts with the files that it is about': async (log) => {
    const job = await announce(log, 'a', [measured(10)]);
    assert.deepEqual(await counting(log), []);
    await commit(log, job);
    const row = only(await log.quality.counting());
    const { files } = await log.whole.snapshot();
    assert.deepEqual([row.job_id, row.committed_at], [job.id, only(files).committed_at]);
    assert.deepEqual(row.statements, measured(10).statements);
  },

  'what changes a session ends its row, whether it brings a new one or not': async (log) => {
    await commit(log, await announce(log, 'a', [measured(10)]));
    const second = await announce(log, 'b', [measured(20)]);
    await commit(log, second);
    assert.deepEqual(await counting(log), [[second.id, 20]]);
    await commit(log, await announce(log, 'c', []));
    assert.deepEqual(await counting(log), []);
  },

  'a job that fails leaves the row that counted': async (log) => {
    const first = await announce(log, 'a', [measured(10)]);
    await commit(log, first);
    const second = await announce(log, 'b', [measured(20)]);
    await log.attempts.fail(second, holder, { error: report, left: withdrawn });
    assert.deepEqual(await counting(log), [[first.id, 10]]);
    await log.queue.retry([second.id], 'tester');
    const again = (await log.queue.takeOldest(holder)) ?? second;
    const live = await log.files.live();
    const found = { ...publication([privateFile('snapshots', 'b')], live), quality: [measured(30)] };
    await log.attempts.intend(again, holder, found);
    await commit(log, again);
    assert.deepEqual(await counting(log), [[second.id, 30]]);
  },

  'whoever finishes a commit lets the row count that the attempt has written': async (log) => {
    const job = await announce(log, 'a', [measured(10)]);
    await log.recovery.takeOverAsSeen(only(await log.recovery.running()), other, 'which is gone');
    await log.recovery.completeAbandoned(job, other);
    assert.deepEqual(await counting(log), [[job.id, 10]]);
  },

  'what is found in files counts as long as the files are those that were looked at': async (log) => {
    await commit(log, await announce(log, 'a', [measured(10)]));
    const looked = { measured: measured(11), files: await log.files.live() };
    assert.equal(await log.quality.note(block, looked), true);
    const newest = await announce(log, 'b', []);
    await commit(log, newest);
    assert.equal(await log.quality.note(block, looked), false);
    assert.deepEqual(await counting(log), []);
    assert.equal(await log.quality.note(block, { measured: measured(12), files: await log.files.live() }), true);
    assert.deepEqual(await counting(log), [[newest.id, 12]]);
  },
};
