import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { Readable, Writable } from 'node:stream';
import type { StartImporter } from '../../src/app/app.ts';
import { runCommandLine } from '../../src/cli/run-command-line.ts';
import { Importer } from '../../src/pipeline/importing.ts';

/*
 * Commands in the test's own process, importers with them: the same code, without the starts of Node. What needs a process of its own
 * (signals, kills, its user, its environment, locks between processes, memory) starts one, see `start` in gexlake.ts.
 */

/** How a run of the program ended. */
export type Ran = {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type HereOptions = { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string };

/** What a command in this process may be told by its environment: what only config.ts and the command line read. */
const settings = /^(?:GEXLAKE_(?!FAULT$)|NO_COLOR$|XDG_CONFIG_HOME$)/;

let turn: Promise<unknown> = Promise.resolve();

/** Whether a command with this environment can run in this process. */
export function fitsHere(env: Readonly<Record<string, string>> = {}): boolean {
  return Object.keys(env).every((name) => settings.test(name));
}

/** Runs one command after the other, since a process has one current folder and one mask for new files. */
export async function runHere(words: readonly string[], options: HereOptions = {}): Promise<Ran> {
  const mine = turn.then(() => runNow(words, options));
  turn = mine.catch(() => undefined);
  return mine;
}

async function runNow(words: readonly string[], { env = {}, cwd = tmpdir() }: HereOptions): Promise<Ran> {
  assert.ok(fitsHere(env), `${Object.keys(env).join(', ')}: needs a process of its own`);
  const [stdout, stderr] = [collector(), collector()];
  const folder = process.cwd();
  const mask = process.umask(0o077);
  process.umask(mask);
  process.chdir(cwd);
  try {
    const exitCode = await runCommandLine(words, {
      argv: words,
      env: { GEXLAKE_ACTOR: 'tester', ...env },
      stdin: Readable.from([]),
      stdout: stdout.stream,
      stderr: stderr.stream,
      startImporter: importerHere,
      exitCode: 0,
    });
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.chdir(folder);
    process.umask(mask);
  }
}

/** An importer in this process. What the two say to each other goes the way of a channel between processes. */
const importerHere: StartImporter = (hear) => {
  const { promise: exited, resolve: end } = Promise.withResolvers<string>();
  const importer = new Importer(
    (message) => hear(copied(message)),
    () => end('ended'),
  );
  return { send: (message) => importer.hear(copied(message)), exited };
};

function copied<T>(message: T): T {
  return JSON.parse(JSON.stringify(message)) as T;
}

function collector(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    decodeStrings: true,
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
