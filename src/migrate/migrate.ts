import { join } from 'node:path';
import { counted } from '../core/counted.ts';
import { toGexlakeError } from '../core/errors.ts';
import { mustBePlan } from '../core/plan.ts';
import { isStoredPath, parseStoredPath } from '../core/stored-path.ts';
import type { Database } from '../db/db.ts';
import { describeTarget } from '../core/job-target.ts';
import type { JobRequest } from '../joblog/joblog.ts';
import { compareWithSource, recogniseSource } from '../legacy/legacy.ts';
import { checksumOfOld, type ImportRun } from '../pipeline/pipeline.ts';
import { exists } from '../platform/files.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import {
  planMigration,
  wholePath,
  withEngine,
  type LeftFile,
  type MigrateAction,
  type MigrationPlan,
} from './migrate-plan.ts';
import { makeSnapshot } from '../backup/backup.ts';
import { bringIntoTrash, moveToTrash } from '../maintenance/maintenance.ts';

export type MigrationRequest = {
  /** Absolute path of the folder to look into. */
  readonly folder: string;
  readonly removeSources: boolean;
  readonly reason: string;
  /** Null: print the plan only. Else do it; with an id, only if it is that plan. */
  readonly apply: { readonly expected: string | null } | null;
};

export type MigrationReport = {
  readonly plan: MigrationPlan;
  /** Null where nothing was to be run. */
  readonly run: ImportRun | null;
  readonly snapshot: string | null;
  /** Sources that were not moved into the trash although that was asked for, and why. */
  readonly kept: readonly LeftFile[];
};

/**
 * Plans a migration and, where asked for, does it: saves the databases, writes all its jobs down at once, and runs them. Killed at any
 * point it can be done again: what is done is done, and jobs that were left are taken up. `runPending` runs the migrations that wait,
 * so many at most in each importer.
 */
export async function migrateFolder(
  context: GovernContext,
  request: MigrationRequest,
  runPending: (limit: number) => Promise<ImportRun>,
): Promise<MigrationReport> {
  const plan = await planMigration(context, request.folder, request.removeSources);
  mustBePlan(plan, request.apply?.expected ?? null);
  const migrations = plan.actions.filter(({ action }) => action === 'migrate');
  if (request.apply === null || plan.actions.length === 0) return { plan, run: null, snapshot: null, kept: [] };
  if (migrations.length === 0) return { plan, run: null, snapshot: null, kept: await removeSources(context, plan) };
  const saved = await makeSnapshot(context, `before a migration of ${counted(migrations.length, 'file')}`, {
    lenient: true,
  });
  await writeDown(context, migrations, request.reason);
  const run = await runPending(migrations.length);
  const kept = run.error === null && !run.interrupted ? await removeSources(context, plan) : [];
  return { plan, run, snapshot: saved?.path ?? null, kept };
}

/** Makes every planned migration a pending job: new ones in one transaction, failed ones by a retry. */
async function writeDown(context: GovernContext, actions: readonly MigrateAction[], reason: string): Promise<void> {
  const { log, actor } = context;
  const requests = actions
    .filter(({ job_id }) => job_id === null)
    .map(({ path, ticker, endpoint, session_date: sessionDate }): JobRequest => {
      const target = { kind: 'migration', path: wholePath(context, path) } as const;
      const url = describeTarget(target);
      return { url, target, ticker, endpoint, sessionDate, actor, publish: true, kind: 'migration', reason };
    });
  if (requests.length > 0) await log.queue.enqueue(requests);
  for (const { job_id } of actions) {
    if (job_id !== null && (await log.jobs.story(job_id)).status === 'failed') await log.queue.retry([job_id], actor);
  }
}

/** Moves the planned sources into the trash, each only if all its rows are found among the live ones now. */
async function removeSources(context: GovernContext, plan: MigrationPlan): Promise<LeftFile[]> {
  const kept: LeftFile[] = [];
  const planned = plan.actions.filter(({ action }) => action === 'trash');
  await withEngine(context, planned.length > 0, async (engine) => {
    for (const [at, action] of planned.entries()) {
      context.onProgress('looking for the rows of old files among the live ones', at, planned.length);
      try {
        await mustBeLive(context, engine, action);
        for (const path of [action.path, action.snapshots_path]) if (path !== null) await discard(context, path);
      } catch (thrown) {
        kept.push({ path: action.path, bytes: action.bytes, reason: toGexlakeError(thrown).message });
      }
    }
  });
  return kept;
}

async function discard(context: GovernContext, path: string): Promise<void> {
  if (isStoredPath(path)) await moveToTrash(context, path);
  else await bringIntoTrash(context, wholePath(context, path), parseStoredPath(`migrated${path}`));
}

/** Compares a source with what is live now; records that its job set aside are in the quarantine. */
async function mustBeLive(context: GovernContext, engine: Database, action: MigrateAction): Promise<void> {
  const { folder, log } = context;
  const path = wholePath(context, action.path);
  const { ticker, endpoint, session_date } = action;
  const source = await recogniseSource(engine, path, { ticker, endpoint, session_date });
  const checksum = await checksumOfOld(path, source.snapshots?.path ?? null);
  const { jobs } = await log.whole.snapshot();
  const job = jobs.find((one) => one.checksum === checksum && one.kind === 'migration' && one.status === 'completed');
  const quarantine = join(folder.quarantine, `${job?.id ?? 'none'}.ndjson`);
  const files = await log.files.ofBlocks({ ticker, endpoint, sessionDates: source.dates });
  const live = files
    .filter(({ state }) => state === 'live')
    .map((file) => ({ dataset: file.dataset, path: join(folder.root, file.path) }));
  await compareWithSource(engine, source, {
    own: [],
    live,
    setAsidePath: (await exists(quarantine)) ? quarantine : null,
  });
}
