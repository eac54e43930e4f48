import { basename, dirname, join } from 'node:path';
import { toGexlakeError, type ErrorReport } from '../core/errors.ts';
import type { ImportResult } from '../core/job.ts';
import { repairUrl } from '../core/rewrites.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';
import type { ImportRequest, Remaker } from '../pipeline/pipeline.ts';
import { copyPrivate, exists, linkNew, makeFolder, makeReadOnly, moveNew, syncFolder } from '../platform/files.ts';
import { setAsideOf } from '../verify/verify.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { areRowsLive, publishedAt, type RepairAction } from './repair-plan.ts';
import { keepInTrash, moveToTrash } from '../maintenance/maintenance.ts';

/** What could not be done of a plan, and why. */
export type FailedAction = { readonly path: string; readonly error: ErrorReport };

/** Runs jobs in an importer process; without any, what dead importers left is recovered. */
export type RunJobs = (requests: readonly ImportRequest[]) => Promise<readonly ImportResult[]>;

/** Does a plan of repairing, action by action. One that fails does not keep the others from being done. */
export class Repairer {
  readonly failed: FailedAction[] = [];
  readonly #context: GovernContext;
  readonly #log: LogSnapshot;
  readonly #remaker: Remaker;
  readonly #privateFolder: string;
  readonly #runJobs: RunJobs;
  /** Published files whose sources are imported again: where they lay, and where they are in the trash. */
  readonly #trashed = new Map<string, string>();

  constructor(context: GovernContext, log: LogSnapshot, remaker: Remaker, privateFolder: string, runJobs: RunJobs) {
    this.#context = context;
    this.#log = log;
    this.#remaker = remaker;
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
  async #prepare(actions: readonly RepairAction[]): Promise<Map<RepairAction, string>> {
    const ready = new Map<RepairAction, string>();
    for (const [at, action] of actions.entries()) {
      const found = await this.#find(action).catch(() => null);
      if (found === null) continue;
      const copy = join(this.#privateFolder, `ready_${at}`);
      await copyPrivate('repair:copy', found, copy);
      ready.set(action, copy);
    }
    return ready;
  }

  async #find({ action, path, job_id }: RepairAction): Promise<string | null> {
    const job = this.#log.jobs.find(({ id }) => id === job_id);
    const file = action === 'put back superseded' ? publishedAt(this.#log, path) : null;
    if (file !== null) return this.#remaker.copyOf(file);
    if (job === undefined) return null;
    if (action === 'put back source') return this.#remaker.sourceAt(job, path);
    return action === 'put back quarantine' ? this.#remaker.setAsideBy(job, setAsideOf(this.#log, job)) : null;
  }

  async #do(action: RepairAction, ready: string | undefined): Promise<void> {
    const { folder, clock } = this.#context;
    const path = join(folder.root, action.path);
    switch (action.action) {
      case 'recover':
        return;
      case 'make read-only':
        // A file that is to be replaced was not looked at for its mode.
        if (await exists(path)) await makeReadOnly('repair:read-only', path);
        return;
      case 'put back live':
        await this.#putBackLive(action);
        return;
      case 'trash':
        if (await exists(path)) await moveToTrash(folder, action.path, clock.now_ms());
        return;
      case 'trash republished':
        if (await exists(path)) this.#trashed.set(action.path, await moveToTrash(folder, action.path, clock.now_ms()));
        return;
      case 'import':
        await this.#adopt(action);
        return;
      default:
        if (ready !== undefined) await this.#putBack(action, ready);
    }
  }

  /** Puts a private copy in the place of a file that is not under `parquet/`; what is there now goes to the trash. */
  async #putBack(action: RepairAction, ready: string): Promise<void> {
    const { folder, clock, log, actor } = this.#context;
    const path = join(folder.root, action.path);
    if (await exists(path)) await moveToTrash(folder, action.path, clock.now_ms());
    await makeFolder('repair:folder', dirname(path));
    // A crash right here leaves no file; the next repair puts it back.
    await linkNew('repair:link', ready, path);
    await syncFolder('repair:sync-folder', dirname(path));
    if (action.job_id !== null)
      await log.jobs.remark(action.job_id, actor, {
        event: 'repaired',
        detail: `${action.path} was put back: ${action.reason}`,
      });
  }

  /** Has a job put a live file back; the damaged one is kept in the trash. */
  async #putBackLive({ path, reason }: RepairAction): Promise<void> {
    const { folder, clock } = this.#context;
    if (await exists(join(folder.root, path))) await keepInTrash(folder, path, clock.now_ms());
    const change = { kind: 'rewrite', reason } as const;
    await this.#run([{ source: repairUrl(path), publish: true, change }]);
  }

  /** Imports a source that lies in `source/` as no job has staged it; the file itself goes to the trash, under its own name. */
  async #adopt({ path }: RepairAction): Promise<void> {
    const { folder, clock } = this.#context;
    if (!(await exists(join(folder.root, path)))) return;
    const moved = await moveToTrash(folder, path, clock.now_ms());
    const trashed = join(folder.root, moved);
    const named = join(this.#privateFolder, basename(path));
    const hasItsName = basename(moved) === basename(path);
    // Where the trash had to change the name, which says what the source is.
    if (!hasItsName) await linkNew('repair:link', trashed, named);
    const source = hasItsName ? trashed : named;
    await this.#run([{ source, publish: true }]);
  }

  /** Takes a published file out of the trash again where an import has not brought its rows. */
  async #putBackUnlessLive(path: string, trashed: string): Promise<void> {
    const { folder, log } = this.#context;
    if (await areRowsLive(this.#context, await log.whole.snapshot(), path, trashed)) return;
    await moveNew('trash:move', join(folder.root, trashed), join(folder.root, path));
    await syncFolder('trash:sync-folder', dirname(join(folder.root, path)));
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
