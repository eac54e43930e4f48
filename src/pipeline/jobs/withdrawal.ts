import { counted } from '../../core/counted.ts';
import { GexlakeError } from '../../core/errors.ts';
import type { Job, ParquetFile } from '../../core/job.ts';
import { makePlan, mustBePlan, type Plan, type PlannedAction } from '../../core/plan.ts';
import type { WithdrawalTarget } from '../../core/job-target.ts';
import type { Carriers, FileCatalog, JobStory } from '../../joblog/joblog.ts';
import { lookAgain } from './compaction.ts';
import type { PipelineContext } from '../context.ts';
import { withdrawalPlan, type PlannedRewrite } from './rewrite-plan.ts';
import { settledFiles } from '../settled.ts';

/*
 * A withdrawal takes the rows of one job out of what is live and puts nothing in their place: they were read as another ticker,
 * endpoint or session than they are. Its files go to the archive as they are, and `restore-file` brings them back.
 */

/** A file that a withdrawal would archive. The checksum is part of the plan, so that another file is another plan. */
type WithdrawAction = PlannedAction & { readonly checksums: readonly string[] };

/** What the withdrawal of a job would do now. @throws JOB_STATE, NOT_WITHDRAWABLE */
export async function planOfWithdrawal(files: FileCatalog, job: JobStory): Promise<Plan<WithdrawAction>> {
  return describePlan(mustBeWithdrawable(job, await files.carriersOf(job.id)));
}

function describePlan(files: readonly ParquetFile[]): Plan<WithdrawAction> {
  return makePlan(
    files.map(({ path, size_bytes, row_count, checksum }) => ({
      action: 'archive',
      path,
      bytes: size_bytes,
      rows: row_count,
      reversible: true,
      reason: 'its rows are no longer live; restore-file brings it back',
      checksums: [checksum],
    })),
  );
}

/** The plan of a withdrawal's job. @throws PLAN_CHANGED where it was asked for by a plan that is not the one of now */
export async function planWithdrawal(
  context: PipelineContext,
  job: Job,
  { job_id, plan_id }: WithdrawalTarget,
): Promise<PlannedRewrite> {
  const { log } = context;
  const withdrawn = await log.jobs.story(job_id);
  await settledFiles(context, async () => (await log.files.carriersOf(withdrawn.id)).own);
  const own = mustBeWithdrawable(withdrawn, await log.files.carriersOf(withdrawn.id));
  mustBePlan(describePlan(own), plan_id, lookAgain);
  const rows = own.reduce((sum, file) => sum + file.row_count, 0);
  const note = `withdrew job ${withdrawn.id}: took ${counted(own.length, 'file')} with ${counted(rows, 'row')} out of the live data`;
  return { plan: withdrawalPlan(job, own), note };
}

/** The live files with the rows of a job, which hold no others. @throws JOB_STATE, NOT_WITHDRAWABLE */
function mustBeWithdrawable(job: JobStory, { own, merged }: Carriers): readonly ParquetFile[] {
  if (job.kind === 'rewrite' || job.status !== 'completed') throw nothingBrought(job);
  const [into] = merged;
  if (into !== undefined)
    throw refused(
      job,
      `rows of job ${job.id} were merged into ${into.path} by job ${into.job_id}`,
      `Undo that first, then withdraw, then compact again: gexlake restore-file ${into.path} --reason '…'`,
    );
  const [first] = own;
  if (first === undefined) throw nothingLive(job);
  if (hasOtherRows(job, own))
    throw refused(
      job,
      `files of job ${job.id} also hold rows of other sessions, which it found there`,
      `Undo the correction instead: gexlake restore-file ${first.path} --reason '…'`,
    );
  return own;
}

/** A correction leaves the other sessions of the files that it replaces in them. */
function hasOtherRows(job: Job, own: readonly ParquetFile[]): boolean {
  const records = own.reduce((sum, file) => sum + (file.dataset === 'snapshots' ? file.row_count : 0), 0);
  return job.kind === 'correction' && records !== job.records_processed;
}

function nothingBrought(job: Job): GexlakeError {
  const isRewrite = job.kind === 'rewrite';
  const why = isRewrite ? 'is a rewrite: it has brought no rows' : `is ${job.status}: it has published nothing`;
  return new GexlakeError('JOB_STATE', `job ${job.id} ${why} to withdraw`, {
    details: { jobId: job.id },
    hint: isRewrite
      ? 'Name the job that brought the rows, or undo the rewrite with `gexlake restore-file`.'
      : 'Name the job whose rows are wrong; `gexlake jobs --status completed` lists those that published some.',
  });
}

function nothingLive(job: JobStory): GexlakeError {
  const by = new Set(job.files.map((file) => file.superseded_by).filter((id) => id !== null));
  const why = `no file of job ${job.id} is live any more; replaced or withdrawn by ${[...by].join(', ') || 'nobody'}`;
  return refused(job, why, 'Nothing was changed. `gexlake jobs show` with such a job says what it did.');
}

function refused(job: Job, problem: string, hint: string): GexlakeError {
  return new GexlakeError('NOT_WITHDRAWABLE', problem, { details: { jobId: job.id }, hint });
}
