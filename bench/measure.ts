import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** One run of a whole process tree: wall time from start to exit, CPU of all processes, peak memory of the largest one. */
export type Usage = { readonly wall_s: number; readonly cpu_s: number; readonly peak_mb: number };

const preload = pathToFileURL(join(import.meta.dirname, 'report-usage.ts')).href;

/** Runs Node with these arguments and measures it; a run that fails is an error with what it said. */
export async function measure(
  argument: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Usage> {
  const folder = mkdtempSync(join(tmpdir(), 'gexlake-usage-'));
  try {
    const started = performance.now();
    await run(argument, { ...environment, GEXLAKE_BENCH_USAGE: folder, NODE_OPTIONS: `--import=${preload}` });
    const wall_s = (performance.now() - started) / 1000;
    const parts = readdirSync(folder).map(
      (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Omit<Usage, 'wall_s'>,
    );
    const cpu_s = parts.reduce((sum, part) => sum + part.cpu_s, 0);
    return { wall_s, cpu_s, peak_mb: Math.max(...parts.map((part) => part.peak_mb)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(argument: readonly string[], environment: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argument, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const said: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${argument.join(' ')} exited with ${code}\n${said.join('')}`)),
    );
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
