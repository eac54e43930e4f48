import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { compileCacheFolder } from '../src/platform/compile-cache.ts';
import { nodeCommand, type Command } from './measure.ts';

/** One way to make Parquet of a day. `files` are what it writes, relative to its output folder. */
export type Contender = {
  readonly name: string;
  readonly command: (input: string, output: string) => Command;
  /** Null for the floor, which writes none. */
  readonly files: { readonly strikes: string; readonly snapshots: string } | null;
  /** What this machine lacks for it, and how to get that; null where it can run. */
  readonly missing: string | null;
};

const root = join(import.meta.dirname, '..');
const script = (name: string) => join(import.meta.dirname, 'contenders', name);
const plainFiles = { strikes: 'strikes.parquet', snapshots: 'snapshots.parquet' };
const published = 'parquet/gex/2025/10/NQ_NDX/gex_zero';

/** gexlake's code is compiled once and kept by Node from run to run; so is that of the others. */
function byNode(name: string, file: string, ...more: string[]): Contender {
  const folder = compileCacheFolder(process.env);
  const environment = folder === null ? {} : { NODE_COMPILE_CACHE: folder };
  const command = (input: string, output: string) => nodeCommand([script(file), input, output, ...more], environment);
  return { name, command, files: plainFiles, missing: null };
}

function byPython(name: string, file: string, packages: readonly string[]): Contender {
  const python = process.env['BENCH_PYTHON'] ?? 'python3';
  const command = (input: string, output: string) => ({ program: python, argument: [script(file), input, output] });
  return { name, command, files: plainFiles, missing: lacking(python, packages) };
}

function lacking(python: string, packages: readonly string[]): string | null {
  const imports = packages.map((name) => `import ${name}`).join('; ');
  try {
    execFileSync(python, ['-c', imports], { stdio: 'ignore' });
    return null;
  } catch {
    const wanted = packages.join(' ');
    return `${python} with ${wanted}; for example: python3 -m venv .venv && .venv/bin/pip install ${wanted}, then BENCH_PYTHON=.venv/bin/python npm run bench`;
  }
}

export function contenders(): Contender[] {
  return [
    {
      name: 'gexlake import',
      command: (input, output) =>
        nodeCommand([join(root, 'bin/gexlake.js'), 'import', input, '--json'], { GEXLAKE_DATA_DIR: output }),
      files: { strikes: `${published}/strikes.parquet`, snapshots: `${published}/snapshots.parquet` },
      missing: null,
    },
    byNode('DuckDB, by a table', 'duckdb.ts', 'table'),
    byNode('DuckDB, one statement', 'duckdb.ts', 'statement'),
    byNode('Node, JSON.parse, appender', 'node-appender.ts'),
    byPython('pandas, DuckDB', 'pandas_duckdb.py', ['pandas', 'duckdb', 'pyarrow']),
    byPython('Polars', 'polars_script.py', ['polars']),
    { ...byNode('floor', 'floor.ts'), files: null },
  ];
}
