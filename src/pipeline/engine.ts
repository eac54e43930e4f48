import { join } from 'node:path';
import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { inMemory, withDatabase, type Database } from '../db/db.ts';
import { clearStaging, keepForInspection, showLive, type CheckedFiles } from '../publish/publish.ts';
import { attemptFolder } from './attempt-folder.ts';
import type { PipelineContext } from './context.ts';

/** How long an importer waits for `gex_data.db` to bring its views up to date. Others hold it for moments only. */
const viewsWait_ms = 1_000;

/** Checks and compares in an engine in memory, of the job's own; what does not fit spills into the attempt's private folder. */
export async function withCheckEngine<T>(
  { folder, engine }: PipelineContext,
  job: Job,
  act: (engine: Database) => Promise<T>,
): Promise<T> {
  return withDatabase(inMemory, { ...engine, spillFolder: join(attemptFolder(folder, job), 'spill') }, act);
}

/** Keeps a staged job's rows as a table of `gex_data.db`, and gives its name. @throws LOCK_BUSY, DATABASE_DAMAGED */
export async function keepStagingTable(context: PipelineContext, job: Job, checked: CheckedFiles): Promise<string> {
  const { folder, engine, limits } = context;
  const options = { ...engine, lockWait_ms: limits.lock_wait_ms };
  return withDatabase(folder.engine, options, (shared) => keepForInspection(shared, job.id, checked));
}

/** Brings the views of `gex_data.db` up to date, if jobs have ended since: for whoever has no further job right now. */
export async function showEnded(context: PipelineContext): Promise<void> {
  if (!context.views.areOld) return;
  context.views.areOld = false;
  await showNewest(context);
}

/**
 * Lets `gex_data.db` show the live files as `strikes` and `snapshots` and, of all the staging tables, only those that wait for
 * inspection. Nothing canonical is in it: what goes wrong here is told, and made good by the next import.
 */
export async function showNewest(context: PipelineContext): Promise<void> {
  const { folder, engine, limits, onWarning } = context;
  const options = { ...engine, lockWait_ms: Math.min(viewsWait_ms, limits.lock_wait_ms) };
  try {
    await withDatabase(folder.engine, options, (shared) => bringUpToDate(context, shared));
  } catch (error) {
    const isBusy = error instanceof GexlakeError && error.code === 'LOCK_BUSY';
    if (isBusy) context.views.areOld = true;
    else onWarning(`gex_data.db does not show the newest files: ${toGexlakeError(error).message}`);
  }
}

async function bringUpToDate({ log, holder, store }: PipelineContext, shared: Database): Promise<void> {
  const { live, staged } = await log.whole.shown();
  const cleared = await clearStaging(
    shared,
    staged.map((job) => job.id),
  );
  const stray = await log.jobs.known(cleared);
  await log.recovery.noteCleaned(
    stray.map((job) => ({ job, what: 'its staging table in gex_data.db' })),
    holder.actor,
  );
  await showLive(shared, live, store);
}
