// Works off the same pending sessions with one importer and with two, turn by turn, each time in an empty data folder.
// usage: npm run bench:workers -- [--sessions 20] [--records 23400] [--runs 3]
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatDay, parseDay } from '../src/core/session.ts';
import { day, writeInput } from './make-input.ts';
import { measure, median, nodeCommand, type Usage } from './measure.ts';

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '20' },
    records: { type: 'string', default: String(day.records) },
    runs: { type: 'string', default: '3' },
  },
});
const program = join(import.meta.dirname, '../bin/gexlake.js');
const folder = mkdtempSync(join(tmpdir(), 'gexlake-bench-'));
const workers = [1, 2] as const;

try {
  const inputs = weekdays(Number(values.sessions)).map((date) => {
    const path = join(folder, `${date}_${day.ticker}_classic_gex_zero.json`);
    writeInput(path, [date], { records: Number(values.records) });
    return path;
  });
  const bytes = inputs.reduce((sum, path) => sum + statSync(path).size, 0);
  console.log(`machine: ${cpus().length} × ${cpus()[0]?.model}; Node ${process.versions.node}`);
  console.log(
    `${inputs.length} sessions of ${values.records} records, ${(bytes / 1e6).toFixed(0)} MB of JSON; ${values.runs} runs each, in turn\n`,
  );
  const usages: Record<number, Usage[]> = {};
  for (let run = 0; run < Number(values.runs); run++)
    for (const count of workers) (usages[count] ??= []).push(await workOff(inputs, count));
  print(usages);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** One measured `run` over all inputs; that they were written down before is not measured. */
async function workOff(inputs: readonly string[], count: number): Promise<Usage> {
  const output = mkdtempSync(join(folder, 'output-'));
  const environment = { GEXLAKE_DATA_DIR: output };
  await measure(nodeCommand([program, 'enqueue', ...inputs], environment));
  const usage = await measure(nodeCommand([program, 'run', '--workers', String(count)], environment));
  rmSync(output, { recursive: true, force: true });
  return usage;
}

function print(usages: Readonly<Record<number, readonly Usage[]>>): void {
  const middle = (count: number, field: 'wall_s' | 'cpu_s' | 'peak_mb') =>
    median((usages[count] ?? []).map((usage) => usage[field]));
  console.log('median      wall s   CPU s   cores used   peak MB of one process');
  for (const count of workers) {
    const [wall_s, cpu_s, peak_mb] = [middle(count, 'wall_s'), middle(count, 'cpu_s'), middle(count, 'peak_mb')];
    const cells = [
      wall_s.toFixed(1).padStart(8),
      cpu_s.toFixed(1).padStart(8),
      (cpu_s / wall_s).toFixed(2).padStart(13),
    ];
    console.log(`--workers ${count}${cells.join('')}${peak_mb.toFixed(0).padStart(12)}`);
  }
  const ratio = (field: 'wall_s' | 'cpu_s') => (middle(2, field) / middle(1, field)).toFixed(2);
  console.log(`\ntwo workers / one: wall ${ratio('wall_s')}, CPU ${ratio('cpu_s')}`);
}

/** The first weekdays from the day on that all benchmarks use. */
function weekdays(count: number): string[] {
  const first = parseDay(day.sessionDate);
  const dates = Array.from({ length: 2 * count + 7 }, (_, at) => formatDay(first + at));
  return dates.filter((date) => ![0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay())).slice(0, count);
}
