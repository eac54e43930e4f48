import type { Clock } from '../core/clock.ts';

export const systemClock: Clock = {
  now_ms: () => Date.now(),
  monotonic_ms: () => performance.now(),
  sleep: (delay_ms) =>
    new Promise((resolve) => {
      setTimeout(resolve, delay_ms);
    }),
};
