import { dirname, join } from 'node:path';
import { unlessDefect } from '../../core/defects.ts';
import { toGexlakeError } from '../../core/errors.ts';
import { noCounts, type ImportResult, type Job } from '../../core/job.ts';
import { makePrivateFolder } from '../../platform/folders.ts';
import { applySwap } from '../../publish/publish.ts';
import { planCompaction } from './compaction.ts';
import type { Attempt } from '../attempt.ts';
import type { PipelineContext } from '../context.ts';
import { keptChanging } from '../explain.ts';
import { planPurge } from './purge.ts';
import { removePurged } from '../remove-purged.ts';
import { planReparation } from './reparation.ts';
import { planRestore } from './restoration.ts';
import { toResult } from '../results.ts';
import type { PlannedRewrite, Planning, RewritePlan } from './rewrite-plan.ts';
import { settledFiles } from '../settled.ts';
import { planWithdrawal } from './withdrawal.ts';

const planRounds = 20;

/** A rewrite: the compaction of a folder, the undoing of what superseded a file, the reparation of a live file, the withdrawal of a job, or a purge. */
export async function rewriteFiles({ context, job, workFolder, trail }: Attempt): Promise<ImportResult> {
  const { log, holder, store } = context;
  for (let round = 0; round < planRounds; round++) {
    const planFolder = join(workFolder, `plan_${round}`);
    await makePrivateFolder('load:folder', planFolder);
    const { plan, note } = await planOf({ context, job, planFolder });
    if (plan === null) return skip(context, job, note);
    const notes = [{ event: 'changes', detail: note }];
    const { placed, planned, purged = [] } = plan;
    const retired = plan.swap.retirements;
    const replacement = { placed, planned, retired, purged, counts: noCounts, quality: [], notes };
    trail.mayBeVisible = true;
    if (!(await log.attempts.intendSwap(job, holder, replacement))) continue;
    await applySwap(store, plan.swap, workFolder);
    const sessionDates = plan.sessionDates;
    const finished = { counts: noCounts, sessionDates, stagedPath: null };
    await log.attempts.complete(job, holder, { finished, intended: plan.placed.length });
    context.views.areOld = true;
    const warnings = purged.length === 0 ? [] : await removeAll(context, job, workFolder);
    return toResult(job, {
      warnings,
      status: 'completed',
      session_dates: sessionDates,
      strike_rows: strikeRows(plan),
      parquet_files: plan.placed.map(({ path }) => path),
    });
  }
  throw keptChanging(job);
}

/** Behind the commit: what cannot be removed now is told, and no failure of what is done. */
async function removeAll(context: PipelineContext, job: Job, workFolder: string): Promise<string[]> {
  try {
    await removePurged(context, job.id, workFolder);
    return [];
  } catch (thrown) {
    const { message } = toGexlakeError(thrown);
    // The next start finds a folder of a job that is over, and goes on there.
    await makePrivateFolder('load:folder', join(context.folder.work, job.id, 'purge')).catch(unlessDefect(undefined));
    return [`not all that was purged is removed: ${message}. The next import or run removes what is left.`];
  }
}

async function planOf(planning: Planning): Promise<PlannedRewrite> {
  const { context, job } = planning;
  const { target } = job;
  switch (target?.kind) {
    case 'compaction':
      return planCompaction(planning, target);
    case 'withdrawal':
      return planWithdrawal(context, job, target);
    case 'purge':
      return planPurge(planning, target);
    case 'restoration':
      return planRestore(planning, target.path);
    case 'reparation': {
      const live = await settledFiles(context, () => context.log.files.ofFolder(dirname(target.path)));
      return planReparation(planning, target.path, live);
    }
    default:
      throw new Error(`job ${job.id} is a rewrite of nothing`);
  }
}

async function skip(context: PipelineContext, job: Job, note: string): Promise<ImportResult> {
  const finished = { counts: noCounts, sessionDates: [], stagedPath: null };
  await context.log.attempts.skip(job, context.holder, { finished, skipped: { equal: null, detail: note } });
  return toResult(job, { status: 'skipped' });
}

function strikeRows({ placed }: RewritePlan): number {
  return placed.reduce((sum, { file }) => sum + (file.dataset === 'strikes' ? file.rows : 0), 0);
}
