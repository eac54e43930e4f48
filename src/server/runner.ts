import type { FastifyBaseLogger } from 'fastify';
import type { App, ImportListener, ImportRun } from '../app/app.ts';
import { toGexlakeError, type GexlakeError } from '../core/errors.ts';
import type { FetchState } from '../core/fetch-state.ts';
import type { ImportResult, Progress } from '../core/job.ts';
import { redactText } from '../core/redact.ts';
import type { VendorAnswer } from '../core/vendor-answer.ts';
import type { Metrics } from './metrics.ts';

/** How long the runner waits before it starts importers again that ended with an error. */
const restartPause_ms = 5_000;

/** How long importers may take to end what is cut off; what they leave then is recovered by the next start. */
const endPause_ms = 10_000;

type RunnerParts = {
  /** Importer processes side by side. */
  readonly workers: number;
  readonly log: FastifyBaseLogger;
  readonly metrics: Metrics;
};

/** The importers of this process: as many as there are workers, each taking pending jobs as they come. */
export class Runner {
  readonly #app: App;
  readonly #workers: number;
  readonly #log: FastifyBaseLogger;
  readonly #metrics: Metrics;
  readonly #finish = new AbortController();
  readonly #abort = new AbortController();
  readonly #wakes = new Set<() => void>();
  readonly #cutOff: string[] = [];
  #problem: GexlakeError | null = null;
  #done: Promise<void> = Promise.resolve();
  #fetching: FetchState | null = null;
  onProgress: (progress: Progress) => void = () => undefined;
  onFetch: (state: FetchState) => void = () => undefined;
  onResult: (result: ImportResult) => void = () => undefined;

  constructor(app: App, { workers, log, metrics }: RunnerParts) {
    this.#app = app;
    this.#workers = workers;
    this.#log = log;
    this.#metrics = metrics;
  }

  start(): void {
    this.#done = this.#keepRunning();
  }

  /** Why there are no importers right now; null where there are. */
  get problem(): GexlakeError | null {
    return this.#problem;
  }

  /** How fetching by itself gets on; null where there is none. */
  get fetching(): FetchState | null {
    return this.#fetching;
  }

  /** Lets the importers look for jobs at once. */
  wake(): void {
    for (const wake of this.#wakes) wake();
  }

  /**
   * Takes no new job and waits for those that run; from the moment that `abort` says so these are ended, too. Jobs that were
   * cut off are pending again afterwards.
   */
  async stop(abort: AbortSignal): Promise<void> {
    const end = () => this.#abort.abort();
    if (abort.aborted) end();
    else abort.addEventListener('abort', end, { once: true });
    this.#finish.abort();
    await Promise.race([this.#done, afterAbort(abort)]);
    if (this.#cutOff.length === 0) return;
    await this.#app.retry(this.#cutOff, 'gexlake serve').catch((error: unknown) => {
      this.#log.warn(
        { jobs: this.#cutOff },
        `jobs that were cut off have to be retried: ${toGexlakeError(error).message}`,
      );
    });
  }

  async #keepRunning(): Promise<void> {
    while (!this.#finish.signal.aborted) {
      const run = await this.#run().catch(toGexlakeError);
      this.#problem = 'results' in run ? run.error : run;
      if (this.#problem === null) continue;
      this.#log.error({ code: this.#problem.code }, redactText(this.#problem.message));
      await this.#pause(restartPause_ms);
    }
  }

  async #run(): Promise<ImportRun> {
    const onWake = (wake: () => void) => {
      this.#wakes.add(wake);
      return () => this.#wakes.delete(wake);
    };
    const interrupts = { finish: this.#finish.signal, abort: this.#abort.signal, onWake };
    const work = { limit: Number.MAX_SAFE_INTEGER, watch: true, workers: this.#workers };
    // Importers that live so long work, although there may be no job to show it.
    const alive = setTimeout(() => (this.#problem = null), restartPause_ms);
    return this.#app.runPending(work, this.#listener(), interrupts).finally(() => clearTimeout(alive));
  }

  #listener() {
    return {
      ...this.#imports(),
      fetching: {
        onState: (state: FetchState) => {
          this.#fetching = state;
          this.onFetch(state);
        },
        onAnswer: (answer: VendorAnswer) => {
          this.#metrics.onAnswer(answer);
          this.wake();
        },
      },
    };
  }

  #imports(): ImportListener {
    return {
      discardResults: true,
      onJob: (jobId, source) => {
        this.#problem = null;
        this.#metrics.onJob(jobId);
        this.#log.info({ job_id: jobId, source }, 'import started');
      },
      onProgress: (progress) => {
        this.#metrics.onProgress(progress);
        this.onProgress(progress);
      },
      onWarning: (message) => this.#log.warn(redactText(message)),
      onResult: (result) => {
        this.#metrics.onResult(result);
        this.#remember(result);
        const { job_id, status, skipped_as, error, records_processed, warnings } = result;
        this.#log.info(
          { job_id, status, skipped_as, records_processed, warnings, code: error?.code ?? null },
          'import ended',
        );
        this.onResult(result);
      },
      onLockWait: (waited_ms) => this.#metrics.onLockWait(waited_ms),
    };
  }

  #remember({ job_id, error }: ImportResult): void {
    if (error === null) return;
    const isCutOff = error.code === 'INTERRUPTED' || error.code === 'IMPORTER_DIED';
    if (isCutOff && this.#abort.signal.aborted) this.#cutOff.push(job_id);
  }

  async #pause(delay_ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delay_ms);
      this.#finish.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

async function afterAbort(abort: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = () => setTimeout(resolve, endPause_ms).unref();
    if (abort.aborted) end();
    else abort.addEventListener('abort', end, { once: true });
  });
}
