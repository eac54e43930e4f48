import { appendFileSync } from 'node:fs';

/** What the tests of crash safety have done to importers. */
export type Tally = { kills: number; kills_in_recovery: number; failures: number; power_cuts: number };

const tally: Tally = { kills: 0, kills_in_recovery: 0, failures: 0, power_cuts: 0 };

export function count(what: keyof Tally): void {
  tally[what]++;
}

// The whole run adds up what its files have done: scripts/test-long.ts.
process.on('exit', () => {
  const path = process.env['GEXLAKE_CRASH_TALLY'];
  if (path !== undefined) appendFileSync(path, `${JSON.stringify(tally)}\n`);
});
