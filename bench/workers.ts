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
/** An importer that is alone encodes in a second thread; with one thread it has what each of two has. */
const ways = [
  { name: 'one worker', workers: 1, environment: {} },
  { name: 'one worker, one thread', workers: 1, environment: { GEXLAKE_THREADS: '1' } },
  { name: 'two workers', workers: 2, environment: {} },
] as const;
type Way = (typeof ways)[number];

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
  const usages = new Map<Way, Usage[]>(ways.map((way) => [way, []]));
  for (let run = 0; run < Number(values.runs); run++)
    for (const [way, taken] of usages) taken.push(await workOff(inputs, way));
  print(usages);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** One measured `run` over all inputs; that they were written down before is not measured. */
async function workOff(inputs: readonly string[], way: Way): Promise<Usage> {
  const output = mkdtempSync(join(folder, 'output-'));
  const environment = { GEXLAKE_DATA_DIR: output, ...way.environment };
  await measure(nodeCommand([program, 'enqueue', ...inputs], environment));
  const usage = await measure(nodeCommand([program, 'run', '--workers', String(way.workers)], environment));
  rmSync(output, { recursive: true, force: true });
  return usage;
}

function print(usages: ReadonlyMap<Way, readonly Usage[]>): void {
  const middle = (way: Way, field: 'wall_s' | 'cpu_s' | 'peak_mb') =>
    median((usages.get(way) ?? []).map((usage) => usage[field]));
  console.log(`${'median'.padEnd(24)}  wall s   CPU s   cores used   peak MB of one process`);
  for (const way of ways) {
    const [wall_s, cpu_s, peak_mb] = [middle(way, 'wall_s'), middle(way, 'cpu_s'), middle(way, 'peak_mb')];
    const cells = [
      wall_s.toFixed(1).padStart(8),
      cpu_s.toFixed(1).padStart(8),
      (cpu_s / wall_s).toFixed(2).padStart(13),
    ];
    console.log(`${way.name.padEnd(24)}${cells.join('')}${peak_mb.toFixed(0).padStart(12)}`);
  }
  const [one, oneThread, two] = ways;
  const ratio = (base: Way, field: 'wall_s' | 'cpu_s') => (middle(two, field) / middle(base, field)).toFixed(2);
  for (const base of [one, oneThread])
    console.log(`\ntwo workers / ${base.name}: wall ${ratio(base, 'wall_s')}, CPU ${ratio(base, 'cpu_s')}`);
}

/** The first weekdays from the day on that all benchmarks use. */
function weekdays(count: number): string[] {
  const first = parseDay(day.sessionDate);
  const dates = Array.from({ length: 2 * count + 7 }, (_, at) => formatDay(first + at));
  return dates.filter((date) => ![0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay())).slice(0, count);
}
