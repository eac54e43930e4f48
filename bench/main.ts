// Makes Parquet of one made-up day with gexlake and, in the same run on the same file, in every other way at hand, turn by turn.
// usage: npm run bench -- [--runs 5] [--out bench/out/result.json] [--only <beginning of a name>]…
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { contenders, type Contender } from './contenders.ts';
import { describeMachine, printMachine } from './machine.ts';
import { day, tenDates, writeInput } from './make-input.ts';
import { measure, type Usage } from './measure.ts';
import { printMemory, printRatios, printTable, type Measured } from './report.ts';
import { rowsOf } from './rows.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    out: { type: 'string', default: 'bench/out/result.json' },
    only: { type: 'string', multiple: true, default: [] },
  },
});
const runs = Number(values.runs);
const chosen = contenders().filter(
  ({ name }) => values.only.length === 0 || values.only.some((beginning) => name.startsWith(beginning)),
);
const folder = mkdtempSync(join(tmpdir(), 'gexlake-bench-'));

try {
  const input = join(folder, '2025-10-22_NQ_NDX_classic_gex_zero.json');
  const size_bytes = writeInput(input, [day.sessionDate]);
  const machine = describeMachine();
  printMachine(machine);
  console.log(
    `input: ${day.ticker} ${day.endpoint}, seed ${day.seed}, ${(size_bytes / 1e6).toFixed(1)} MB of JSON; ${runs} runs each, in turn`,
  );
  for (const { name, missing } of chosen) if (missing !== null) console.log(`missing: ${name} needs ${missing}`);
  const measured = await takeTurns(
    chosen.filter(({ missing }) => missing === null),
    input,
  );
  printTable(measured);
  printRatios(measured);
  const memory = chosen.some(({ name }) => name.startsWith('gexlake')) ? await tenTimesAsLong() : null;
  if (memory !== null) printMemory(measured, memory);
  const missing = Object.fromEntries(chosen.map((contender) => [contender.name, contender.missing]));
  const result = { machine, seed: day.seed, input_bytes: size_bytes, runs, measured, missing, ten_days: memory };
  keep(result);
  console.log(`\nwritten: ${values.out}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function keep(result: unknown): void {
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
}

async function takeTurns(able: readonly Contender[], input: string): Promise<Measured[]> {
  const measured = able.map(({ name }) => ({ name, usages: [] as Usage[], output: null as Measured['output'] }));
  for (let turn = 0; turn < runs; turn++) {
    for (const [at, contender] of able.entries()) {
      const output = mkdtempSync(join(folder, 'output-'));
      const entry = measured[at];
      if (entry === undefined) continue;
      const usage = await measure(contender.command(input, output));
      process.stderr.write(`turn ${turn + 1} of ${runs}: ${contender.name} ${usage.wall_s.toFixed(2)} s\n`);
      entry.usages.push(usage);
      entry.output = await lookAt(contender, output);
      rmSync(output, { recursive: true, force: true });
    }
    // So that a benchmark which is broken off has not been for nothing.
    keep({ measured });
  }
  return measured;
}

/** What a contender has written; of the floor, how its time was spent. */
async function lookAt({ files }: Contender, output: string): Promise<Measured['output']> {
  if (files === null) {
    const parts = JSON.parse(readFileSync(join(output, 'floor.json'), 'utf8')) as Record<string, number>;
    return { kind: 'floor', parts };
  }
  const strikes = join(output, files.strikes);
  const snapshots = join(output, files.snapshots);
  return {
    kind: 'parquet',
    strikes_bytes: statSync(strikes).size,
    snapshots_bytes: statSync(snapshots).size,
    ...(await rowsOf(strikes, snapshots)),
  };
}

/** One import of a file ten times as long: its peak memory must not grow with the file. */
async function tenTimesAsLong(): Promise<Usage> {
  const input = join(folder, 'NQ_NDX_classic_gex_zero.json');
  writeInput(input, tenDates);
  const [gexlake] = contenders();
  if (gexlake === undefined) throw new Error('gexlake is the first contender');
  return measure(gexlake.command(input, mkdtempSync(join(folder, 'output-'))));
}
