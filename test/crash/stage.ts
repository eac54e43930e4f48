import assert from 'node:assert/strict';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { App, ImportRequest, ImportRun } from '../../src/app/app.ts';
import type { ImportResult } from '../../src/core/job.ts';
import type { ImporterWork } from '../../src/pipeline/importer.ts';
import { lakeAt, makeLake, type Lake, type Owner } from '../support/gexlake.ts';
import { appOn, interrupts, silent, workOn } from '../support/built-program.ts';
import { writeSources, type Scenario } from './scenario.ts';
import { assertEngine, assertWhole } from './whole.ts';

/** A copy of a prepared folder. */
export type Trial = { readonly lake: Lake; readonly app: App };

/** A scenario, prepared once and done once undisturbed. */
export type Stage = {
  /** A copy of the prepared folder, or of another trial's; the scenario's command can be done on it. */
  readonly fresh: (from?: Trial) => Promise<Trial>;
  /** Does the scenario's command in an importer with that fault; this process is the parent. */
  readonly act: (trial: Trial, fault: string) => Promise<ImportRun>;
  /** The same with the whole program, which a fault can kill together with its importer. */
  readonly actAlone: (trial: Trial, fault: string) => Promise<void>;
  /** Works off what is pending, as `gexlake run` does, in an importer with that fault. */
  readonly run: (trial: Trial, fault: string) => Promise<ImportRun>;
  /** Does what a user would do after a crash until the command is done; the end must be that of an undisturbed run. */
  readonly finish: (trial: Trial, what: string, isFailure?: boolean) => Promise<void>;
  /** The steps that an undisturbed run passes. */
  readonly steps: readonly string[];
};

export async function setStage(owner: Owner, scenario: Scenario): Promise<Stage> {
  const base = await makeLake(owner);
  await writeSources(base.desk);
  const app = await appOn(base.folder);
  for (const args of scenario.prepare) {
    const request = await requestOf(app, base.desk, await named(app, args));
    await work(base, { kind: 'sources', requests: [request] });
  }
  const args = await named(app, scenario.act);
  const known = new Set((await app.jobs({ limit: 100 })).map((job) => job.id));
  let copies = 0;

  const fresh = async (from?: Trial) => {
    const copy = join(base.desk, `copy_${copies++}`);
    await mkdir(copy);
    const source = from?.lake.folder ?? base.folder;
    if (known.size > 0 || from !== undefined) await cp(source, copy, { recursive: true, preserveTimestamps: true });
    return { lake: lakeAt(copy, base.desk), app: await appOn(copy) };
  };
  const act = (trial: Trial, fault: string) => withFault(fault, () => perform(trial, args));
  const actAlone = async ({ lake }: Trial, fault: string) => {
    await lake.spawn(args, { env: { GEXLAKE_FAULT: fault } });
  };
  const run = (trial: Trial, fault: string) =>
    withFault(fault, () => trial.app.runPending({ limit: 100, watch: false, workers: 1 }, silent, interrupts));
  const traced = await fresh();
  const { stderr, exitCode } = await traced.lake.spawn(args, { env: { GEXLAKE_FAULT: 'trace' } });
  assert.equal(exitCode, 0, stderr);
  const undisturbed = await assertWhole(traced.lake);
  const finish = async (trial: Trial, what: string, isFailure = false) => {
    await untilDone(trial, args, known);
    assert.deepEqual(await assertWhole(trial.lake), undisturbed, what);
    if (!isFailure) await assertEngine(trial.lake);
    await rm(trial.lake.folder, { recursive: true, force: true });
  };
  return { fresh, act, actAlone, run, finish, steps: stepsIn(stderr) };
}

/** The steps that a traced importer has named on standard error. */
export function stepsIn(stderr: string): string[] {
  const steps = [...stderr.matchAll(/^step (\S+)$/gm)].map(([, step]) => step ?? '');
  assert.ok(steps.length > 5, `only ${steps.length} steps were traced: ${stderr}`);
  return steps;
}

/** Where the job never came into the log, the command is given again; where it is in it, the runner finishes it. */
async function untilDone({ app, lake }: Trial, args: readonly string[], known: ReadonlySet<string>): Promise<void> {
  const mine = (await app.jobs({ limit: 100 })).filter((job) => !known.has(job.id));
  await app.retry(mine.filter((job) => job.status === 'failed').map((job) => job.id));
  await work(lake, { kind: 'pending', limit: 100, watch: false });
  if (mine.length > 0) return;
  if (args[0] === 'migrate') assertDone((await perform({ app, lake }, args)).results);
  else await work(lake, { kind: 'sources', requests: [await requestOf(app, lake.desk, args)] });
}

/** Does a command as the program does it, with importers that are processes of their own. */
async function perform({ app, lake }: Trial, args: readonly string[]): Promise<ImportRun> {
  if (args[0] !== 'migrate') return app.importSources([await requestOf(app, lake.desk, args)], silent, interrupts);
  const folder = resolve(lake.desk, args[1] ?? '');
  const request = { folder, removeSources: false, reason: 'crash test', apply: { expected: null } };
  const { run } = await app.migrate(
    { ...request, workers: 1 },
    { onProgress: () => undefined, listener: silent },
    interrupts,
  );
  return run ?? { results: [], error: null, interrupted: false };
}

/** Does what an importer does, and nothing of it may fail. */
async function work(lake: Lake, what: ImporterWork): Promise<void> {
  assertDone(await workOn(lake.folder, what));
}

function assertDone(results: readonly ImportResult[]): void {
  for (const result of results) assert.equal(result.error, null, JSON.stringify(result));
}

/** An importer takes its fault from the environment that it is started with. */
async function withFault<T>(fault: string, start: () => Promise<T>): Promise<T> {
  process.env['GEXLAKE_FAULT'] = fault;
  try {
    return await start();
  } finally {
    delete process.env['GEXLAKE_FAULT'];
  }
}

async function named(app: App, args: readonly string[]): Promise<string[]> {
  const first = args.includes('<job>') ? (await app.jobs({ limit: 100 })).at(-1)?.id : undefined;
  return args.map((word) => (word === '<job>' ? (first ?? '') : word));
}

/** What the command line would ask the program for; sources lie in a folder or are absolute. */
export async function requestOf(app: App, desk: string, [command, ...args]: readonly string[]): Promise<ImportRequest> {
  const [first = '', second = ''] = args;
  const reason = args.at(-1) ?? '';
  if (command === 'import') return { source: resolve(desk, first), publish: true };
  if (command === 'correct') return app.correction({ id: first, source: resolve(desk, second), reason: reason });
  if (command === 'compact') return app.compaction({ path: first, reason });
  if (command === 'withdraw') return app.withdrawal(first, reason, null);
  if (command === 'purge') {
    const sessions = { ticker: 'SPX', endpoint: 'gex_zero', from: '2025-10-22', to: '2025-10-22' };
    return app.purge({ subject: sessions, pins: 'stop' }, 'crash test', null);
  }
  return app.restoration(first, reason);
}
