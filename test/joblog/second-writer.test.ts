import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, suite } from 'node:test';
import { fileURLToPath } from 'node:url';
import type * as joblog from '../../src/joblog/joblog.ts';
import type * as clock from '../../src/platform/clock.ts';
import type * as steps from '../../src/platform/steps.ts';
import { appOn, load, workOn } from '../support/built-program.ts';
import { makeLake, type Lake, type Owner } from '../support/gexlake.ts';
import { importDay } from '../support/old-jobs.ts';
import { cannotPretend, on } from '../support/other-disk.ts';
import { long, test } from '../support/shares.ts';
import { request } from './ports/made.ts';

/*
 * A second writer never gets into the log while this process has it open, whatever this one does meanwhile: POSIX drops the lock of a file
 * when any descriptor of it is closed. At each step of the program at which the file is open here, another process tries to open it.
 */

const { onStep } = await load<typeof steps>('platform/steps.js');
const { openJobLog } = await load<typeof joblog>('joblog/joblog.js');
const { systemClock } = await load<typeof clock>('platform/clock.js');

const secondWriter = fork(fileURLToPath(import.meta.resolve('../support/second-writer.ts')), { execArgv: [] });
after(() => secondWriter.disconnect());

type Answer = { readonly opened: boolean; readonly error: string };

async function tryToOpen(path: string): Promise<Answer> {
  secondWriter.send(path);
  const [answer] = (await once(secondWriter, 'message')) as [Answer];
  return answer;
}

/** Whether this process has a descriptor of a file. */
function hasOpen(path: string): boolean {
  return readdirSync('/proc/self/fd').some((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === path;
    } catch {
      // That of the folder itself.
      return false;
    }
  });
}

const historyOf = ({ folder }: Lake) => join(folder, 'gex_history.db');

/** Lets the second writer try at every step, or those that are named; gives at which it was refused, and at which it got in. */
async function watching(
  lake: Lake,
  act: () => Promise<unknown>,
  isTried: (step: string) => boolean = () => true,
): Promise<{ refused: string[]; got: string[] }> {
  const [refused, got]: [string[], string[]] = [[], []];
  let turn: Promise<void> = Promise.resolve();
  onStep((step) => {
    // One question at a time: its answer is the next message.
    turn = turn.then(async () => {
      if (!isTried(step) || !hasOpen(historyOf(lake))) return;
      const { opened, error } = await tryToOpen(historyOf(lake));
      if (opened) got.push(step);
      else if (/Could not set lock|Conflicting lock/.test(error)) refused.push(step);
      else got.push(`${step}: ${error}`);
    });
    return turn;
  });
  try {
    await act();
  } finally {
    onStep(null);
  }
  return { refused, got };
}

async function livedIn(owner: Owner): Promise<Lake> {
  const lake = await makeLake(owner);
  await importDay(lake, 22, true);
  return lake;
}

const logOf = (lake: Lake) => openJobLog(historyOf(lake), { clock: systemClock, commandOf: () => null });
const now = { apply: true, expected: null };
const unheard = () => undefined;

/** What the first does, and a step at which it has the log open. */
const deeds: Readonly<Record<string, readonly [step: string, (lake: Lake) => Promise<unknown>]>> = {
  'writes into it': ['journal:append', (lake) => logOf(lake).queue.enqueue([request('/a?sig=x')])],
  'backs it up': ['backup:write', async (lake) => (await appOn(lake.folder)).backUp(now, null, unheard)],
  'compares it with its journal': ['govern:write', (lake) => logOf(lake).whole.compare()],
  'verifies all of it': ['govern:write', async (lake) => (await appOn(lake.folder)).verify({ kind: 'deep' }, unheard)],
  'runs a job': [
    'log:journaled',
    async (lake) => {
      await logOf(lake).queue.enqueue([request('/nowhere')]);
      await workOn(lake.folder, { kind: 'pending', limit: 1, watch: false });
    },
  ],
  'makes it again': ['log:heal', (lake) => logOf(lake).whole.remake()],
  'applies what it lacks': [
    'journal:append',
    async (lake) => {
      await logOf(lake).queue.enqueue([request('/a')]);
      await logOf(lake).whole.prepare();
    },
  ],
  'puts a snapshot back': [
    'restore:sync-folder',
    async (lake) => {
      const app = await appOn(lake.folder);
      const { snapshot } = await app.backUp(now, null, unheard);
      await logOf(lake).queue.enqueue([request('/a')]);
      await app.restore({ ask: now, snapshot: snapshot ?? '', into: null }, unheard);
    },
  ],
};

const skip = process.platform !== 'linux' && 'which files are open is seen on Linux only';

suite('a second writer is kept out of the log while the first', { skip }, () => {
  for (const [at, [title, [step, act]]] of Object.entries(deeds).entries())
    (at < 1 ? test : long)(title, async (context) => {
      const lake = await livedIn(context);
      const { refused, got } = await watching(lake, () => act(lake));
      assert.deepEqual(got, []);
      assert.ok(refused.includes(step), refused.join(' '));
    });
});

/** Where others of this process are at work, too, these steps are of who has the log open, and has it until they are done. */
const ofHolder = /^(?:log:commit|log:journaled|journal:append|backup:copy)$/;

async function allAtOnce(lake: Lake): Promise<void> {
  const [app, log] = [await appOn(lake.folder), logOf(lake)];
  const writes = Array.from({ length: 6 }, (_, at) => log.queue.enqueue([request(`/${at}`)]));
  const reads = [log.feed.signature(), log.whole.snapshot(), app.query('SELECT count(*) FROM import_jobs', 10)];
  const looks = [app.verify({ kind: 'deep' }, unheard), log.whole.compare(), app.doctor()];
  await Promise.all([...writes, ...reads, ...looks, app.backUp(now, null, unheard)]);
}

suite('a second writer is kept out of the log while the first', { skip }, () => {
  long('writes, reads, queries, verifies and backs up at once', async (context) => {
    const lake = await livedIn(context);
    const { refused, got } = await watching(
      lake,
      () => allAtOnce(lake),
      (step) => ofHolder.test(step),
    );
    assert.deepEqual(got, []);
    assert.ok(refused.includes('log:journaled') && refused.includes('backup:copy'), refused.join(' '));
  });
});

suite('a second writer on a disk without hard links', { skip: skip || cannotPretend }, () => {
  long('is kept out while the first puts a snapshot back', async () => {
    const env = { ...process.env, ...on('exFAT (link: EPERM)') };
    const args = ['--test-reporter=tap', '--test-name-pattern=^puts a snapshot back$', import.meta.filename];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    assert.match(await text(child.stdout), /^# pass 1$/m);
  });
});

suite('the second writer of these tests', { skip }, () => {
  long('gets in where a descriptor of the log is closed beside the engine', async (context) => {
    const lake = await livedIn(context);
    let answer: Answer | null = null;
    onStep(async (step) => {
      if (step !== 'log:commit') return;
      await (await open(historyOf(lake))).close();
      answer = await tryToOpen(historyOf(lake));
    });
    // What the two then do to the file is nobody's promise.
    await logOf(lake)
      .queue.enqueue([request('/a')])
      .catch(() => undefined);
    onStep(null);
    assert.deepEqual(answer, { opened: true, error: '' });
  });
});
