import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** What a figure depends on besides the code. `load` is the number of processes that wanted to run in the last minute. */
export type Machine = {
  readonly processor: string;
  readonly cores: number;
  readonly memory_gb: number;
  readonly load: number;
  readonly node: string;
  readonly duckdb: string;
  /** `unknown` outside a clone; `+` behind it where files have changed since. */
  readonly commit: string;
};

export function describeMachine(): Machine {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 1e9),
    load: loadavg()[0] ?? 0,
    node: process.versions.node,
    duckdb: manifest.dependencies['@duckdb/node-api'] ?? 'unknown',
    commit: commit(),
  };
}

export function printMachine(machine: Machine): void {
  const { processor, cores, memory_gb, load, node, duckdb } = machine;
  console.log(`machine: ${cores} × ${processor}, ${memory_gb} GB, load ${load.toFixed(1)}`);
  console.log(`versions: Node ${node}, DuckDB ${duckdb}, commit ${machine.commit}`);
}

function commit(): string {
  try {
    const git = (...words: string[]) => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim();
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}
