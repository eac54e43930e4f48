// How the cost grows: with the length of a file, the number of sessions and of importers, the jobs in the log, the days in the lake.
// usage: npm run bench:growth -- [--part lengths|sessions|log|month]… [--runs 3] [--out bench/out/growth.json]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureLengths } from './growth/lengths.ts';
import { measureLog } from './growth/log.ts';
import { measureMonth } from './growth/month.ts';
import { measureSessions } from './growth/sessions.ts';
import { describeMachine, printMachine } from './machine.ts';

/** Each part prints what it finds and gives it for the JSON. `folder` is empty, and removed afterwards. */
type Part = (folder: string, runs: number) => Promise<unknown>;

const parts: Readonly<Record<string, Part>> = {
  lengths: measureLengths,
  sessions: measureSessions,
  log: measureLog,
  month: measureMonth,
};
const { values } = parseArgs({
  options: {
    part: { type: 'string', multiple: true, default: Object.keys(parts) },
    runs: { type: 'string', default: '3' },
    out: { type: 'string', default: 'bench/out/growth.json' },
  },
});

const machine = describeMachine();
printMachine(machine);
const found: Record<string, unknown> = {};
for (const name of values.part) {
  const part = parts[name];
  if (part === undefined) throw new Error(`no part is called ${name}; there are ${Object.keys(parts).join(', ')}`);
  console.log(`\n${name}`);
  const folder = mkdtempSync(join(tmpdir(), `gexlake-growth-${name}-`));
  try {
    found[name] = await part(folder, Number(values.runs));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify({ machine, runs: Number(values.runs), ...found }, null, 2)}\n`);
console.log(`\nwritten: ${values.out}`);
