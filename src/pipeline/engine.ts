import { join } from 'node:path';
import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { withDatabase, type Database, type DatabaseOptions } from '../db/db.ts';
import { exists } from '../platform/files.ts';
import { clearStaging, showLive } from '../publish/publish.ts';
import { attemptFolder } from './attempt-folder.ts';
import type { PipelineContext } from './context.ts';

/**
 * The shortest pause between two times that the views of `gex_data.db` are renewed, while one job follows the other. Renewing looks
 * at every live file, so that the pause is also at least so many times as long as it took.
 */
const renewalPause_ms = 1_000;
const renewalShare = 10;

/** How long `gex_data.db` is waited for before an import takes an engine file of its own. */
const sharedEngineWait_ms = 1_000;

/**
 * Opens the transient engine for one job: `gex_data.db`, which has one writer, or while another importer holds it (or where
 * it cannot be used) an engine file in the job's private folder. A job that leaves its rows for inspection needs the shared one.
 */
export async function useEngine<T>(
  context: PipelineContext,
  job: Job,
  act: (engine: Database) => Promise<T>,
): Promise<T> {
  const { folder, limits, engine } = context;
  const options = { ...engine, spillFolder: join(attemptFolder(folder, job), 'spill') };
  if (context.ownEngine && job.publish) return useOwnEngine(context, job, options, act);
  const lockWait_ms = job.publish ? Math.min(sharedEngineWait_ms, limits.lock_wait_ms) : limits.lock_wait_ms;
  let opened = false;
  try {
    return await withDatabase(folder.engine, { ...options, lockWait_ms }, async (shared) => {
      opened = true;
      const result = await act(shared);
      await renewAtTimes(context, () => bringUpToDate(context, shared, job.id));
      return result;
    });
  } catch (error) {
    if (opened || !job.publish || !isAvoidable(context, error)) throw error;
    return useOwnEngine(context, job, options, act);
  }
}

/** An engine file of the job's own, in its private folder; the shared one hears of the result afterwards. */
async function useOwnEngine<T>(
  context: PipelineContext,
  job: Job,
  options: DatabaseOptions,
  act: (engine: Database) => Promise<T>,
): Promise<T> {
  const result = await withDatabase(join(attemptFolder(context.folder, job), 'engine.db'), options, act);
  await renewAtTimes(context, () => showNewest(context));
  return result;
}

/** Renews the views after a job, or lets them wait for one of the next jobs or the end of the work. */
async function renewAtTimes({ renewal, clock }: PipelineContext, renew: () => Promise<void>): Promise<void> {
  renewal.waits = true;
  if (clock.monotonic_ms() >= renewal.notBefore_ms) await renew();
}

/** Renews views that wait for it, for whoever has no further job right now. What goes wrong is told, and made good by the next import. */
export async function showWaiting(context: PipelineContext): Promise<void> {
  const { folder, renewal } = context;
  if (!renewal.waits || !(await exists(folder.engine))) return;
  renewal.waits = false;
  try {
    await showNewest(context);
  } catch (error) {
    warnOfViews(context, error);
  }
}

/**
 * Lets the shared engine show the live files as `strikes` and `snapshots` and, of all the staging tables, only those that wait for
 * inspection. The job has ended by now: what goes wrong here is told, and made good by the next import.
 */
async function bringUpToDate(context: PipelineContext, shared: Database, jobId: string | null): Promise<void> {
  const { log, holder, clock, renewal } = context;
  const began_ms = clock.monotonic_ms();
  renewal.waits = false;
  try {
    const { live, staged } = await log.shown();
    const cleared = await clearStaging(
      shared,
      staged.map((job) => job.id),
    );
    const stray = await log.known(cleared.filter((id) => id !== jobId));
    await log.noteCleaned(
      stray.map((job) => ({ job, what: 'its staging table in gex_data.db' })),
      holder,
    );
    await showLive(shared, live, context.folder.root);
  } catch (error) {
    warnOfViews(context, error);
  }
  const ended_ms = clock.monotonic_ms();
  renewal.notBefore_ms = ended_ms + Math.max(renewalPause_ms, renewalShare * (ended_ms - began_ms));
}

function warnOfViews({ onWarning }: PipelineContext, error: unknown): void {
  onWarning(`gex_data.db does not show the newest files: ${toGexlakeError(error).message}`);
}

/** Brings `gex_data.db` up to date where no other importer holds it; one that does will do it itself. */
export async function showNewest(context: PipelineContext): Promise<void> {
  const options = { ...context.engine, lockWait_ms: Math.min(sharedEngineWait_ms, context.limits.lock_wait_ms) };
  try {
    await withDatabase(context.folder.engine, options, (shared) => bringUpToDate(context, shared, null));
  } catch (error) {
    if (!isAvoidable(context, error)) throw error;
  }
}

/** Whether an import that publishes can do without the shared engine. Nothing canonical is in it. */
function isAvoidable(context: PipelineContext, error: unknown): boolean {
  if (!(error instanceof GexlakeError)) return false;
  if (error.code === 'LOCK_BUSY') return true;
  if (error.code !== 'DATABASE_DAMAGED' && error.code !== 'DATABASE_NEWER') return false;
  context.onWarning(`imported without gex_data.db, which holds nothing canonical and can be removed: ${error.message}`);
  return true;
}
