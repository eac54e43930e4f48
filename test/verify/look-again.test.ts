import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Job, ParquetFile } from '../../src/core/job.ts';
import { problem } from '../../src/core/problem.ts';
import { ownIdentity } from '../../src/platform/processes.ts';
import { lookUntilSure } from '../../src/verify/verify.ts';

/** A clock that only moves when somebody sleeps. */
function patientClock() {
  let now_ms = 0;
  return {
    now_ms: () => now_ms,
    monotonic_ms: () => now_ms,
    sleep: async (delay_ms: number) => {
      now_ms += delay_ms;
    },
  };
}

const missing = problem('FILE_MISSING', { path: 'parquet/a.parquet', jobId: 'a' }, 'it is missing');

type Log = { readonly version: number; readonly jobs: readonly Job[]; readonly files: readonly ParquetFile[] };

/** Looks with a log that reads as `versions` say, one after the other, and a folder that is wrong for so many looks. */
async function look(logs: readonly Log[], wrongLooks: number) {
  const clock = patientClock();
  const befores: (number | null)[] = [];
  let read = 0;
  const [first = calm(0)] = logs;
  const seen = await lookUntilSure<Log, { problems: readonly (typeof missing)[]; look: number }>(clock, first, {
    readLog: async () => logs[Math.min(++read, logs.length - 1)] ?? first,
    look: async (_log, before) => {
      befores.push(before?.look ?? null);
      return { problems: befores.length > wrongLooks ? [] : [missing], look: befores.length };
    },
    isSame: (left, right) => left.version === right.version,
  });
  return { seen, befores, waited_ms: clock.now_ms() };
}

function calm(version: number): Log {
  return { version, jobs: [], files: [] };
}

/** A log in which a job is between its intent and its commit; its process is this one, or gone. */
function busy(owner: string | null): Log {
  const job = { id: 'a', status: 'started', owner, heartbeat_at: null } as Job;
  return {
    version: 0,
    jobs: [job],
    files: [{ path: 'parquet/a.parquet', state: 'publishing', job_id: 'a' } as ParquetFile],
  };
}

suite('looking again', () => {
  test('is not done where nothing is wrong', async () => {
    const { seen, befores } = await look([calm(0)], 0);
    assert.deepEqual([seen.problems, befores], [[], [null]]);
  });

  test('is done once where the log stays as it is, and what is still wrong counts', async () => {
    const { seen, befores, waited_ms } = await look([calm(0)], 9);
    assert.deepEqual([seen.problems, befores, waited_ms], [[missing], [null, 1], 0]);
  });

  test('goes on while the log changes, and ends when nothing is wrong any more', async () => {
    const { seen, befores } = await look([calm(0), calm(1), calm(2), calm(3)], 2);
    assert.deepEqual([seen.problems, befores], [[], [null, 1, 2]]);
  });

  test('ends all the same where the log never stops changing', async () => {
    const { seen, befores } = await look([0, 1, 2, 3, 4, 5, 6, 7].map(calm), 99);
    assert.deepEqual([seen.problems, befores.length], [[missing], 5]);
  });

  test('waits for a job between its intent and its commit, and not for ever', async () => {
    const own = ownIdentity();
    const committed = await look([busy(own), busy(own), busy(own), calm(1)], 1);
    assert.deepEqual([committed.seen.problems, committed.waited_ms], [[], 500]);
    const stopped = await look([busy(own)], 9);
    assert.deepEqual([stopped.seen.problems, stopped.waited_ms], [[missing], 5_300]);
    const killed = await look([busy(null)], 9);
    assert.deepEqual([killed.seen.problems, killed.waited_ms], [[missing], 300]);
  });
});
