import { join } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import { toGexlakeError } from '../core/errors.ts';
import type { ParquetFile } from '../core/job.ts';
import { isIdentified } from '../core/names.ts';
import { makePlan, type Plan, type PlannedAction } from '../core/plan.ts';
import { parseCanonicalPath } from '../core/canonical-path.ts';
import { isIn, keptFolders } from '../core/kept-places.ts';
import { parseStoredPath, type StoredPath } from '../core/stored-path.ts';
import { inMemory, withDatabase } from '../db/db.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';
import type { Rebuilder } from '../pipeline/pipeline.ts';
import { hashFile } from '../platform/checksum.ts';
import { exists, factsOf, sizeOf } from '../platform/files.ts';
import { publishedTimestamps, urlsOf } from '../publish/publish.ts';
import { contentOfPacked } from '../staging/staging.ts';
import type { Note, Problem } from '../core/problem.ts';
import { setAsideOf } from '../verify/verify.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { namedSources } from '../maintenance/maintenance.ts';
import { mustBeWitness } from './young-log.ts';

/** What repairing does, in the order in which it does it. */
export const repairActions = [
  'recover',
  'make read-only',
  'put back source',
  'put back superseded',
  'put back live',
  'put back quarantine',
  'trash',
  'trash republished',
  'import',
] as const;

export type RepairAction = PlannedAction & {
  readonly action: (typeof repairActions)[number];
  readonly job_id: string | null;
};

/** A plan, and the problems that it leaves. */
export type RepairPlan = Plan<RepairAction> & { readonly left: readonly Problem[] };

/** What a plan is about. `strays` are files of other programs that are to go, relative to the data folder. */
type FoundWrong = {
  readonly problems: readonly Problem[];
  readonly notes: readonly Note[];
  readonly strays: readonly string[];
  /** Whether files go that the log does not know, also where they are older than it. */
  readonly trustLog: boolean;
};

const strayReason = 'left by another program, or by a process that was killed';

/** Plans what can be done about problems; each way is tried in a private folder, so that nothing is promised that cannot be kept. */
export async function planRepair(
  { context, log, rebuilder }: Omit<Planning, 'coming'>,
  { problems, notes, strays, trustLog }: FoundWrong,
): Promise<RepairPlan> {
  const actions = recoveries(notes);
  for (const path of strays)
    actions.push(
      act('trash', { path, job_id: null, bytes: await sizeOf(join(context.folder.root, path)), reason: strayReason }),
    );
  const left: Problem[] = [];
  const coming = await sourcesComing(context.folder.root, log, problems);
  for (const problem of problems) {
    const action = await actionFor({ context, log, rebuilder, coming }, problem);
    if (action === null) left.push(problem);
    else actions.push(action);
  }
  if (!trustLog) await mustBeWitness(context.folder.root, log, actions);
  actions.push(...(await staleEngine(context)));
  const place = ({ action }: RepairAction) => repairActions.indexOf(action);
  return { ...makePlan(actions.toSorted((one, other) => place(one) - place(other))), left };
}

/** What an action is planned with; `coming` are the checksums of the sources that the plan imports. */
type Planning = {
  readonly context: GovernContext;
  readonly log: LogSnapshot;
  readonly rebuilder: Rebuilder;
  readonly coming: ReadonlySet<string>;
};

async function actionFor(
  { context, log, rebuilder, coming }: Planning,
  problem: Problem,
): Promise<RepairAction | null> {
  const { root } = context.folder;
  const { path, job_id, code, message: reason } = problem;
  if (code === 'JOB_STUCK') return act('recover', { path: '.', job_id, bytes: 0, reason });
  if (path === null) return null;
  const facts = await factsOf(join(root, path));
  const bytes = facts?.size_bytes ?? 0;
  if (facts !== null && !facts.isFile) return null;
  const subject = { path, job_id, bytes, reason };
  if (code === 'FILE_MODE') return act('make read-only', subject);
  if (code === 'FILE_UNEXPLAINED')
    return unexplainedAction({ context, log, coming, path: parseStoredPath(path), bytes, reason });
  const job = log.jobs.find(({ id }) => id === job_id);
  if (code === 'SOURCE_MISSING' || code === 'SOURCE_CHECKSUM') {
    const found = job === undefined ? null : await rebuilder.sourceAt(job, path);
    return found === null ? null : act('put back source', subject);
  }
  if (code === 'QUARANTINE_MISSING' || code === 'QUARANTINE_CONTENT') {
    const found = job === undefined ? null : await rebuilder.setAsideBy(job, setAsideOf(log, job));
    return found === null ? null : act('put back quarantine', subject);
  }
  if (!damagedFile.has(code)) return null;
  const file = publishedAt(log, path);
  if (file === null || (await rebuilder.copyOf(file)) === null) return null;
  const what = file.state === 'live' ? 'put back live' : 'put back superseded';
  return { ...act(what, { ...subject, bytes: file.size_bytes }), rows: file.row_count };
}

const damagedFile = new Set(['FILE_MISSING', 'FILE_SIZE', 'FILE_CHECKSUM', 'FILE_UNREADABLE']);

/** The row of the file that belongs at a path now. */
export function publishedAt(log: LogSnapshot, path: string): ParquetFile | null {
  const rows = log.files.filter((file) => (file.state === 'superseded' ? file.archive_path : file.path) === path);
  return rows.find(({ state }) => state !== 'publishing') ?? null;
}

type UnexplainedFile = {
  readonly context: GovernContext;
  readonly log: LogSnapshot;
  readonly coming: ReadonlySet<string>;
  readonly path: StoredPath;
  readonly bytes: number;
  readonly reason: string;
};

/** The checksums of the sources that a plan imports. What was published from these before would be there twice afterwards. */
async function sourcesComing(
  root: string,
  log: LogSnapshot,
  problems: readonly Problem[],
): Promise<ReadonlySet<string>> {
  const known = new Set(log.jobs.map(({ checksum }) => checksum));
  const found = new Set<string>();
  for (const { code, path } of problems) {
    if (code !== 'FILE_UNEXPLAINED' || path === null || !isIdentified(path)) continue;
    if (isIn(keptFolders.sources, path)) found.add(await hashFile(join(root, path)));
    if (!isIn(keptFolders.archivedSources, path)) continue;
    const content = await contentOfPacked(join(root, path)).catch(unlessDefect(null));
    if (content !== null) found.add(content.checksum);
  }
  return new Set([...found].filter((checksum) => !known.has(checksum)));
}

/** A source whose name says what it is and that the log does not know becomes a job; all else that nobody explains is put away. */
async function unexplainedAction(file: UnexplainedFile): Promise<RepairAction | null> {
  const { context, log, coming, path, bytes, reason } = file;
  const { root } = context.folder;
  const subject = { path, job_id: null, bytes, reason };
  if (isIn(keptFolders.archivedSources, path)) return unexplainedArchived(file);
  // What lies there may be the only copy of its rows: of another layout, or published since a log that was put back.
  const isRows = isIn(keptFolders.parquet, path);
  if (isRows && (await areRowsLive(context, log, { path, at: path }))) return act('trash', subject);
  if (isRows)
    return (await isComing(await context.store.engineUrl(path), log, coming))
      ? act('trash republished', subject)
      : null;
  const isKnown = async () => {
    const checksum = await hashFile(join(root, path));
    return log.jobs.some((job) => job.checksum === checksum);
  };
  const isSource = isIn(keptFolders.sources, path) && isIdentified(path);
  if (!isSource || (await isKnown())) return act('trash', subject);
  return act('import', { ...subject, reason: `${reason}; its name says what it is` });
}

/**
 * A packed source in the archive that no row explains, as after the log was put back from an older snapshot. It goes only where its
 * bytes are staged, too. That of a job which the log knows is left for `gexlake prune`, which takes it in.
 */
async function unexplainedArchived(file: UnexplainedFile): Promise<RepairAction | null> {
  const { context, log, path, bytes, reason } = file;
  const { root } = context.folder;
  const subject = { path, job_id: null, bytes, reason };
  const content = await contentOfPacked(join(root, path)).catch(unlessDefect(null));
  const same = log.jobs.filter((job) => content !== null && job.checksum === content.checksum);
  if (content !== null && same.length === 0 && isIdentified(path))
    return act('import', { ...subject, reason: `${reason}; its name says what it is` });
  for (const { staged_path } of same) {
    const isStaged = staged_path !== null && (await context.store.stat(staged_path)) !== null;
    if (isStaged) return act('trash', subject);
  }
  return same.length === 0 ? act('trash', subject) : null;
}

/**
 * Whether gexlake has written a Parquet file from sources that the log has received, and every second of it is live in its block
 * without it, wherever it lies `at` now. That its sources are known does not say so: their bytes can have been read as another block, or for another session.
 */
export async function areRowsLive(
  { store, engine }: GovernContext,
  log: LogSnapshot,
  { path, at }: { readonly path: StoredPath; readonly at: StoredPath },
): Promise<boolean> {
  const known = new Set(log.jobs.map((job) => job.checksum));
  const url = await store.engineUrl(at);
  const sources = await namedSources(url);
  if (sources === null || !sources.every((checksum) => known.has(checksum))) return false;
  const place = parseCanonicalPath(path);
  const isBeside = (file: ParquetFile) =>
    file.state === 'live' && file.ticker === place?.ticker && file.endpoint === place.endpoint;
  const live = await urlsOf(log.files.filter(isBeside), store);
  return withDatabase(inMemory, engine, async (database) => {
    const own = await publishedTimestamps(database, [url]);
    return own.isSubsetOf(await publishedTimestamps(database, live));
  }).catch(unlessDefect(false));
}

/** Whether a Parquet file is made from sources that the log knows or is about to, at least one of the latter. */
async function isComing(url: string, log: LogSnapshot, coming: ReadonlySet<string>): Promise<boolean> {
  const known = new Set(log.jobs.map((job) => job.checksum));
  const sources = (await namedSources(url)) ?? [];
  return sources.some((one) => coming.has(one)) && sources.every((one) => coming.has(one) || known.has(one));
}

/** What a process that is gone has left beside its jobs. */
function recoveries(notes: readonly Note[]): RepairAction[] {
  const left = notes.filter(({ code }) => code === 'WORK_LEFT');
  return left.map(({ path, message }) => act('recover', { path: path ?? '', job_id: null, bytes: 0, reason: message }));
}

/** An engine that cannot be opened holds nothing canonical, and the next import makes a new one. */
async function staleEngine({ folder, engine }: GovernContext): Promise<RepairAction[]> {
  if (!(await exists(folder.engine))) return [];
  try {
    await withDatabase(folder.engine, { ...engine, lockWait_ms: 0, readOnly: true }, async () => undefined);
    return [];
  } catch (thrown) {
    const error = toGexlakeError(thrown);
    if (error.code !== 'DATABASE_DAMAGED') return [];
    const names = ['gex_data.db', 'gex_data.db.wal'];
    const facts = await Promise.all(names.map((name) => factsOf(join(folder.root, name))));
    return names.flatMap((name, at) => {
      const found = facts[at];
      if (found == null) return [];
      const reason = 'the engine cannot be opened';
      return [act('trash', { path: name, job_id: null, bytes: found.size_bytes, reason })];
    });
  }
}

/** What an action is about, and why it is done. */
type Subject = Pick<RepairAction, 'path' | 'job_id' | 'bytes' | 'reason'>;

function act(action: RepairAction['action'], { path, job_id, bytes, reason }: Subject): RepairAction {
  return { action, path, job_id, bytes, rows: null, reversible: true, reason };
}
