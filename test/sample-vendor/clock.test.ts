import assert from 'node:assert/strict';
import { createVendorClock, followClock } from '../../src/sample-vendor/vendor-clock.ts';
import { test } from '../support/shares.ts';

test('the stand-in’s clock goes as fast as it is told, by whole milliseconds, or as another one does', () => {
  let now_ms = 100.25;
  const system = { now_ms: () => now_ms, monotonic_ms: () => now_ms, sleep: async () => undefined };
  const clocks = [
    createVendorClock({ now_ms: 5_000, speed: 60 }, system),
    createVendorClock({ now_ms: 5_000, speed: 0 }, system),
    followClock(system),
  ];
  now_ms += 10.01;
  assert.deepEqual(
    clocks.map((clock) => clock.now_ms()),
    [5_600, 5_000, 110],
  );
  for (const clock of clocks) clock.advance(1_000);
  assert.deepEqual(
    clocks.map((clock) => clock.now_ms()),
    [6_600, 6_000, 1_110],
  );
});
