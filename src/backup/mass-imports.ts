import type { MassGate } from '../pipeline/pipeline.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { snapshotBeforeMany } from './snapshot.ts';

/** The snapshots before the mass imports of one run: one for each batch of jobs, and not more often than its limit says. */
export class MassImports {
  readonly #context: GovernContext;
  readonly #onWarning: (message: string) => void;
  /** When the last one was begun: by the calendar, and by a clock that nobody sets. */
  #made: { readonly at: string; readonly monotonic_ms: number } | null = null;
  #making: Promise<void> | null = null;

  constructor(context: GovernContext, onWarning: (message: string) => void) {
    this.#context = context;
    this.#onWarning = onWarning;
  }

  /**
   * Makes a snapshot where so many jobs are a mass import and the last one is not too new, and says when to ask again. Importers that
   * ask at one time wait for the same one; one that has counted from before it is told of it only.
   */
  async before(jobs: number, since: string | null): Promise<MassGate> {
    const { limits } = this.#context;
    const knowsLast = since === (this.#made?.at ?? null);
    if (jobs > limits.mass_import_jobs && knowsLast && this.#quiet_ms() === 0)
      this.#making ??= this.#make(jobs).finally(() => (this.#making = null));
    await this.#making;
    return { since: this.#made?.at ?? null, quiet_ms: this.#quiet_ms() };
  }

  /** How long no other is made. */
  #quiet_ms(): number {
    const { clock, limits } = this.#context;
    if (this.#made === null) return 0;
    return Math.max(0, this.#made.monotonic_ms + limits.mass_snapshot_interval_ms - clock.monotonic_ms());
  }

  async #make(jobs: number): Promise<void> {
    const { clock } = this.#context;
    // What becomes pending while it is made belongs to the next batch.
    const began = { at: new Date(clock.now_ms()).toISOString(), monotonic_ms: clock.monotonic_ms() };
    await snapshotBeforeMany(this.#context, jobs, this.#onWarning);
    this.#made = began;
  }
}
