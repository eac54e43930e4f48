import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertAcknowledged, hear, type Acknowledged } from './acknowledged.ts';
import { all } from './scenario.ts';
import { timeout } from './steps.ts';
import { count } from './tally.ts';

/*
 * The log's own writer is killed: at each of its steps, at random times, and while DuckDB closes the database. After each kill the next
 * reader and the next writer find every transaction that was acknowledged, and the log is the one that its journal says.
 */

const root = await mkdtemp(join(tmpdir(), 'gexlake-log-'));
after(() => rm(root, { recursive: true, force: true }));

/** Kills of each kind. */
const kills = all ? 340 : 25;

/** So many kills are survived by one log; then a new one is begun. */
const killsOfOne = 20;

const steps = [
  'log:commit',
  'journal:append',
  'log:journaled',
  'log:committed',
  'journal:sync-folder',
  'journal:folder',
  'journal:bundle',
];

/** A log, and what its writers have acknowledged. */
type Trial = { readonly path: string; readonly acknowledged: Acknowledged };

/** When the parent kills: after so many lines like this, and a little later. */
type Kill = { readonly line: RegExp; readonly lines: number; readonly wait_ms: number };

async function newTrial(): Promise<Trial> {
  return { path: join(await mkdtemp(join(root, 'log-')), 'gex_history.db'), acknowledged: new Map() };
}

const random = (below: number) => Math.floor(Math.random() * below);

/** How a writer is killed: by itself at a step, or by its parent. What was done to the log before. */
type Ending = {
  readonly mode?: string;
  readonly fault?: string;
  readonly kill: Kill;
  readonly ruin?: Ruin | undefined;
};

type Ruin = (path: string) => Promise<void>;

/** Runs a writer until it is killed. */
async function writeAndDie(trial: Trial, { mode = '', fault = '', kill }: Ending): Promise<void> {
  const args = [join(import.meta.dirname, 'log-writer.ts'), trial.path, mode];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, GEXLAKE_FAULT: fault },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const ended = new Promise<NodeJS.Signals | null>((done) => child.once('close', (_, signal) => done(signal)));
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    hear(trial.acknowledged, line);
    if (kill.line.test(line) && ++seen === kill.lines) {
      await sleep(kill.wait_ms);
      child.kill('SIGKILL');
    }
  }
  assert.equal(await ended, 'SIGKILL', errors);
  count('kills');
}

async function killed(writer: (at: number) => Ending): Promise<void> {
  let trial = await newTrial();
  for (let at = 0; at < kills; at++) {
    if (at % killsOfOne === 0) trial = await newTrial();
    const { ruin, ...how } = writer(at);
    if (ruin !== undefined && trial.acknowledged.size > 0) await ruin(trial.path);
    await writeAndDie(trial, how);
    await assertAcknowledged(trial.path, trial.acknowledged, `kill ${at}, ${how.fault ?? JSON.stringify(how)}`);
  }
}

const ruins: readonly Ruin[] = [
  (path) => rm(path),
  (path) => truncate(path, 4_096),
  (path) => writeFile(path, 'damaged'),
];

const later = (lines: number): Kill => ({ line: / /, lines, wait_ms: 0 });

suite("crash safety: the log's own writer", timeout, () => {
  test('killed at each of its steps', timeout, () =>
    killed((at) => ({ fault: `kill@${steps[at % steps.length]}#${1 + random(12)}`, kill: later(150) })),
  );

  test('killed at a random time', timeout, () =>
    killed(() => ({ kill: { line: / /, lines: 1 + random(30), wait_ms: random(12) } })),
  );

  test('killed while DuckDB closes the database', timeout, () =>
    killed(() => ({ mode: 'closing', kill: { line: /closing/, lines: 1 + random(30), wait_ms: random(7) } })),
  );

  test('killed while it makes a log again that is gone or damaged', timeout, () =>
    killed((at) => ({
      fault: at % 3 === 0 ? `kill@*#${1 + random(30)}` : `kill@log:heal#${1 + random(8)}`,
      kill: later(60),
      ruin: ruins[at % ruins.length],
    })),
  );
});
