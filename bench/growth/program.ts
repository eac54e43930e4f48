import { join } from 'node:path';
import { measure, median, nodeCommand, type Usage } from '../measure.ts';

const program = join(import.meta.dirname, '../../bin/gexlake.js');

/** Runs a gexlake command as a whole process and measures it. */
export function runProgram(dataFolder: string, ...words: readonly string[]): Promise<Usage> {
  return measure(nodeCommand([program, ...words, '--data-dir', dataFolder]));
}

/** What one act took, in milliseconds: on the clock, and of processor time in this process (all threads). */
export type Taken = { readonly wall_ms: number; readonly cpu_ms: number };

/** Does `act` so many times; gives the medians. A machine that is shared shows in the first figure only. */
export async function timed(runs: number, act: (run: number) => Promise<unknown>): Promise<Taken> {
  const taken: Taken[] = [];
  for (let run = 0; run < runs; run++) {
    const [began, used] = [performance.now(), process.cpuUsage()];
    await act(run);
    const { user, system } = process.cpuUsage(used);
    taken.push({ wall_ms: performance.now() - began, cpu_ms: (user + system) / 1000 });
  }
  return { wall_ms: median(taken.map(({ wall_ms }) => wall_ms)), cpu_ms: median(taken.map(({ cpu_ms }) => cpu_ms)) };
}

/** The same of whole processes. */
export async function timedProgram(runs: number, dataFolder: string, ...words: readonly string[]): Promise<Taken> {
  const usages: Usage[] = [];
  for (let run = 0; run < runs; run++) usages.push(await runProgram(dataFolder, ...words));
  const middle = (figure: 'wall_s' | 'cpu_s') => median(usages.map((usage) => usage[figure])) * 1000;
  return { wall_ms: middle('wall_s'), cpu_ms: middle('cpu_s') };
}
