import { join } from 'node:path';
import { toGexlakeError } from '../core/errors.ts';
import { readText } from '../platform/files.ts';
import { writeNote } from '../platform/work-files.ts';
import { mustTellAges } from '../maintenance/maintenance.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { withPrivateFolder } from '../maintenance/maintenance.ts';
import { applyPrune, planPrune } from './prune.ts';

/** What a pass that runs by itself is called in the log. */
const task = 'prune';

/**
 * Runs retention by itself after imports: at most once an hour over all processes, and never failing an import. The log
 * holds the times; a small file has the last one too, so that an import which is soon after another need not open the log for it.
 */
export class Pruner {
  readonly #context: GovernContext;
  readonly #onWarning: (message: string) => void;
  readonly #stop: AbortSignal;
  #running: Promise<void> | null = null;

  constructor(context: GovernContext, onWarning: (message: string) => void, stop: AbortSignal) {
    this.#context = context;
    this.#onWarning = onWarning;
    this.#stop = stop;
  }

  /** Begins a pass where it is time for one and none is on its way. */
  poke(): void {
    this.#running ??= this.#pass()
      .catch((thrown: unknown) => {
        const { message, code } = toGexlakeError(thrown);
        this.#onWarning(`retention failed: ${message} [${code}]; \`gexlake prune\` shows what there is to do`);
      })
      .finally(() => (this.#running = null));
  }

  /** Waits for the pass that is on its way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #pass(): Promise<void> {
    const { log, limits, actor } = this.#context;
    if (this.#stop.aborted || !(await this.#mayBeDue())) return;
    const begun = await log.sources.beginTask(task, limits.prune_interval_ms, actor);
    await this.#remember();
    if (!begun) return;
    await mustTellAges(this.#context, { asked: false, named: false });
    await applyPrune(this.#context, await planPrune(this.#context, limits.prune_sources), this.#stop);
  }

  get #memory(): string {
    return join(this.#context.folder.maintenance, 'pruned_at');
  }

  async #mayBeDue(): Promise<boolean> {
    const { clock, limits, log } = this.#context;
    if (!(await log.whole.isThere())) return false;
    const since_ms = clock.now_ms() - Date.parse((await readText(this.#memory)) ?? '');
    return !(since_ms >= 0 && since_ms < limits.prune_interval_ms);
  }

  async #remember(): Promise<void> {
    await withPrivateFolder(this.#context, async (privateFolder) => {
      const now = new Date(this.#context.clock.now_ms()).toISOString();
      await writeNote('govern:write', this.#memory, now, privateFolder);
    });
  }
}
