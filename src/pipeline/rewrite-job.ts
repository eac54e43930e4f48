import { basename, dirname, join } from 'node:path';
import { datasetsOf } from '../core/contract.ts';
import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import { noCounts, type ImportResult, type Job, type ParquetFile } from '../core/job.ts';
import type { PrivateFile } from '../core/journey.ts';
import { parseEndpoint } from '../core/names.ts';
import { exists, linkNew, makeFolder, remove } from '../platform/files.ts';
import { applySwap, countSharedSeconds, writeRewritten } from '../publish/publish.ts';
import type { PipelineContext } from './context.ts';
import { showNewest, useEngine } from './engine.ts';
import { keptChanging } from './explain.ts';
import { beatWhile } from './heartbeat.ts';
import { toResult } from './results.ts';
import { compactTarget, repairTarget, restoreTarget } from './rewrite-target.ts';
import { planReparation } from './reparation.ts';
import { makePlan, privatePath, toPrivateFile, type RewritePlan } from './rewrite-plan.ts';
import { withdrawIfPossible, withdrawIntended } from './undo.ts';

const planRounds = 20;

/** A plan, or null where there is nothing to do, with the words for the log. */
type Planned = { readonly plan: RewritePlan | null; readonly note: string };

/**
 * Runs a rewrite: the compaction of a folder, the undoing of what superseded a file, or the reparation of a live file. Like an import, it fails in the log
 * and not by an exception.
 */
export async function rewriteJob(context: PipelineContext, job: Job): Promise<ImportResult> {
  const workFolder = join(context.folder.work, job.id);
  return beatWhile(context, job, async () => {
    try {
      await undoEarlierAttempt(context, job);
      await remove('clean:remove', workFolder);
      await makeFolder('load:folder', workFolder);
      return await run(context, job, workFolder);
    } catch (thrown) {
      return await fail(context, job, toGexlakeError(thrown));
    } finally {
      await remove('clean:remove', workFolder).catch(() => undefined);
    }
  });
}

async function run(context: PipelineContext, job: Job, workFolder: string): Promise<ImportResult> {
  for (let round = 0; round < planRounds; round++) {
    const planFolder = join(workFolder, `plan_${round}`);
    await makeFolder('load:folder', planFolder);
    const { plan, note } = await planOf(context, job, planFolder);
    const { log, holder, folder } = context;
    if (plan === null) return skip(context, job, note);
    if (!(await log.intendSwap(job, holder, plan.placed, plan.swap.retirements, noCounts))) continue;
    await applySwap(folder.root, plan.swap);
    const sessionDates = [...new Set(plan.placed.flatMap(({ file }) => file.sessionDates))].sort();
    const finished = { counts: noCounts, sessionDates, stagedPath: null };
    await log.complete(job, holder, finished, [{ event: 'rewritten', detail: note }], plan.placed.length);
    await showNewest(context);
    return toResult(job, {
      status: 'completed',
      session_dates: sessionDates,
      strike_rows: sumRows(plan.placed.filter(({ file }) => file.dataset === 'strikes').map(({ file }) => file)),
      parquet_files: plan.placed.map(({ path }) => path),
    });
  }
  throw keptChanging(job);
}

async function skip(context: PipelineContext, job: Job, note: string): Promise<ImportResult> {
  const finished = { counts: noCounts, sessionDates: [], stagedPath: null };
  await context.log.skip(job, context.holder, finished, null, note);
  return toResult(job, { status: 'skipped' });
}

async function planOf(context: PipelineContext, job: Job, planFolder: string): Promise<Planned> {
  const damaged = repairTarget(job.url);
  if (damaged !== null) {
    const live = await settledFiles(context, job, () => context.log.filesOfFolder(dirname(damaged)));
    return planReparation(context, job, damaged, live, planFolder);
  }
  const folder = compactTarget(job.url);
  return folder === null ? planRestore(context, job, planFolder) : planCompaction(context, job, folder, planFolder);
}

/** One `strikes.parquet` and one `snapshots.parquet` of all live files of a folder. */
async function planCompaction(
  context: PipelineContext,
  job: Job,
  folder: string,
  planFolder: string,
): Promise<Planned> {
  const live = await settledFiles(context, job, () => context.log.filesOfFolder(folder));
  if (live.length === 0) {
    throw new GexlakeError('FOLDER_UNKNOWN', `no live file lies in ${folder}`, {
      hint: 'Give the folder as `jobs show` prints it: parquet/gex/2025/10/NQ_NDX/gex_zero.',
    });
  }
  const names = new Set(live.map((file) => basename(file.path)));
  if ([...names].every((name) => name === 'strikes.parquet' || name === 'snapshots.parquet')) {
    return { plan: null, note: `${folder} has one file for each dataset already` };
  }
  const endpoint = parseEndpoint(job.endpoint ?? '');
  const month = folder.split('/').slice(2, 4).join('-');
  const placed: { file: PrivateFile; path: string }[] = [];
  await useEngine(context, job, async (engine) => {
    for (const dataset of datasetsOf(endpoint)) {
      const files = live.filter((file) => file.dataset === dataset);
      const path = privatePath(planFolder, job, placed.length);
      const source = { dataset, files, without: [], added: [] };
      const file = await writeRewritten(engine, context.folder.root, source, { path, month, endpoint: endpoint.name });
      if (file !== null) placed.push({ file, path: `${folder}/${dataset}.parquet` });
    }
  });
  const rows = sumRows(placed.map(({ file }) => file));
  return { plan: makePlan(job, placed, live), note: `${live.length} files with ${rows} rows became ${placed.length}` };
}

/**
 * Makes what a job has superseded live again, all of it: putting only one file back would leave rows twice or not at all.
 * Possible while everything that took its place is still live.
 */
async function planRestore(context: PipelineContext, job: Job, planFolder: string): Promise<Planned> {
  const { log, folder } = context;
  const path = restoreTarget(job.url);
  const superseded = await log.supersededAt(path);
  if (superseded?.superseded_by == null) {
    throw new GexlakeError('NOTHING_TO_RESTORE', `no superseded file is known at ${path}`, {
      hint: 'Give a path under parquet/ or archive/ as `jobs show` prints it. A live file that is damaged is put back from a backup.',
    });
  }
  const by = await log.story(superseded.superseded_by);
  const live = await settledFiles(context, job, () => log.filesOfFolder(dirname(superseded.path)));
  const replacing = by.files.map((file) =>
    live.find((other) => other.path === file.path && other.checksum === file.checksum),
  );
  const replacedSince = by.files.find((_file, at) => replacing[at] === undefined);
  if (replacedSince !== undefined) {
    throw new GexlakeError('NOTHING_TO_RESTORE', `${replacedSince.path} of job ${by.id} is not live any more`, {
      hint: `Undo the newer change first: gexlake restore-file ${replacedSince.path} --reason '…'`,
    });
  }
  const placed: { file: PrivateFile; path: string }[] = [];
  for (const old of await log.filesSupersededBy(by.id)) {
    const archived = join(folder.root, old.archive_path ?? '');
    if (!(await exists(archived))) {
      throw new GexlakeError('NOTHING_TO_RESTORE', `${old.archive_path} is not in the archive any more`, {
        hint: 'Put it back from a backup.',
      });
    }
    const privateName = privatePath(planFolder, job, placed.length);
    await linkNew('load:part', archived, privateName);
    placed.push({ file: toPrivateFile(old, privateName), path: old.path });
  }
  const retired = replacing.filter((file) => file !== undefined);
  const staying = live.filter((file) => file.dataset === 'snapshots' && !retired.includes(file));
  const shared = await useEngine(context, job, (engine) =>
    countSharedSeconds(engine, folder.root, snapshotPaths(placed), staying),
  );
  if (shared > 0) {
    throw new GexlakeError(
      'NOTHING_TO_RESTORE',
      `${shared} seconds of the files to restore have been published again since job ${by.id}`,
      {
        details: { jobId: by.id },
        hint: 'Restoring would give these seconds twice. Correct the job that published them instead: gexlake correct <job> <source>.',
      },
    );
  }
  return { plan: makePlan(job, placed, retired), note: `undid job ${by.id}: ${placed.length} files are live again` };
}

/** Files that no other job is about to change; waits until that is so. */
async function settledFiles(
  context: PipelineContext,
  job: Job,
  list: () => Promise<readonly ParquetFile[]>,
): Promise<readonly ParquetFile[]> {
  const { clock, limits } = context;
  const deadline_ms = clock.now_ms() + limits.lock_wait_ms;
  for (;;) {
    const files = await list();
    const changing = files.some(
      (file) => file.state === 'publishing' || (file.state === 'live' && file.superseded_by !== null),
    );
    if (!changing) return files;
    if (clock.now_ms() > deadline_ms) throw keptChanging(job);
    await clock.sleep(100);
  }
}

function snapshotPaths(placed: RewritePlan['placed']): string[] {
  return placed.filter(({ file }) => file.dataset === 'snapshots').map(({ file }) => file.path);
}

function sumRows(files: readonly PrivateFile[]): number {
  return files.reduce((sum, file) => sum + file.rows, 0);
}

async function undoEarlierAttempt({ log, holder, folder }: PipelineContext, job: Job): Promise<void> {
  if (job.attempts < 2) return;
  const intended = await log.intended(job);
  if (intended.placed.length + intended.retired.length === 0) return;
  await withdrawIntended(folder, job.id, intended);
  await log.forgetIntended(job, holder);
}

async function fail(context: PipelineContext, job: Job, error: GexlakeError): Promise<ImportResult> {
  const { log, holder, folder } = context;
  const report = error.report();
  if (error.code !== 'JOB_TAKEN_OVER') {
    const found = await log.story(job.id);
    if (found.status === 'completed')
      return toResult(job, { status: 'completed', parquet_files: found.files.map((file) => file.path) });
    const intentStands = await withdrawIfPossible(folder, job.id, await log.intended(job));
    await log.fail(job, holder, report, { stagedPath: null, intentStands });
  }
  return toResult(job, { status: 'failed', error: report });
}
