import { AsyncLocalStorage } from 'node:async_hooks';
import type { Readable, Writable } from 'node:stream';
import type { StartImporter } from '../app/app.ts';

/** A stream that may be a terminal. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** All that a command meets outside its own options: its words, the environment, the three streams, and what its end is. */
export type Surroundings = {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** How importers are started; in processes of their own where this says nothing. */
  readonly startImporter?: StartImporter;
  exitCode: number;
};

const given = new AsyncLocalStorage<Surroundings>();

/** Those of this process, for the command that it was started with. */
const own: Surroundings = {
  argv: process.argv.slice(2),
  env: process.env,
  // Looked at when it is asked for: who reads nothing from it shall not open it.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  exitCode: 0,
};

/** What the running command has around it. */
export function around(): Surroundings {
  return given.getStore() ?? own;
}

/** Runs a command with other surroundings than those of this process, also beside other commands. */
export async function within<T>(surroundings: Surroundings, act: () => Promise<T>): Promise<T> {
  return given.run(surroundings, act);
}
