// Imports one made-up day with gexlake and, in the same run on the same file, with DuckDB alone, turn by turn.
// usage: npm run bench -- [--runs 5] [--out bench/out/result.json]
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { day, tenDates, writeInput } from './make-input.ts';
import { measure, median, type Usage } from './measure.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, out: { type: 'string', default: 'bench/out/result.json' } },
});
const runs = Number(values.runs);
const folder = mkdtempSync(join(tmpdir(), 'gexlake-bench-'));

type Contender = { readonly name: string; readonly run: (output: string) => Promise<Usage>; readonly strikes: string };

try {
  const input = join(folder, '2025-10-22_NQ_NDX_classic_gex_zero.json');
  const size = writeInput(input, [day.sessionDate]);
  console.log(
    `machine: ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 1e9)} GB; Node ${process.versions.node}`,
  );
  console.log(
    `input: ${day.ticker} ${day.endpoint}, seed ${day.seed}, ${(size / 1e6).toFixed(1)} MB of JSON; ${runs} runs each, in turn\n`,
  );
  const contenders = contendersFor(input);
  const measured = await takeTurns(contenders);
  const memory = await tenTimesAsLong();
  print(contenders, measured, memory);
  const result = {
    machine: cpus()[0]?.model,
    cores: cpus().length,
    node: process.versions.node,
    seed: day.seed,
    input_bytes: size,
    measured,
    memory,
  };
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function contendersFor(input: string): Contender[] {
  const gexlake = (output: string) =>
    measure([join(root, 'bin/gexlake.js'), 'import', input, '--json'], { GEXLAKE_DATA_DIR: output });
  const duckdb = (output: string) => measure([join(root, 'bench/plain-duckdb.ts'), input, output]);
  return [
    { name: 'gexlake import', run: gexlake, strikes: 'parquet/gex/2025/10/NQ_NDX/gex_zero/strikes.parquet' },
    { name: 'DuckDB alone', run: duckdb, strikes: 'strikes.parquet' },
  ];
}

type Measured = Record<string, { readonly usages: Usage[]; strikes_bytes: number }>;

async function takeTurns(contenders: readonly Contender[]): Promise<Measured> {
  const measured: Measured = Object.fromEntries(contenders.map(({ name }) => [name, { usages: [], strikes_bytes: 0 }]));
  for (let turn = 0; turn < runs; turn++) {
    for (const { name, run, strikes } of contenders) {
      const output = mkdtempSync(join(folder, 'output-'));
      const entry = measured[name] ?? { usages: [], strikes_bytes: 0 };
      entry.usages.push(await run(output));
      entry.strikes_bytes = statSync(join(output, strikes)).size;
      rmSync(output, { recursive: true, force: true });
    }
  }
  return measured;
}

/** One import of a file ten times as long: its peak memory must not grow with the file. */
async function tenTimesAsLong(): Promise<Usage> {
  const input = join(folder, 'NQ_NDX_classic_gex_zero.json');
  writeInput(input, tenDates);
  const output = mkdtempSync(join(folder, 'output-'));
  return measure([join(root, 'bin/gexlake.js'), 'import', input, '--json'], { GEXLAKE_DATA_DIR: output });
}

function print(contenders: readonly Contender[], measured: Measured, long: Usage): void {
  const middle = (name: string, field: keyof Usage) =>
    median((measured[name]?.usages ?? []).map((usage) => usage[field]));
  console.log('median of whole processes   wall s   CPU s   peak MB   strikes MB');
  for (const { name } of contenders) {
    const cells = [
      middle(name, 'wall_s').toFixed(2),
      middle(name, 'cpu_s').toFixed(2),
      middle(name, 'peak_mb').toFixed(0),
    ];
    const bytes = ((measured[name]?.strikes_bytes ?? 0) / 1e6).toFixed(1);
    console.log(
      `${name.padEnd(26)}${cells[0]?.padStart(8)}${cells[1]?.padStart(8)}${cells[2]?.padStart(10)}${bytes.padStart(13)}`,
    );
  }
  const [ours, plain] = contenders.map(({ name }) => name) as [string, string];
  const ratio = (field: keyof Usage) => (middle(ours, field) / middle(plain, field)).toFixed(2);
  console.log(
    `\ngexlake / DuckDB alone: wall ${ratio('wall_s')}, CPU ${ratio('cpu_s')}, peak memory ${ratio('peak_mb')}`,
  );
  const growth = long.peak_mb / middle(ours, 'peak_mb');
  console.log(
    `ten times as long: wall ${long.wall_s.toFixed(1)} s, peak ${long.peak_mb.toFixed(0)} MB, ${growth.toFixed(2)} × the peak of one day`,
  );
}
