import assert from 'node:assert/strict';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetMetadataAsync, asyncBufferFromFile } from 'hyparquet';
import type { Job } from '../../src/core/job.ts';
import { lakeAt, makeLake, type Lake, type Owner } from '../support/gexlake.ts';
import { record, records, type MadeRecord } from '../support/made.ts';
import { selects, withEngine, writeOldFile } from '../support/old-layouts.ts';

/** One command on a data folder that others have prepared. `args` may name `<job>`, the first job of the folder. */
export type Scenario = {
  readonly name: string;
  readonly prepare: readonly (readonly string[])[];
  readonly act: readonly string[];
};

const day = '2025-10-22_SPX_classic_gex_zero.json';
const changed = 'changed/2025-10-22_SPX_classic_gex_zero.json';
const longer = 'longer/2025-10-22_SPX_classic_gex_zero.json';
const old = 'old/SPX/zero/20251022.strikes.parquet';
const folder = 'parquet/gex/2025/10/SPX/gex_zero';

/** A stale record at the head, so that something is set aside on every way. */
const stale: MadeRecord = { ...records(1, -86_400)[0] };

export const scenarios: readonly Scenario[] = [
  { name: 'import', prepare: [], act: ['import', day] },
  { name: 'import that extends', prepare: [['import', day]], act: ['import', longer] },
  { name: 'correct', prepare: [['import', day]], act: ['correct', '<job>', changed, '--reason', 'crash test'] },
  {
    name: 'compact',
    prepare: [
      ['import', day],
      ['import', longer],
    ],
    act: ['compact', folder, '--reason', 'crash test'],
  },
  {
    name: 'restore-file',
    prepare: [
      ['import', day],
      ['correct', '<job>', changed, '--reason', 'crash test'],
    ],
    act: ['restore-file', `${folder}/strikes.parquet`, '--reason', 'crash test'],
  },
  { name: 'migrate that extends', prepare: [['import', day]], act: ['migrate', 'old', '--apply'] },
];

/** What must be equal however often a run was killed: the Parquet bytes under their names, and the log's counts. */
export type EndState = { readonly files: readonly string[]; readonly jobs: readonly string[] };

export type Stage = {
  /** A copy of the prepared folder; the scenario's command can be done on it. */
  readonly fresh: () => Promise<Lake>;
  readonly act: (lake: Lake, fault?: string) => ReturnType<Lake['run']>;
  /** Does whatever a user would do after a crash until the command is done, and gives the end state. */
  readonly finish: (lake: Lake) => Promise<EndState>;
  readonly undisturbed: EndState;
  /** How many steps an undisturbed run passes. */
  readonly steps: number;
};

/** Prepares a scenario once, does it once undisturbed, and counts its steps. */
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
  const fresh = async () => {
    const copy = join(base.desk, `copy_${copies++}`);
    await mkdir(copy);
    if (known.size > 0) await cp(base.folder, copy, { recursive: true, mode: 0, preserveTimestamps: true });
    return lakeAt(copy, base.desk);
  };
  const act = (lake: Lake, fault = '') => lake.run(args, { env: { GEXLAKE_FAULT: fault } });
  const finish = async (lake: Lake) => {
    await untilDone(lake, args, known);
    const state = await endState(lake);
    await rm(lake.folder, { recursive: true, force: true });
    return state;
  };
  const traced = await fresh();
  const { stderr, exitCode } = await act(traced, 'trace');
  assert.equal(exitCode, 0, stderr);
  const steps = stderr.split('\n').filter((line) => line.startsWith('step ')).length;
  assert.ok(steps > 20, `only ${steps} steps were traced`);
  return { fresh, act, finish, undisturbed: await endState(traced), steps };
}

async function writeSources(desk: string): Promise<void> {
  const noon = [stale, ...records(40)];
  const night = [stale, ...records(60)];
  const right = [stale, ...records(7), record(7, { zero_gamma: 1.5 }), ...records(32, 8)];
  for (const [path, content] of [
    [day, noon],
    [longer, night],
    [changed, right],
  ] as const) {
    await mkdir(join(desk, path, '..'), { recursive: true });
    await writeFile(join(desk, path), JSON.stringify(content));
  }
  await withEngine((run) => writeOldFile(run, join(desk, old), records(60), selects.flat));
}

async function named(lake: Lake, args: readonly string[]): Promise<string[]> {
  const first = args.includes('<job>') ? (await lake.jobs()).at(-1)?.id : undefined;
  return args.map((word) => (word === '<job>' ? (first ?? '') : word));
}

/** Where the job never came into the log, the command is given again; where it is in it, the runner finishes it. */
async function untilDone(lake: Lake, args: readonly string[], known: ReadonlySet<string>): Promise<void> {
  await lake.run(['run']);
  const mine = (await lake.jobs()).filter((job) => !known.has(job.id));
  if (mine.length === 0) {
    const { exitCode, stderr } = await lake.run(args);
    assert.equal(exitCode, 0, stderr);
    return;
  }
  if (mine.every((job) => job.status === 'completed')) return;
  assert.deepEqual(
    mine.map((job) => job.status),
    ['failed'],
    JSON.stringify(mine),
  );
  await lake.run(['jobs', 'retry', '--failed']);
  const { exitCode, stderr } = await lake.run(['run']);
  assert.equal(exitCode, 0, stderr);
}

/** Job ids differ from run to run, and with them the names of second files and archived ones. */
async function endState(lake: Lake): Promise<EndState> {
  const jobs = (await lake.jobs()).toReversed();
  const anonymous = (text: string) => jobs.reduce((rest, job, at) => rest.replaceAll(job.id, `job${at}`), text);
  const trees = await Promise.all(
    ['parquet', 'archive', 'quarantine', 'source', '.work'].map((name) => lake.tree(name)),
  );
  const files = trees.flatMap((tree) =>
    [...tree].map(([path, state]) => anonymous(`${path} ${state.replace(/ \d+ [\d.]+ /, ' ')}`)),
  );
  return { files: files.sort(), jobs: jobs.map((job) => anonymous(countsOf(job))) };
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

/** A reader that comes at any moment can open every file under `parquet/`. */
export async function assertReadable(lake: Lake): Promise<void> {
  for (const path of await lake.files('parquet')) {
    const file = await asyncBufferFromFile(join(lake.folder, 'parquet', path));
    const { num_rows } = await parquetMetadataAsync(file);
    assert.ok(num_rows > 0n, path);
  }
}

/** Which of `count` steps to try: all with GEXLAKE_CRASH_TESTS=all, else a spread of a few. */
export function chosenSteps(count: number, few: number): number[] {
  const all = Array.from({ length: count }, (_, at) => at + 1);
  if (process.env['GEXLAKE_CRASH_TESTS'] === 'all') return all;
  return all.filter((step) => step % Math.ceil(count / few) === 0);
}
