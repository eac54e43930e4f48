import { dirname, join } from 'node:path';
import { toGexlakeError, type GexlakeError } from '../core/errors.ts';
import { noCounts, type ImportResult, type Job } from '../core/job.ts';
import { compactTarget, repairTarget, restoreTarget, withdrawTarget } from '../core/rewrites.ts';
import { makePrivateFolder } from '../platform/folders.ts';
import { applySwap } from '../publish/publish.ts';
import { planCompaction } from './compaction.ts';
import { attemptFolder, closeAttemptFolder, emptyAttemptFolder, openAttemptFolder } from './attempt-folder.ts';
import type { PipelineContext } from './context.ts';
import { keptChanging } from './explain.ts';
import { beatWhile } from './heartbeat.ts';
import { planReparation } from './reparation.ts';
import { planRestore } from './restoration.ts';
import { toResult } from './results.ts';
import type { PlannedRewrite, RewritePlan } from './rewrite-plan.ts';
import { settledFiles } from './settled.ts';
import { failAttempt, undoEarlierAttempt } from './undo.ts';
import { planWithdrawal } from './withdrawal.ts';

const planRounds = 20;

/**
 * Runs a rewrite: the compaction of a folder, the undoing of what superseded a file, the reparation of a live file, or the withdrawal
 * of a job. Like
 * an import, it fails in the log and not by an exception.
 */
export async function rewriteJob(context: PipelineContext, job: Job): Promise<ImportResult> {
  const { folder } = context;
  const workFolder = attemptFolder(folder, job);
  return beatWhile(context, job, async () => {
    try {
      await openAttemptFolder(folder, job);
      await undoEarlierAttempt(context, job, workFolder);
      return await run(context, job, workFolder);
    } catch (thrown) {
      // Before the log is written: on a full disk this is what makes room for saying so.
      await emptyAttemptFolder(workFolder).catch(() => undefined);
      return await fail(context, job, toGexlakeError(thrown), workFolder);
    } finally {
      await closeAttemptFolder(folder, job, workFolder).catch(() => undefined);
    }
  });
}

async function run(context: PipelineContext, job: Job, workFolder: string): Promise<ImportResult> {
  const { log, holder, store } = context;
  for (let round = 0; round < planRounds; round++) {
    const planFolder = join(workFolder, `plan_${round}`);
    await makePrivateFolder('load:folder', planFolder);
    const { plan, note } = await planOf(context, job, planFolder);
    if (plan === null) return skip(context, job, note);
    const notes = [{ event: 'changes', detail: note }];
    const replacement = { placed: plan.placed, retired: plan.swap.retirements, counts: noCounts, notes };
    if (!(await log.attempts.intendSwap(job, holder, replacement))) continue;
    await applySwap(store, plan.swap, workFolder);
    const sessionDates = plan.sessionDates;
    const finished = { counts: noCounts, sessionDates, stagedPath: null };
    await log.attempts.complete(job, holder, { finished, intended: plan.placed.length });
    context.views.areOld = true;
    return toResult(job, {
      status: 'completed',
      session_dates: sessionDates,
      strike_rows: strikeRows(plan),
      parquet_files: plan.placed.map(({ path }) => path),
    });
  }
  throw keptChanging(job);
}

async function planOf(context: PipelineContext, job: Job, planFolder: string): Promise<PlannedRewrite> {
  const damaged = repairTarget(job.url);
  if (damaged !== null) {
    const live = await settledFiles(context, () => context.log.files.ofFolder(dirname(damaged)));
    return planReparation(context, job, damaged, live, planFolder);
  }
  const target = compactTarget(job.url);
  if (target !== null) return planCompaction(context, job, target, planFolder);
  const withdrawn = withdrawTarget(job.url);
  if (withdrawn !== null) return planWithdrawal(context, job, withdrawn);
  return planRestore(context, job, restoreTarget(job.url), planFolder);
}

async function skip(context: PipelineContext, job: Job, note: string): Promise<ImportResult> {
  const finished = { counts: noCounts, sessionDates: [], stagedPath: null };
  await context.log.attempts.skip(job, context.holder, { finished, skipped: { equal: null, detail: note } });
  return toResult(job, { status: 'skipped' });
}

function strikeRows({ placed }: RewritePlan): number {
  return placed.reduce((sum, { file }) => sum + (file.dataset === 'strikes' ? file.rows : 0), 0);
}

async function fail(
  context: PipelineContext,
  job: Job,
  error: GexlakeError,
  workFolder: string,
): Promise<ImportResult> {
  const report = error.report();
  const left = { stagedPath: null, keepsSource: true, mayBeVisible: true, workFolder };
  const ended = await failAttempt(context, job, report, left);
  return ended ?? toResult(job, { status: 'failed', error: report });
}
