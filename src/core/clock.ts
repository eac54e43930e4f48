/** The current time. Everything that needs it is given a clock, so that nothing reads the time on its own. */
export type Clock = { readonly now_ms: () => number; readonly sleep: (delay_ms: number) => Promise<void> };
