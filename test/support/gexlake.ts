import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ErrorReport } from '../../src/core/errors.ts';
import type { ImportResult, Job } from '../../src/core/job.ts';
import { fitsHere, runHere, type HereOptions, type Ran } from './command-line.ts';
import { hasNoSecret, searchFolder } from './secret-search.ts';

export const program = join(import.meta.dirname, '../../bin/gexlake.js');

export type { Ran } from './command-line.ts';

export type Running = {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
  /** Settles once standard error has said something that matches. */
  readonly says: (pattern: RegExp) => Promise<void>;
  /** What standard error has said so far. */
  readonly heard: () => string;
};

type Environment = Readonly<Record<string, string>>;

export type RunOptions = {
  readonly env?: Environment;
  readonly cwd?: string;
  readonly uid?: number;
  /** Makes the program the head of a process group, which is what a terminal's Ctrl-C goes to. */
  readonly group?: boolean;
  readonly program?: string;
  readonly node?: string;
};

/** Starts the program as built, with nothing of this process's own settings. */
export function startGexlake(args: readonly string[], options: RunOptions = {}): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:GEXLAKE|NODE)_/.test(name));
  const child = spawn(options.node ?? process.execPath, [options.program ?? program, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: { ...Object.fromEntries(inherited), GEXLAKE_ACTOR: 'tester', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.group === true,
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  let heard = '';
  const waiting = new Set<() => void>();
  child.stderr.on('data', (data: Buffer) => {
    heard += data.toString('utf8');
    for (const look of waiting) look();
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const ended = Promise.all([exited, text(child.stdout)]).then(([exitCode, stdout]) => ({
    exitCode,
    stdout,
    stderr: heard,
  }));
  const says = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => (pattern.test(heard) ? resolve() : undefined);
      waiting.add(look);
      look();
      ended.then(() => reject(new Error(`ended without saying ${pattern}: ${heard}`)), reject);
    });
  return { child, ended, says, heard: () => heard };
}

/** A test's context, or `{ after }` of node:test for what goes with the file. */
export type Owner = { readonly after: (fn: () => Promise<void>) => void };

/** An owner whose things go in the reverse of the order in which they came: first what runs in a folder, then the folder. */
export function lastFirst(owner: Owner): Owner {
  const acts: (() => Promise<void>)[] = [];
  owner.after(async () => {
    for (const act of acts.toReversed()) await act();
  });
  return { after: (act) => void acts.push(act) };
}

/** A data folder of its own and the program on it. */
export type Lake = {
  readonly folder: string;
  /** A folder for the test's own files, beside the data folder. */
  readonly desk: string;
  /** Starts the program in a process of its own. */
  readonly start: (args: readonly string[], options?: RunOptions) => Running;
  /** Runs a command in a process of its own to its end. */
  readonly spawn: (args: readonly string[], options?: RunOptions) => Promise<Ran>;
  /** The same with `--json`; gives what it printed, whatever its exit code. */
  readonly spawnJson: <T>(args: readonly string[], options?: RunOptions) => Promise<T>;
  /** Runs a command in this process, or where its environment does not fit here, in one of its own. */
  readonly run: (args: readonly string[], options?: HereOptions) => Promise<Ran>;
  /** Runs a command with `--json` and gives what it printed, whatever its exit code. */
  readonly json: <T>(args: readonly string[], options?: HereOptions) => Promise<T>;
  readonly import: (args: readonly string[], options?: HereOptions) => Promise<ImportResult[]>;
  readonly jobs: (args?: readonly string[]) => Promise<Job[]>;
  readonly query: (sql: string) => Promise<Record<string, unknown>[]>;
  /** Every file below a folder of the data folder, with all by which a change would show. */
  readonly tree: (folder: string) => Promise<Map<string, string>>;
  readonly files: (folder: string) => Promise<string[]>;
};

/** Makes a data folder that goes with its owner, under the system's temporary folder or another one. */
export async function makeLake(owner: Owner, under?: string): Promise<Lake> {
  const root = await mkdtemp(join(under ?? tmpdir(), 'gexlake-test-'));
  const keys = new Set<string>();
  owner.after(async () => {
    try {
      if (keys.size > 0) await searchFolder(join(root, 'data'), keys);
    } finally {
      // Whatever still runs in it may write a file between the listing of a folder and its removal.
      await rm(root, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
    }
  });
  const desk = await mkdtemp(join(root, 'desk-'));
  return lakeAt(join(root, 'data'), desk, keys);
}

/** The program on a data folder that is there already; `desk` is for the test's own files, `keys` gets those of the vendor's that it is given. */
export function lakeAt(folder: string, desk: string, keys = new Set<string>()): Lake {
  const searched = async (ended: Promise<Ran>, { GEXLAKE_GEXBOT_KEY: key = '' }: Environment = {}) => {
    const ran = await ended;
    if (key !== '') hasNoSecret('what was printed', ran.stdout + ran.stderr, keys.add(key));
    return ran;
  };
  const start = (args: readonly string[], options: RunOptions = {}) => {
    const running = startGexlake([...args, '--data-dir', folder], { cwd: desk, ...options });
    return { ...running, ended: searched(running.ended, options.env) };
  };
  const spawn = (args: readonly string[], options?: RunOptions) => start(args, options).ended;
  const run = (args: readonly string[], options: HereOptions = {}) =>
    fitsHere(options.env)
      ? searched(runHere([...args, '--data-dir', folder], { cwd: desk, ...options }), options.env)
      : spawn(args, options);
  const json = async <T>(args: readonly string[], options?: HereOptions) =>
    printed(await run([...args, '--json'], options)) as T;
  return {
    folder,
    desk,
    start,
    spawn,
    spawnJson: async <T>(args: readonly string[], options?: RunOptions) =>
      printed(await spawn([...args, '--json'], options)) as T,
    run,
    json,
    import: async (args, options) => json<ImportResult[]>(['import', ...args], options),
    jobs: async (args = []) => json<Job[]>(['jobs', ...args]),
    query: async (sql) => json<Record<string, unknown>[]>(['query', sql]),
    tree: async (below) => treeOf(join(folder, below)),
    files: async (below) => [...(await treeOf(join(folder, below))).keys()],
  };
}

/** The same with every command in a process of its own: for who opens the databases in this one meanwhile. */
export function outside(lake: Lake): Lake {
  const { spawn, spawnJson } = lake;
  return {
    ...lake,
    run: spawn,
    json: spawnJson,
    import: async (args, options) => spawnJson<ImportResult[]>(['import', ...args], options),
    jobs: async (args = []) => spawnJson<Job[]>(['jobs', ...args]),
    query: async (sql) => spawnJson<Record<string, unknown>[]>(['query', sql]),
  };
}

function printed({ stdout, stderr }: Ran): unknown {
  assert.notEqual(stdout, '', `no JSON on standard output, but on standard error: ${stderr}`);
  return JSON.parse(stdout);
}

/** Every file below a folder: its path, and its mode, inode, times and SHA-256. */
async function treeOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const tree = new Map<string, string>();
  for (const entry of entries.filter((found) => !found.isDirectory())) {
    const path = join(entry.parentPath, entry.name);
    const { mode, ino, mtimeMs } = await lstat(path);
    const hash = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    tree.set(relative(folder, path), `${(mode & 0o777).toString(8)} ${ino} ${mtimeMs} ${hash}`);
  }
  return new Map([...tree].sort(([left], [right]) => left.localeCompare(right)));
}

/** The only result of an import of one source. */
export function only<T>(list: readonly T[]): T {
  assert.equal(list.length, 1);
  return list[0] as T;
}

/** The error that ends a run with `--json`. */
export function errorOf(ran: Ran): ErrorReport {
  const last = ran.stderr.trim().split('\n').at(-1) ?? '';
  return (JSON.parse(last) as { readonly error: ErrorReport }).error;
}
