import type { Clock } from '../core/clock.ts';

/** The vendor's own time: it goes as it is told to. */
export type VendorClock = {
  readonly now_ms: () => number;
  /** Sets it forward. */
  readonly advance: (ms: number) => void;
};

export type VendorTime = {
  /** Where it begins. */
  readonly now_ms: number;
  /** How many of its seconds go by in one: 0 stands still until it is set forward. */
  readonly speed: number;
};

export function createVendorClock({ now_ms, speed }: VendorTime, { monotonic_ms }: Clock): VendorClock {
  const begun_ms = monotonic_ms();
  let added_ms = 0;
  return {
    now_ms: () => Math.floor(now_ms + added_ms + (monotonic_ms() - begun_ms) * speed),
    advance: (ms) => {
      added_ms += ms;
    },
  };
}

/** The vendor's clock as another clock tells the time, with what it is set forward besides. */
export function followClock(clock: Pick<Clock, 'now_ms'>): VendorClock {
  let added_ms = 0;
  return {
    now_ms: () => Math.floor(clock.now_ms() + added_ms),
    advance: (ms) => {
      added_ms += ms;
    },
  };
}
