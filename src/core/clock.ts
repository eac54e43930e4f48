/**
 * The current time. Everything that needs it is given a clock, so that nothing reads the time on its own. `now_ms` is the wall clock,
 * which anybody may set: it is for what is written down. Waiting, pacing and time-outs go by `monotonic_ms`, which only grows.
 */
export type Clock = {
  readonly now_ms: () => number;
  readonly monotonic_ms: () => number;
  readonly sleep: (delay_ms: number) => Promise<void>;
};
