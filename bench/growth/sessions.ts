import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isTradingDay } from '../../src/sample/hours.ts';
import { sampleFileName } from '../../src/sample/sample.ts';
import { day, writeInput } from '../make-input.ts';
import { median, type Usage } from '../measure.ts';
import { runProgram } from './program.ts';

/** Records of a small session: a twentieth of a day, 6 MB of JSON. */
const records = 1_170;

type Batch = { readonly sessions: number; readonly workers: number; readonly usages: readonly Usage[] };

/** Batches of 1, 20 and 250 small sessions, worked off by one importer and by two. Only `run` counts, not the enqueuing. */
export async function measureSessions(folder: string, runs: number): Promise<Batch[]> {
  const inputs = join(folder, 'inputs');
  mkdirSync(inputs);
  const files = tradingDays(250).map((sessionDate) => {
    const file = join(inputs, sampleFileName({ ...day, sessionDate }));
    writeInput(file, [sessionDate], { records });
    return file;
  });
  const found: Batch[] = [];
  console.log(' sessions   workers    wall s     CPU s  a session ms   one worker = 1');
  for (const sessions of [1, 20, 250]) {
    const batches = await takeTurns(folder, files.slice(0, sessions), sessions === 250 ? 1 : runs);
    const alone = median((batches[0]?.usages ?? []).map((usage) => usage.wall_s));
    for (const batch of batches) print(batch, alone);
    found.push(...batches);
  }
  return found;
}

/** One worker and two by turns, so that a change of the machine's load meets both. */
async function takeTurns(folder: string, files: readonly string[], runs: number): Promise<Batch[]> {
  const batches = [1, 2].map((workers) => ({ sessions: files.length, workers, usages: [] as Usage[] }));
  for (let run = 0; run < runs; run++) {
    for (const { workers, usages } of batches) {
      const data = join(folder, 'data');
      await runProgram(data, 'enqueue', ...files);
      usages.push(await runProgram(data, 'run', '--workers', String(workers), '--json'));
      rmSync(data, { recursive: true, force: true });
    }
  }
  return batches;
}

function print({ sessions, workers, usages }: Batch, alone_s: number): void {
  const wall_s = median(usages.map((usage) => usage.wall_s));
  const cells = [
    String(sessions).padStart(9),
    String(workers).padStart(10),
    wall_s.toFixed(2).padStart(10),
    median(usages.map((usage) => usage.cpu_s))
      .toFixed(2)
      .padStart(10),
    ((wall_s * 1000) / sessions).toFixed(0).padStart(14),
    (wall_s / alone_s).toFixed(2).padStart(17),
  ];
  console.log(cells.join(''));
}

/** So many weekdays from 2024-01-01 on. */
function tradingDays(count: number): string[] {
  const days: string[] = [];
  for (let at = Date.UTC(2024, 0, 1); days.length < count; at += 86_400_000) {
    const date = new Date(at).toISOString().slice(0, 10);
    if (isTradingDay(date)) days.push(date);
  }
  return days;
}
