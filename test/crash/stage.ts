import assert from 'node:assert/strict';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { App, createApp as CreateApp, ImportListener, ImportRequest, ImportRun } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import type { Job } from '../../src/core/job.ts';
import { lakeAt, makeLake, type Lake, type Owner } from '../support/gexlake.ts';
import { writeSources, type Scenario } from './scenario.ts';
import { assertWhole } from './whole.ts';

// The program as built. Its importers are processes of their own; this one is their parent, which spares a thousand starts.
const { createApp } = (await import(new URL('../../dist/app.js', import.meta.url).href)) as {
  readonly createApp: typeof CreateApp;
};

/** What must be equal however often a run was killed: the Parquet bytes under their names, and the log's counts. */
type EndState = { readonly files: readonly string[]; readonly jobs: readonly string[] };

/** A copy of a prepared folder. */
export type Trial = { readonly lake: Lake; readonly app: App };

/** A scenario, prepared once and done once undisturbed. */
export type Stage = {
  /** A copy of the prepared folder, or of another trial's; the scenario's command can be done on it. */
  readonly fresh: (from?: Trial) => Promise<Trial>;
  /** Does the scenario's command in an importer with that fault; this process is the parent. */
  readonly act: (trial: Trial, fault?: string) => Promise<ImportRun>;
  /** The same with the whole program, which a fault can kill together with its importer. */
  readonly actAlone: (trial: Trial, fault: string) => Promise<void>;
  /** Works off what is pending, as `gexlake run` does, in an importer with that fault. */
  readonly run: (trial: Trial, fault?: string) => Promise<ImportRun>;
  /** Does what a user would do after a crash until the command is done; the end must be that of an undisturbed run. */
  readonly finish: (trial: Trial, what: string) => Promise<void>;
  /** The steps that an undisturbed run passes. */
  readonly steps: readonly string[];
};

const never = new AbortController().signal;
const interrupts = { finish: never, abort: never };
const silent: ImportListener = {
  onJob: () => undefined,
  onProgress: () => undefined,
  onWarning: () => undefined,
  onResult: () => undefined,
};

export async function setStage(owner: Owner, scenario: Scenario): Promise<Stage> {
  const base = await makeLake(owner);
  await writeSources(base.desk);
  for (const args of scenario.prepare) {
    const { exitCode, stderr } = await base.run(await named(base, args));
    assert.equal(exitCode, 0, stderr);
  }
  const args = await named(base, scenario.act);
  const known = new Set((await base.jobs()).map((job) => job.id));
  let copies = 0;

  async function fresh(from?: Trial): Promise<Trial> {
    const copy = join(base.desk, `copy_${copies++}`);
    await mkdir(copy);
    const source = from?.lake.folder ?? base.folder;
    if (known.size > 0 || from !== undefined) await cp(source, copy, { recursive: true, preserveTimestamps: true });
    const config = await readConfig({ data_dir: copy }, { GEXLAKE_ACTOR: 'tester' });
    return { lake: lakeAt(copy, base.desk), app: createApp(config) };
  }

  const act = async ({ app, lake }: Trial, fault = '') => {
    const request = await requestOf(app, lake, args);
    return withFault(fault, () => app.importSources([request], silent, interrupts));
  };
  const actAlone = async ({ lake }: Trial, fault: string) => {
    await lake.run(args, { env: { GEXLAKE_FAULT: fault } });
  };
  const run = ({ app }: Trial, fault = '') =>
    withFault(fault, () => app.runPending({ limit: 100, watch: false, workers: 1 }, silent, interrupts));
  const finish = async (trial: Trial, what: string) => {
    await untilDone(trial);
    assert.deepEqual(await endState(trial), undisturbed, what);
    await assertWhole(trial.lake);
    await rm(trial.lake.folder, { recursive: true, force: true });
  };

  /** Where the job never came into the log, the command is given again; where it is in it, the runner finishes it. */
  async function untilDone(trial: Trial): Promise<void> {
    const mine = async () => (await trial.app.jobs({ limit: 100 })).filter((job) => !known.has(job.id));
    const failed = (await mine()).filter((job) => job.status === 'failed').map((job) => job.id);
    await trial.app.retry(failed);
    assertDone(await run(trial));
    if ((await mine()).length === 0) assertDone(await act(trial));
  }

  const traced = await fresh();
  const { stderr, exitCode } = await traced.lake.run(args, { env: { GEXLAKE_FAULT: 'trace' } });
  assert.equal(exitCode, 0, stderr);
  const undisturbed = await endState(traced);
  await assertWhole(traced.lake);
  return { fresh, act, actAlone, run, finish, steps: stepsIn(stderr) };
}

/** The steps that a traced importer has named on standard error. */
export function stepsIn(stderr: string): string[] {
  const steps = [...stderr.matchAll(/^step (\S+)$/gm)].map(([, step]) => step ?? '');
  assert.ok(steps.length > 5, `only ${steps.length} steps were traced: ${stderr}`);
  return steps;
}

function assertDone({ error, results }: ImportRun): void {
  assert.equal(error, null);
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

async function named(lake: Lake, args: readonly string[]): Promise<string[]> {
  const first = args.includes('<job>') ? (await lake.jobs()).at(-1)?.id : undefined;
  return args.map((word) => (word === '<job>' ? (first ?? '') : word));
}

/** What the command line would ask the program for. */
async function requestOf(app: App, lake: Lake, [command, ...args]: readonly string[]): Promise<ImportRequest> {
  const [first = '', second = ''] = args;
  if (command === 'import') return { source: join(lake.desk, first), publish: true };
  if (command === 'correct') return app.correction(first, join(lake.desk, second), undefined, 'crash test');
  if (command === 'compact') return app.compaction(first, 'crash test', null);
  return app.restoration(first, 'crash test');
}

/** Job ids differ from run to run, and with them the names of second files and archived ones. */
async function endState({ lake, app }: Trial): Promise<EndState> {
  const jobs = (await app.jobs({ limit: 100 })).toReversed();
  const anonymous = (text: string) => jobs.reduce((rest, job, at) => rest.replaceAll(job.id, `job${at}`), text);
  const files: string[] = [];
  for (const folder of ['parquet', 'archive', 'quarantine', 'source', '.work']) {
    for (const [path, state] of await lake.tree(folder))
      files.push(anonymous(`${folder}/${path} ${withoutTimes(state)}`));
  }
  return { files: files.sort(), jobs: jobs.map((job) => anonymous(countsOf(job))) };
}

/** Mode and SHA-256, without inode and times. */
function withoutTimes(state: string): string {
  return state.replace(/ \d+ [\d.]+ /, ' ');
}

function countsOf(job: Job): string {
  const { kind, status, records_read, records_processed, records_duplicate, records_quarantined, staged_path } = job;
  return JSON.stringify([
    kind,
    status,
    records_read,
    records_processed,
    records_duplicate,
    records_quarantined,
    staged_path,
  ]);
}
