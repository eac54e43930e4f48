import { dataFolder } from '../core/data-folder.ts';
import { fromReport, toGexlakeError } from '../core/errors.ts';
import type { Progress } from '../core/job.ts';
import { openJobLog } from '../joblog/joblog.ts';
import { systemClock } from '../platform/clock.ts';
import { limitNewFiles } from '../platform/new-files.ts';
import { guardDataFolder, mustBeDatabaseFile, mustBeOwn } from '../platform/own-places.ts';
import { commandOf, ownIdentity } from '../platform/processes.ts';
import { openLocalStore } from '../store/store.ts';
import type { PipelineContext } from './context.ts';
import type { FromImporter, ImporterSettings, MassGate, ToImporter } from './importer.ts';
import { Heartbeats } from './liveness.ts';
import { openVendorIn } from './vendor-bytes.ts';
import { doWork } from './work.ts';

const progressPause_ms = 100;

type Start = Extract<ToImporter, { type: 'start' }>;
type Answer = Extract<ToImporter, { type: 'go' | 'stay' }>;
type Question = Extract<FromImporter, { type: 'many' | 'older' }>;
type Tell = (message: FromImporter) => void;

/**
 * An importer, apart from the process that it usually is: it hears what it shall do and tells how it gets on. The first `finish` lets
 * it end after the running job, `abort` ends that.
 */
export class Importer {
  readonly #tell: Tell;
  readonly #onEnd: () => void;
  #finishing = false;
  /** Ends the pause of an importer that has nothing to do. */
  readonly #awake = new EventTarget();
  /** Whether there was a reason to look for jobs that no pause has been ended by yet. */
  #woken = false;
  readonly #abort = new AbortController();
  /** Hears the parent's answer to a question. */
  #answered: (answer: Answer) => void = () => undefined;

  /** `onEnd` hears that it has nothing more to do. */
  constructor(tell: Tell, onEnd: () => void) {
    this.#tell = tell;
    this.#onEnd = onEnd;
  }

  hear(message: ToImporter): void {
    if (message.type === 'start') void this.#work(message);
    else if (message.type === 'go' || message.type === 'stay') this.#answered(message);
    else if (message.type === 'wake') this.#wake();
    else {
      if (message.type === 'abort') this.#abort.abort();
      this.#finishing = true;
      this.#wake();
    }
  }

  async #work({ settings, work }: Start): Promise<void> {
    const context = makeContext(settings, {
      tell: this.#tell,
      signal: this.#abort.signal,
      beforeUpgrade: async () => void (await this.#ask({ type: 'older' })),
    });
    this.#tell({ type: 'owner', owner: context.holder.owner });
    try {
      await mustBeOwn(context.folder);
      await doWork(context, work, {
        tell: this.#tell,
        finishing: () => this.#finishing,
        pause: (delay_ms) => this.#pause(delay_ms),
        beforeMany: (jobs, since) => this.#ask({ type: 'many', jobs, since }),
      });
      this.#tell({ type: 'done', early: this.#finishing });
    } catch (thrown) {
      this.#tell({ type: 'error', error: toGexlakeError(thrown).report() });
    }
    this.#onEnd();
  }

  /** @throws why there is no snapshot before what it asks about */
  async #ask(question: Question): Promise<MassGate> {
    const answer = await new Promise<Answer>((resolve) => {
      this.#answered = resolve;
      this.#tell(question);
    });
    if (answer.type === 'stay') throw fromReport(answer.error);
    return answer.gate;
  }

  #wake(): void {
    this.#woken = true;
    this.#awake.dispatchEvent(new Event('wake'));
  }

  /** Waits; true where there was a reason to wait no longer. */
  async #pause(delay_ms: number): Promise<boolean> {
    if (!this.#woken) {
      const done = new AbortController();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delay_ms);
        const early = () => {
          clearTimeout(timer);
          resolve();
        };
        this.#awake.addEventListener('wake', early, { once: true, signal: done.signal });
      });
      done.abort();
    }
    const early = this.#woken;
    this.#woken = false;
    return early;
  }
}

type Parent = { readonly tell: Tell; readonly signal: AbortSignal; readonly beforeUpgrade: () => Promise<void> };

function makeContext(settings: ImporterSettings, { tell, signal, beforeUpgrade }: Parent): PipelineContext {
  const folder = dataFolder(settings.dataDir);
  limitNewFiles(settings.log_mode);
  guardDataFolder(folder.root);
  const clock = systemClock;
  const { limits, policy } = settings;
  const onLockWait = (waited_ms: number) => tell({ type: 'lock wait', waited_ms });
  const database = { clock, commandOf, mustBeFile: mustBeDatabaseFile, lockWait_ms: limits.lock_wait_ms, onLockWait };
  return {
    folder,
    store: openLocalStore(folder.root),
    clock,
    limits,
    log: openJobLog(folder.history, {
      ...database,
      beforeUpgrade,
      onNotice: (message) => tell({ type: 'warning', message }),
    }),
    holder: { owner: ownIdentity(), actor: settings.actor },
    policy,
    vendor: openVendorIn({ folder, settings: settings.vendor, policy, limits, clock, signal }),
    engine: { ...database, threads: settings.threads, memory_mb: settings.memory_mb },
    views: { areOld: false },
    heartbeats: new Heartbeats(clock, limits),
    onProgress: sparing((progress) => tell({ type: 'progress', progress })),
    onWarning: (message) => tell({ type: 'warning', message }),
    signal,
  };
}

/** Passes on what is new: another step, the end of one, and else no more than somebody can see. */
function sparing(pass: (progress: Progress) => void): (progress: Progress) => void {
  let last: Progress | null = null;
  let passed_ms = 0;
  return (progress) => {
    const now_ms = performance.now();
    const isSame = last?.job_id === progress.job_id && last.step === progress.step;
    if (isSame && progress.bytes !== progress.bytes_total && now_ms - passed_ms < progressPause_ms) return;
    last = progress;
    passed_ms = now_ms;
    pass(progress);
  };
}
