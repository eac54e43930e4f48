import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * One run of a whole process tree: wall time from start to exit, processor time of all its processes, peak memory of the largest
 * of them, and of all together (resident, looked at every 25 ms; null where /proc does not tell).
 */
export type Usage = {
  readonly wall_s: number;
  readonly cpu_s: number;
  readonly peak_mb: number;
  readonly peak_sum_mb: number | null;
};

export type Command = {
  readonly program: string;
  readonly argument: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

type Reported = { readonly cpu_s: number; readonly peak_mb: number };

const preload = pathToFileURL(join(import.meta.dirname, 'report-usage.ts')).href;
const pause_ms = 25;

export function nodeCommand(argument: readonly string[], environment: Readonly<Record<string, string>> = {}): Command {
  return { program: process.execPath, argument, environment };
}

/** Runs a program whose processes report what they used (report-usage.ts, contenders/report_usage.py); one that fails is an error. */
export async function measure(command: Command): Promise<Usage> {
  const folder = mkdtempSync(join(tmpdir(), 'gexlake-usage-'));
  try {
    const started = performance.now();
    const peak_sum_mb = await run(command, folder);
    const wall_s = (performance.now() - started) / 1000;
    const parts = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Reported);
    const cpu_s = parts.reduce((sum, part) => sum + part.cpu_s, 0);
    return { wall_s, cpu_s, peak_mb: Math.max(...parts.map((part) => part.peak_mb)), peak_sum_mb };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs it to its end; gives the peak of the resident memory of all its processes together, in MB. */
function run({ program, argument, environment }: Command, usageFolder: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argument, {
      env: { ...process.env, ...environment, GEXLAKE_BENCH_USAGE: usageFolder, NODE_OPTIONS: `--import=${preload}` },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let peak_mb: number | null = null;
    const timer = setInterval(() => {
      const now_mb = child.pid === undefined ? null : residentOf(child.pid);
      if (now_mb !== null && now_mb > (peak_mb ?? 0)) peak_mb = now_mb;
    }, pause_ms);
    const said: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      if (code === 0) resolve(peak_mb);
      else reject(new Error(`${argument.join(' ')} exited with ${code}\n${said.join('')}`));
    });
  });
}

/** The resident memory of a process and all its children, in MB, as Linux tells it. What they share counts once for each. */
function residentOf(pid: number): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const own_mb = (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024) / 1e6;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return children.reduce((sum, child) => sum + (residentOf(Number(child)) ?? 0), own_mb);
  } catch {
    return null;
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
