import { dirname, join } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import { GexlakeError } from '../core/errors.ts';
import type { ArchivedSource, ParquetFile } from '../core/job.ts';
import { makePlan, type Plan } from '../core/plan.ts';
import { parseStoredPath } from '../core/stored-path.ts';
import type { KeptSource } from '../joblog/joblog.ts';
import { exists, sizeOf } from '../platform/files.ts';
import { contentOfPacked, unstage } from '../staging/staging.ts';
import { archiveSource, noteArchived } from './archive-source.ts';
import { mustTellAges } from '../maintenance/maintenance.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { whyParquetFails, whySourceFails } from './movable.ts';
import { namedSources } from '../maintenance/maintenance.ts';
import { discardFromInbox, inboxDue } from './inbox.ts';
import { withPrivateFolder } from '../maintenance/maintenance.ts';
import {
  adoptAction,
  archiveAction,
  archivePathOf,
  archivePathsOf,
  emptyAction,
  findDue,
  trashAction,
  unstageAction,
  type Due,
  type PruneAction,
} from './retention-plan.ts';
import { runPlan, type Ask, type PlanReport } from '../maintenance/maintenance.ts';
import { whySetAsideIsLost } from './set-aside-kept.ts';
import { emptyTrash, isTrashDue, listTrash, moveToTrash } from '../maintenance/maintenance.ts';

/** A source that is old enough to be moved and stays all the same. */
type Kept = { readonly path: string; readonly job_id: string; readonly reason: string };

export type PruneReport = PlanReport<PruneAction> & {
  readonly kept: readonly Kept[];
  /** Live files that cannot be made again, nor compared with what was received, once the plan is done: their raw JSON goes. */
  readonly files_without_proof: number;
};

/** Plans or does what retention asks for now. */
export async function prune(context: GovernContext, ask: Ask): Promise<PruneReport> {
  await mustTellAges(context, { asked: true, named: !ask.apply || ask.expected !== null });
  const plan = await planPrune(context);
  const { kept, files_without_proof } = plan;
  return { ...(await runPlan(plan, ask, () => applyPrune(context, plan))), kept, files_without_proof };
}

/** Archives staged sources at once, by their paths relative to the data folder. */
export async function archiveNow(context: GovernContext, paths: readonly string[]): Promise<PruneReport> {
  const plan = await planArchive(context, paths);
  const ask = { apply: true, expected: null };
  return { ...(await runPlan(plan, ask, () => applyPrune(context, plan))), kept: [], files_without_proof: 0 };
}

type PrunePlan = Plan<PruneAction> &
  Omit<PruneReport, keyof PlanReport<PruneAction>> & { readonly sources: readonly KeptSource[] };

/**
 * What retention would do now: nothing is changed. Each source that is due is read and compared with the log, and so are the Parquet
 * files of its job. At most `most` sources are moved, oldest first; those that stay do not count, for they must not keep others from it.
 */
export async function planPrune(context: GovernContext, most = Number.MAX_SAFE_INTEGER): Promise<PrunePlan> {
  const { store, log, clock, staged_days, raw_days } = context;
  const now_ms = clock.now_ms();
  const { sources, archived } = await log.sources.kept();
  const due = findDue(sources, archived, { staged_days, raw_days, now_ms });
  const plan = new PlanMaker(context, { archived, purged: await purgedPaths(context) });
  await plan.finishInterrupted(sources);
  for (const source of sources) await plan.adopt(source);
  const files = await log.files.ofJobs(due.map(({ source }) => source.job_id));
  let moved = 0;
  for (const one of due) {
    if (moved === most) break;
    if (await plan.addDue(one, files)) moved++;
  }
  plan.actions.push(...(await inboxDue(context, now_ms)));
  for (const { day, path, size_bytes, files: count } of await listTrash(store))
    if (isTrashDue(day, now_ms)) plan.actions.push(emptyAction(path, size_bytes, count));
  return {
    ...makePlan(plan.actions),
    kept: plan.kept,
    files_without_proof: await countWithoutProof(context, { actions: plan.actions, sources, files }),
    sources,
  };
}

/** What a plan does, and the sources and the files of the jobs that it is about. */
type Affected = {
  readonly actions: readonly PruneAction[];
  readonly sources: readonly KeptSource[];
  readonly files: readonly ParquetFile[];
};

/** Counts the live files that name a source which a plan sends to the trash. They lie in the folders into which its job has published. */
async function countWithoutProof(
  { folder, log }: GovernContext,
  { actions, sources, files }: Affected,
): Promise<number> {
  const gone = new Set(actions.filter(({ action }) => action === 'trash').map(({ job_id }) => job_id));
  if (gone.size === 0) return 0;
  const checksums = new Set(sources.filter(({ job_id }) => gone.has(job_id)).map(({ checksum }) => checksum));
  const folders = new Set(files.filter(({ job_id }) => gone.has(job_id)).map(({ path }) => dirname(path)));
  let count = 0;
  for (const { path } of await log.files.live()) {
    if (!folders.has(dirname(path)) || !(await exists(join(folder.root, path)))) continue;
    const named = await namedSources(join(folder.root, path));
    if (named?.some((checksum) => checksums.has(checksum)) === true) count++;
  }
  return count;
}

/** Sources that have left `source/`, and where files lay that were purged: nobody misses them. */
type Known = { readonly archived: readonly ArchivedSource[]; readonly purged: ReadonlySet<string> };

async function purgedPaths({ log }: GovernContext): Promise<ReadonlySet<string>> {
  return new Set((await log.purges.all()).map(({ path }) => path));
}

class PlanMaker {
  readonly actions: PruneAction[] = [];
  readonly kept: Kept[] = [];
  readonly #context: GovernContext;
  readonly #archived: readonly ArchivedSource[];
  readonly #purged: ReadonlySet<string>;
  readonly #taken: Set<string>;
  readonly #adopted = new Set<string>();

  constructor(context: GovernContext, { archived, purged }: Known) {
    this.#context = context;
    this.#archived = archived;
    this.#purged = purged;
    this.#taken = new Set(archived.map((row) => row.archive_path));
  }

  /** Passes that were killed between the log and the file: sources in both places, and removed ones that still are in the archive. */
  async finishInterrupted(sources: readonly KeptSource[]): Promise<void> {
    const { root } = this.#context.folder;
    const byJob = new Map(sources.map((source) => [source.job_id, source]));
    for (const row of this.#archived) {
      const source = byJob.get(row.job_id);
      if (source === undefined) continue;
      const staged = join(root, row.staged_path);
      if (row.state === 'archived' && (await exists(staged))) await this.#unstage(source, row, await sizeOf(staged));
      const packed = join(root, row.archive_path);
      if (row.state === 'removed' && (await exists(packed))) await this.#trash(source, row.archive_path, packed);
    }
  }

  async #trash(source: KeptSource, path: string, packed: string): Promise<void> {
    const lost = await whySetAsideIsLost(this.#context, source, path);
    const { raw_days } = this.#context;
    if (lost === null) this.actions.push(trashAction(source, { path, bytes: await sizeOf(packed), raw_days }));
    else this.#keep(source, path, lost);
  }

  async #unstage(source: KeptSource, row: ArchivedSource, bytes: number): Promise<void> {
    const packed = await contentOfPacked(join(this.#context.folder.root, row.archive_path)).catch(unlessDefect(null));
    const wrong =
      packed?.checksum === row.checksum
        ? await whySourceFails(this.#context.store, source)
        : `is in ${row.archive_path} too, but that does not unpack to it`;
    if (wrong === null) this.actions.push(unstageAction(row, bytes));
    else this.#keep(source, row.staged_path, wrong);
  }

  /** A source without a row that is not staged any more, but in the archive under a name of its own. */
  async adopt(source: KeptSource): Promise<void> {
    const { root } = this.#context.folder;
    if (this.#archived.some((row) => row.job_id === source.job_id)) return;
    if (await exists(join(root, source.staged_path))) return;
    for (const path of archivePathsOf(source)) {
      if (this.#taken.has(path) || !(await exists(join(root, path)))) continue;
      const content = await contentOfPacked(join(root, path)).catch(unlessDefect(null));
      if (content?.checksum !== source.checksum) continue;
      this.#taken.add(path);
      this.#adopted.add(source.job_id);
      this.actions.push(adoptAction(source, path, await sizeOf(join(root, path))));
      return;
    }
  }

  /** Adds what is to be done about a source that is old enough; false where nothing may be, and the reason is among those kept. */
  async addDue({ source, archived, archive, trash }: Due, files: readonly ParquetFile[]): Promise<boolean> {
    const { folder, store, staged_days, raw_days } = this.#context;
    if (this.#adopted.has(source.job_id)) return false;
    const own = files.filter((file) => file.job_id === source.job_id);
    const path = archived?.archive_path ?? source.staged_path;
    const wrong =
      (await whyParquetFails(store, own, this.#purged)) ?? (archive ? await whySourceFails(store, source) : null);
    if (wrong !== null) {
      this.#keep(source, path, wrong);
      return false;
    }
    const lost = trash ? await whySetAsideIsLost(this.#context, source, path) : null;
    if (lost !== null) this.#keep(source, path, lost);
    if (lost !== null && !archive) return false;
    const bytes = await sizeOf(join(folder.root, path));
    const target = archived?.archive_path ?? archivePathOf(source, this.#taken);
    this.#taken.add(target);
    const why = `staged ${source.staged_at.slice(0, 10)}, ${staged_days} days ago or more`;
    if (archive) this.actions.push(archiveAction(source, { bytes, target, why }));
    if (trash && lost === null) this.actions.push(trashAction(source, { path: target, bytes, raw_days }));
    return true;
  }

  /** Adds a source that somebody names, whatever its age. @throws SOURCE_KEPT */
  async addNamed(source: KeptSource, files: readonly ParquetFile[]): Promise<void> {
    const { folder, store } = this.#context;
    const wrong = (await whyParquetFails(store, files, this.#purged)) ?? (await whySourceFails(store, source));
    if (wrong !== null) throw sourceKept(source.staged_path, wrong, source.job_id);
    const target = archivePathOf(source, this.#taken);
    this.#taken.add(target);
    const bytes = await sizeOf(join(folder.root, source.staged_path));
    this.actions.push(archiveAction(source, { bytes, target, why: 'asked for by name' }));
  }

  #keep({ job_id }: KeptSource, path: string, wrong: string): void {
    this.kept.push({ path, job_id, reason: wrong });
  }
}

/**
 * A plan that archives the named staged sources, whatever their age. Those that are in the archive already are left out.
 * @throws SOURCE_KEPT where one of them may not be moved
 */
async function planArchive(context: GovernContext, paths: readonly string[]): Promise<PrunePlan> {
  const { log } = context;
  const { sources, archived } = await log.sources.kept();
  const plan = new PlanMaker(context, { archived, purged: await purgedPaths(context) });
  for (const path of new Set(paths)) {
    const source = sources.find(({ staged_path }) => staged_path === path);
    if (source === undefined) throw sourceKept(path, 'is not the staged source of a completed job', null);
    const row = archived.find(({ job_id }) => job_id === source.job_id);
    if (row === undefined) await plan.addNamed(source, await log.files.ofJobs([source.job_id]));
  }
  return { ...makePlan(plan.actions), kept: [], files_without_proof: 0, sources };
}

function sourceKept(path: string, wrong: string, jobId: string | null): GexlakeError {
  return new GexlakeError('SOURCE_KEPT', `not archived: ${path} ${wrong}`, {
    details: { path, ...(jobId === null ? {} : { jobId }) },
    hint: 'Only the source of a completed job is moved, and only if its Parquet is as the log says. `gexlake jobs` lists the jobs, `gexlake verify` says what is wrong.',
  });
}

/** Does a plan, one action after the other, each looking again at what it acts on. `stop` ends it between two. */
export async function applyPrune(context: GovernContext, plan: PrunePlan, stop?: AbortSignal): Promise<void> {
  // Even where there is nothing to do, what a killed process has left goes.
  if (plan.actions.length === 0 && !(await exists(context.folder.maintenance))) return;
  const byJob = new Map(plan.sources.map((source) => [source.job_id, source]));
  await withPrivateFolder(context, async (privateFolder) => {
    for (const [at, action] of plan.actions.entries()) {
      if (stop?.aborted === true) return;
      context.onProgress(action.action, at, plan.actions.length);
      await doAction(context, action, { source: byJob.get(action.job_id ?? ''), privateFolder });
    }
  });
}

async function doAction(
  context: GovernContext,
  action: PruneAction,
  { source, privateFolder }: { readonly source: KeptSource | undefined; readonly privateFolder: string },
): Promise<void> {
  const { folder, store, log, actor } = context;
  const path = parseStoredPath(action.path);
  if (action.action === 'empty trash') await emptyTrash(store, path, privateFolder);
  else if (action.action === 'discard') await discardFromInbox(context, path);
  else if (source === undefined || (await store.stat(path)) === null) return;
  else if (action.action === 'archive')
    await archiveSource(context, { source, target: action.target ?? '', privateFolder });
  else if (action.action === 'adopt') {
    const { size_bytes } = await contentOfPacked(join(folder.root, path));
    await noteArchived(context, { ...source, size_bytes }, path);
  } else if (action.action === 'unstage') await unstage(store, path, privateFolder);
  else if ((await whySetAsideIsLost(context, source, path)) === null) {
    // A crash behind the first leaves a file that the log calls removed; the next pass moves it.
    await log.sources.recordRemoved(source.job_id, actor, action.reason);
    await moveToTrash(context, path);
  }
}
