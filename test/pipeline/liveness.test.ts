import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../src/core/job.ts';
import { limits } from '../../src/core/limits.ts';
import { Heartbeats } from '../../src/pipeline/liveness.ts';
import { ownIdentity } from '../../src/platform/processes.ts';

/*
 * Heartbeats of a process that cannot be seen, by clocks that a test sets: `off_ms` is how far this machine's is ahead of that one's.
 */

const minutes = (count: number) => count * 60_000;

function watching(off_ms: number) {
  let passed_ms = 0;
  const began_ms = Date.parse('2026-02-25T15:00:00Z');
  const clock = {
    now_ms: () => began_ms + off_ms + passed_ms,
    monotonic_ms: () => passed_ms,
    sleep: async () => undefined,
  };
  const heartbeats = new Heartbeats(clock, limits);
  const job = (silent_ms: number) => {
    const heartbeat_at = new Date(began_ms + passed_ms - silent_ms).toISOString();
    // Of a job, only who runs it and when it was heard of is looked at.
    return { id: 'a', owner: 'elsewhere:1:1:0.0.0', attempts: 1, heartbeat_at, updated_at: heartbeat_at } as Job;
  };
  return { heartbeats, job, pass: (by_ms: number) => (passed_ms += by_ms) };
}

for (const off_ms of [0, minutes(5), -minutes(5), minutes(60 * 24 * 365)]) {
  test(`a process whose heartbeat changes lives, with this clock ${off_ms} ms ahead`, () => {
    const { heartbeats, job, pass } = watching(off_ms);
    for (let beat = 0; beat < 200; beat++) {
      assert.equal(heartbeats.isAbandoned(job(0)), false);
      if (beat > 0) assert.deepEqual(heartbeats.undecided([job(0)]), [], 'nobody waits for it');
      pass(limits.heartbeat_ms);
    }
  });

  test(`one that says nothing counts as gone only after it was watched, with this clock ${off_ms} ms ahead`, () => {
    const { heartbeats, job, pass } = watching(off_ms);
    const dead = job(0);
    let watched_ms = 0;
    while (!heartbeats.isAbandoned(dead)) {
      pass(1000);
      watched_ms += 1000;
    }
    assert.equal(watched_ms, off_ms === 0 ? limits.heartbeat_lost_ms : limits.heartbeat_watch_ms);
  });
}

test('one that was silent for long is watched for less, and waited for', () => {
  const { heartbeats, job, pass } = watching(0);
  const dead = job(minutes(3));
  assert.equal(heartbeats.isAbandoned(dead), false);
  assert.deepEqual(heartbeats.undecided([dead]), [dead]);
  pass(limits.heartbeat_watch_ms);
  assert.match(heartbeats.whyGone(dead) ?? '', /cannot be seen from here and has said nothing for the 30 s/);
});

test('one that was heard of a moment ago is not waited for', () => {
  const { heartbeats, job } = watching(0);
  assert.equal(heartbeats.isAbandoned(job(1000)), false);
  assert.deepEqual(heartbeats.undecided([job(1000)]), []);
});

test('a process is never gone to itself', () => {
  const { heartbeats, job, pass } = watching(0);
  const own = { ...job(minutes(60)), owner: ownIdentity() };
  pass(minutes(60));
  assert.equal(heartbeats.isAbandoned(own), false);
});
