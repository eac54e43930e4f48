import { noCounts, type Counts, type ImportResult, type Job } from '../../core/job.ts';
import type { EqualImport, Finished, JobNote } from '../../joblog/joblog.ts';
import type { Attempt } from '../attempt.ts';
import { keepStagingTable } from '../engine.ts';
import { discardQuarantine, keepQuarantine } from '../quarantine.ts';
import { toResult } from '../results.ts';
import type { Checked, Loaded } from './records.ts';

/** The end of a job whose bytes are known before they are read. The log has it already. */
export function endedAsEqual(job: Job, { jobId, warning }: EqualImport): ImportResult {
  return toResult(job, { status: 'skipped', skipped_as: jobId, warnings: warning === null ? [] : [warning] });
}

/** The commit point: the intended files are live and the job is completed. */
export async function complete(
  { context, job, trail }: Attempt,
  loaded: Loaded,
  published: readonly string[],
): Promise<ImportResult> {
  const finished = await finishedWith(loaded);
  trail.ending = toResult(job, {
    status: 'completed',
    session_dates: finished.sessionDates,
    counts: finished.counts,
    strike_rows: loaded.records.strikeRows,
    staged_path: finished.stagedPath,
    parquet_files: published,
  });
  await context.log.attempts.complete(job, context.holder, { finished, intended: published.length });
  context.views.areOld = true;
  return trail.ending;
}

/** The end of a job whose rows are live already, published by the job `equal`. A warning says that they are live as something else. */
export async function skip(
  { context, job, trail, workFolder }: Attempt,
  loaded: Loaded,
  { equal, warning }: { readonly equal: string; readonly warning: string | null },
): Promise<ImportResult> {
  const { log, holder, store } = context;
  const counts = skippedCounts(loaded.records.counts, warning);
  const finished = { ...(await finishedWith(loaded)), counts };
  // Before the log says so: a crash in between leaves a job that starts anew, not a copy that nobody owns.
  await loaded.source.unstage();
  if (trail.mayBeVisible) await discardQuarantine(store, job.id, workFolder);
  const warnings = warning === null ? [] : [warning];
  const session_dates = finished.sessionDates;
  trail.ending = toResult(job, { status: 'skipped', skipped_as: equal, session_dates, counts, warnings });
  const detail = warning === null ? undefined : `same bytes as job ${equal}`;
  await log.attempts.skip(job, holder, { finished, skipped: { equal, detail, warning } });
  return trail.ending;
}

/** What is live as something else was not compared: as where that is seen before the source is read. */
function skippedCounts(counts: Counts, warning: string | null): Counts {
  if (warning !== null) return noCounts;
  const records_duplicate = counts.records_duplicate + counts.records_processed;
  return { ...counts, records_processed: 0, records_duplicate };
}

/** The end of a job with `publish: false`: its rows stay in a table for inspection. */
export async function keepStaged(attempt: Attempt, checked: Checked): Promise<ImportResult> {
  const { context, job, trail } = attempt;
  const stagingTable = await keepStagingTable(context, job, checked.files);
  const kept = await keepSetAside(attempt, checked);
  const finished = await finishedWith(checked);
  trail.ending = toResult(job, {
    status: 'staged',
    session_dates: finished.sessionDates,
    counts: finished.counts,
    strike_rows: checked.records.strikeRows,
    staged_path: finished.stagedPath,
    staging_table: stagingTable,
  });
  const notes = [...checked.records.notices, ...kept];
  await context.log.attempts.stage(job, context.holder, { finished, notes, stagingTable });
  context.views.areOld = true;
  return trail.ending;
}

/** Keeps the records that were set aside; from here on something of the attempt can be seen. */
export async function keepSetAside(
  { context, job, trail, workFolder }: Attempt,
  { records }: Loaded,
): Promise<JobNote[]> {
  trail.mayBeVisible = true;
  return keepQuarantine(context.store, { jobId: job.id, privatePath: records.quarantinePath, workFolder });
}

async function finishedWith({ source, records }: Loaded): Promise<Finished> {
  return { counts: records.counts, sessionDates: records.sessionDates, stagedPath: await source.staged };
}
