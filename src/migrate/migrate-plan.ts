import { join } from 'node:path';
import { layoutVersion } from '../core/data-folder.ts';
import { toGexlakeError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { formatCanonicalFolder } from '../core/canonical-path.ts';
import { makePlan, type Plan, type PlannedAction } from '../core/plan.ts';
import { inMemory, withDatabase, type Database } from '../db/db.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';
import { describeSource, heldColumns, recogniseSource, snapshotsBeside, type OldSource } from '../legacy/legacy.ts';
import { checksumOfOld, purgedSessionOf } from '../pipeline/pipeline.ts';
import { exists, kindOf, sizeOf } from '../platform/files.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { hasCanonicalName, listCandidates, shownPath } from './old-files.ts';
import { withPlanningFolder } from '../maintenance/maintenance.ts';

/** `migrate` a file of an old layout, or move one whose rows are live into the `trash`. */
export type MigrateAction = PlannedAction & {
  readonly action: 'migrate' | 'trash';
  /** SHA-256 of the file, or of its sum and that of the snapshots beside it. */
  readonly checksum: string;
  /** The file of snapshots that goes with it. */
  readonly snapshots_path: string | null;
  readonly ticker: string;
  readonly endpoint: string;
  readonly session_date: string | null;
  /** The canonical folders that its rows go to. */
  readonly targets: readonly string[];
  /** A job of an earlier run that is taken up again. */
  readonly job_id: string | null;
};

/** A Parquet file that is not touched, and why. */
export type LeftFile = { readonly path: string; readonly bytes: number; readonly reason: string };

export type MigrationPlan = Plan<MigrateAction> & {
  readonly left: readonly LeftFile[];
  /** Files that an earlier run has migrated and that are still there. */
  readonly done: number;
  /** Files that are no Parquet: nothing is said about them. */
  readonly others: number;
  /** The layout that the data folder says it has, and the newest that this version knows. */
  readonly layout: { readonly found: number; readonly known: number };
};

/**
 * Plans the migration of all files of old layouts below a folder: reads them whole, changes nothing. With `removeSources`, what has
 * been migrated is moved into the trash.
 */
export async function planMigration(
  context: GovernContext,
  folder: string,
  removeSources: boolean,
): Promise<MigrationPlan> {
  const { folder: data, log, onProgress } = context;
  // Listed before the log is read: what an import publishes meanwhile is then in the log, too.
  const candidates = await listCandidates(data, folder);
  const known = await log.whole.snapshot();
  const published = new Set<string>(known.files.map(({ path }) => path));
  const paths = candidates.paths.filter((path) => !published.has(shownPath(data, path)));
  const found: Looked[] = [];
  const beside = new Set(paths.map(snapshotsBeside));
  const mains = paths.filter((path) => !beside.has(path));
  await withEngine(context, paths.length > 0, async (engine) => {
    for (const [at, path] of mains.entries()) {
      onProgress('looking at old files', at, mains.length);
      found.push(await look(context, engine, { path, below: folder }, known));
    }
  });
  // The same session may lie in several layouts: the one that says most first, so that the others bring nothing new.
  found.sort((left, right) => heldBy(right) - heldBy(left));
  const actions = found.flatMap((one) => actionsOf(one, removeSources));
  return {
    ...makePlan(actions),
    left: found.flatMap((one) => (one.kind === 'left' ? [one.left] : [])),
    done: found.filter((one) => one.kind === 'done').length,
    others: candidates.others,
    layout: { found: await log.whole.folderLayout(), known: layoutVersion },
  };
}

type Looked =
  | { readonly kind: 'left'; readonly left: LeftFile }
  /** `held`: how many columns it has something for. */
  | { readonly kind: 'done' | 'new'; readonly action: MigrateAction; readonly held: number };

function heldBy(looked: Looked): number {
  return looked.kind === 'left' ? 0 : looked.held;
}

function actionsOf(looked: Looked, removeSources: boolean): MigrateAction[] {
  if (looked.kind === 'left') return [];
  const { action } = looked;
  const reason = 'once all its rows are found to be live; it can be moved back for 7 days';
  const trash = { ...action, action: 'trash', reversible: true, reason } as const;
  return [...(looked.kind === 'new' ? [action] : []), ...(removeSources ? [trash] : [])];
}

async function look(
  context: GovernContext,
  engine: Database,
  { path, below }: { readonly path: string; readonly below: string },
  log: LogSnapshot,
): Promise<Looked> {
  const { folder: data } = context;
  const bytes = await sizeOf(path);
  const isFile = (await kindOf(path)) === 'file';
  const migrations = log.jobs.filter((job) => job.kind === 'migration');
  const left = (reason: string): Looked => ({ kind: 'left', left: { path: shownPath(data, path), bytes, reason } });
  // The engine would wait for whatever comes out of a pipe.
  if (!isFile) return left('it is no regular file');
  if (hasCanonicalName(data, path))
    return left(
      'it has a name of canonical files and no job has published it; move it out of parquet/ and migrate it from there',
    );
  try {
    const ofPath = migrations.filter((job) => job.target?.kind === 'migration' && job.target.path === path);
    const source = await recogniseSource(
      engine,
      path,
      ofPath.findLast((job) => job.status !== 'cancelled') ?? { below },
    );
    const gone = log.purged.length === 0 ? null : await purgedSessionOf(context.log.purges, source);
    if (gone !== null) return left(`${gone} was purged; gexlake import … --again brings it back from its source`);
    const checksum = await checksumOfOld(path, source.snapshots?.path ?? null);
    const isDone = migrations.some((job) => job.checksum === checksum && isSameBlock(job, source) && isLive(log, job));
    const open = ofPath.findLast((job) => ['pending', 'started', 'failed'].includes(job.status)) ?? null;
    const { snapshots, strikes } = heldColumns(source);
    const held = snapshots.length + (strikes?.length ?? 0);
    const action = await actionOf(context, source, bytes, checksum, open);
    return { kind: isDone ? 'done' : 'new', action, held };
  } catch (thrown) {
    const error = toGexlakeError(thrown);
    if (error.code !== 'OLD_LAYOUT_UNKNOWN' && error.code !== 'OLD_FILE_DAMAGED') throw error;
    return left(error.message.startsWith(path) ? error.message.slice(path.length + 1) : error.message);
  }
}

/** Whether a job was about what a file is taken for now. */
function isSameBlock(job: Job, { ticker, endpoint, sessionDate }: OldSource): boolean {
  const isSameSession = job.session_date === null || sessionDate === null || job.session_date === sessionDate;
  return job.ticker === ticker && job.endpoint === endpoint.name && isSameSession;
}

/** Whether what a job has brought, or found to be there, was not withdrawn since. */
function isLive({ jobs, files }: LogSnapshot, job: Job): boolean {
  if (job.status !== 'completed' && job.status !== 'skipped') return false;
  const withdrawals = new Set(jobs.flatMap(({ id, target }) => (target?.kind === 'withdrawal' ? id : [])));
  const live = new Set(files.filter(({ state }) => state === 'live').map(({ checksum }) => checksum));
  const own = files.filter((file) => file.job_id === (job.skipped_as ?? job.id));
  return !own.some((file) => withdrawals.has(file.superseded_by ?? '') && !live.has(file.checksum));
}

async function actionOf(
  { folder: data }: GovernContext,
  source: OldSource,
  bytes: number,
  checksum: string,
  open: Job | null,
): Promise<MigrateAction> {
  const { main, snapshots, ticker, endpoint, sessionDate, dates } = source;
  const sessions = sessionDate === null ? dates : [sessionDate];
  const foreign = sessionDate === null ? [] : dates.filter((date) => date !== sessionDate);
  const aside = foreign.length === 0 ? '' : `; set aside: what is of ${foreign.join(', ')}`;
  const again = open === null ? '' : `; job ${open.id} is ${open.status} and is taken up again`;
  return {
    action: 'migrate',
    path: shownPath(data, main.path),
    bytes: bytes + (snapshots === null ? 0 : await sizeOf(snapshots.path)),
    rows: main.rows + (snapshots?.rows ?? 0),
    reversible: false,
    reason: `${ticker} ${endpoint.name} ${spanOf(sessions)}: ${describeSource(source)}${aside}${again}`,
    checksum,
    snapshots_path: snapshots === null ? null : shownPath(data, snapshots.path),
    ticker,
    endpoint: endpoint.name,
    session_date: sessionDate,
    targets: [
      ...new Set(
        sessions.map((date) => formatCanonicalFolder({ month: date.slice(0, 7), ticker, endpoint: endpoint.name })),
      ),
    ],
    job_id: open?.id ?? null,
  };
}

function spanOf(sessions: readonly string[]): string {
  const [first = '', ...others] = sessions;
  return others.length === 0 ? first : `${first} … ${others.at(-1)}`;
}

/** An engine in memory with room on disk for what does not fit. */
export async function withEngine(
  context: GovernContext,
  needed: boolean,
  act: (engine: Database) => Promise<void>,
): Promise<void> {
  if (!needed) return;
  // To look only, before there is a data folder, is no reason to make one.
  if (!(await exists(context.folder.root))) return withDatabase(inMemory, context.engine, act);
  await withPlanningFolder(context, false, (path) =>
    withDatabase(inMemory, { ...context.engine, spillFolder: join(path, 'spill') }, act),
  );
}

/** The absolute path of what a plan shows. */
export function wholePath({ folder }: GovernContext, shown: string): string {
  return shown.startsWith('/') ? shown : join(folder.root, shown);
}
