import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { withDatabase } from '../../src/db/db.ts';
import { lockDatabase } from '../support/lock.ts';

const hour_ms = 3_600_000;

for (const step_ms of [hour_ms, -hour_ms]) {
  test(`a lock is waited for as long as it was said, while somebody sets the clock by ${step_ms} ms each time`, async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'gexlake-lock-'));
    context.after(() => rm(folder, { recursive: true }));
    const path = join(folder, 'held.db');
    const held = await lockDatabase(path);
    context.after(held.release);
    let wall_ms = Date.now();
    let passed_ms = 0;
    const clock = {
      now_ms: () => (wall_ms += step_ms),
      monotonic_ms: () => passed_ms,
      // Waits for nothing, so that only the clocks count.
      sleep: async (delay_ms: number) => void (passed_ms += delay_ms),
    };
    const opened = withDatabase(path, { clock, commandOf: () => null, lockWait_ms: 100 }, async () => undefined);
    await assert.rejects(opened, { code: 'LOCK_BUSY' });
    assert.ok(passed_ms >= 100 && passed_ms < 150, `waited ${passed_ms} ms`);
  });
}
