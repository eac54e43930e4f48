import { join } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import { toGexlakeError, type ErrorReport } from '../core/errors.ts';
import type { ImportResult } from '../core/job.ts';
import { describeTarget } from '../core/job-target.ts';
import { nameIn, parseStoredPath, type StoredPath } from '../core/stored-path.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';
import type { ImportRequest, Rebuilder } from '../pipeline/pipeline.ts';
import { copyPrivate, makeReadOnly } from '../platform/work-files.ts';
import { setAsideOf } from '../verify/verify.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { areRowsLive, publishedAt, type RepairAction } from './repair-plan.ts';
import { keepInTrash, moveToTrash } from '../maintenance/maintenance.ts';
import { localFile, type LocalFile } from '../store/store.ts';

/** What could not be done of a plan, and why. */
export type FailedAction = { readonly path: string; readonly error: ErrorReport };

/** Runs jobs in an importer process; without any, what dead importers left is recovered. */
export type RunJobs = (requests: readonly ImportRequest[]) => Promise<readonly ImportResult[]>;

/** What a plan is done with. `privateFolder` takes what is prepared. */
type Repairing = {
  readonly context: GovernContext;
  readonly log: LogSnapshot;
  readonly rebuilder: Rebuilder;
  readonly privateFolder: string;
  readonly runJobs: RunJobs;
};

/** Does a plan of repairing, action by action. One that fails does not keep the others from being done. */
export class Repairer {
  readonly failed: FailedAction[] = [];
  readonly #context: GovernContext;
  readonly #log: LogSnapshot;
  readonly #rebuilder: Rebuilder;
  readonly #privateFolder: string;
  readonly #runJobs: RunJobs;
  /** Published files whose sources are imported again: where they lay, and where they are in the trash. */
  readonly #trashed = new Map<StoredPath, StoredPath>();

  constructor({ context, log, rebuilder, privateFolder, runJobs }: Repairing) {
    this.#context = context;
    this.#log = log;
    this.#rebuilder = rebuilder;
    this.#privateFolder = privateFolder;
    this.#runJobs = runJobs;
  }

  async apply(actions: readonly RepairAction[]): Promise<void> {
    const ready = await this.#prepare(actions);
    if (actions.some(({ action }) => action === 'recover')) await this.#try(actions[0], () => this.#run([]));
    for (const [at, action] of actions.entries()) {
      this.#context.onProgress(action.action, at, actions.length);
      await this.#try(action, () => this.#do(action, ready.get(action)));
    }
    for (const [path, trashed] of this.#trashed)
      await this.#try({ path }, () => this.#putBackUnlessLive(path, trashed));
  }

  /** Gets all bytes that are to be put back, before the first file moves: one may be the source of another. */
  async #prepare(actions: readonly RepairAction[]): Promise<Map<RepairAction, LocalFile>> {
    const ready = new Map<RepairAction, LocalFile>();
    for (const [at, action] of actions.entries()) {
      const found = await this.#find(action).catch(unlessDefect(null));
      if (found === null) continue;
      const copy = join(this.#privateFolder, `ready_${at}`);
      await copyPrivate('repair:copy', found, copy);
      ready.set(action, await localFile(copy));
    }
    return ready;
  }

  async #find({ action, path, job_id }: RepairAction): Promise<string | null> {
    const job = this.#log.jobs.find(({ id }) => id === job_id);
    const file = action === 'put back superseded' ? publishedAt(this.#log, path) : null;
    if (file !== null) return this.#rebuilder.copyOf(file);
    if (job === undefined) return null;
    if (action === 'put back source') return this.#rebuilder.sourceAt(job, path);
    return action === 'put back quarantine' ? this.#rebuilder.setAsideBy(job, setAsideOf(this.#log, job)) : null;
  }

  async #do(action: RepairAction, ready: LocalFile | undefined): Promise<void> {
    // It is about jobs, and not about a file.
    if (action.action === 'recover') return;
    const path = parseStoredPath(action.path);
    switch (action.action) {
      case 'make read-only':
        // A file that is to be replaced was not looked at for its mode.
        if (await this.#isThere(path)) await makeReadOnly('repair:read-only', this.#whole(path));
        return;
      case 'put back live':
        await this.#putBackLive(path, action.reason);
        return;
      case 'trash':
        if (await this.#isThere(path)) await moveToTrash(this.#context, path);
        return;
      case 'trash republished':
        if (await this.#isThere(path)) this.#trashed.set(path, await moveToTrash(this.#context, path));
        return;
      case 'import':
        await this.#adopt(path);
        return;
      default:
        if (ready !== undefined) await this.#putBack(action, path, ready);
    }
  }

  async #isThere(path: StoredPath): Promise<boolean> {
    return (await this.#context.store.stat(path)) !== null;
  }

  /** The absolute path. */
  #whole(path: StoredPath): string {
    return join(this.#context.folder.root, path);
  }

  /** Puts a private copy in the place of a file that is not under `parquet/`; what is there now goes to the trash. */
  async #putBack(action: RepairAction, path: StoredPath, ready: LocalFile): Promise<void> {
    const { store, log, actor } = this.#context;
    // A crash right behind this leaves no file; the next repair puts it back.
    if (await this.#isThere(path)) await moveToTrash(this.#context, path);
    await store.put([{ path, local: ready, when: { ifAbsent: true } }], { purpose: 'repair' });
    if (action.job_id !== null)
      await log.jobs.remark(action.job_id, actor, {
        event: 'repaired',
        detail: `${path} was put back: ${action.reason}`,
        data: { path },
      });
  }

  /** Has a job put a live file back; the damaged one is kept in the trash. */
  async #putBackLive(path: StoredPath, reason: string): Promise<void> {
    if (await this.#isThere(path)) await keepInTrash(this.#context, path, join(this.#privateFolder, 'damaged'));
    const target = { kind: 'reparation', path } as const;
    const change = { kind: 'rewrite', reason, target } as const;
    await this.#run([{ source: describeTarget(target), publish: true, change }]);
  }

  /** Imports a source that is staged as no job has staged it; the file itself goes to the trash, under its own name. */
  async #adopt(path: StoredPath): Promise<void> {
    if (!(await this.#isThere(path))) return;
    const moved = await moveToTrash(this.#context, path);
    const named = join(this.#privateFolder, nameIn(path));
    const hasItsName = nameIn(moved) === nameIn(path);
    // Where the trash had to change the name, which says what the source is.
    if (!hasItsName) await this.#context.store.get(moved, named, { purpose: 'repair' });
    await this.#run([{ source: hasItsName ? this.#whole(moved) : named, publish: true }]);
  }

  /** Takes a published file out of the trash again where an import has not brought its rows. */
  async #putBackUnlessLive(path: StoredPath, trashed: StoredPath): Promise<void> {
    const { log, store } = this.#context;
    if (await areRowsLive(this.#context, await log.whole.snapshot(), { path, at: trashed })) return;
    await store.move(trashed, path, { purpose: 'trash' });
  }

  async #run(requests: readonly ImportRequest[]): Promise<void> {
    const results = await this.#runJobs(requests);
    for (const { error, parquet_files, staged_path } of results) {
      if (error !== null)
        this.failed.push({ path: parquet_files[0] ?? staged_path ?? requests[0]?.source ?? '', error });
    }
  }

  async #try(action: { readonly path: string } | undefined, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (thrown) {
      this.failed.push({ path: action?.path ?? '.', error: toGexlakeError(thrown).report() });
    }
  }
}
