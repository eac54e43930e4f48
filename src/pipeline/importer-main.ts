import { dataFolder } from '../core/data-folder.ts';
import { fromReport, toGexlakeError } from '../core/errors.ts';
import { limits as defaultLimits } from '../core/limits.ts';
import { openJobLog } from '../joblog/joblog.ts';
import { systemClock } from '../platform/clock.ts';
import { armFault } from '../platform/faults.ts';
import { limitNewFiles } from '../platform/new-files.ts';
import { guardDataFolder, mustBeDatabaseFile, mustBeOwn } from '../platform/own-places.ts';
import { commandOf, ownIdentity } from '../platform/processes.ts';
import { loadEngine } from '../db/db.ts';
import type { Progress } from '../core/job.ts';
import { openLocalStore } from '../store/store.ts';
import type { PipelineContext } from './context.ts';
import type { FromImporter, ImporterSettings, MassGate, ToImporter } from './importer.ts';
import { Heartbeats } from './liveness.ts';
import { doWork } from './work.ts';

/*
 * The importer process: started by a gexlake process over an IPC channel, does its work and ends. Interrupts of the terminal
 * reach both and mean the same to both: the first lets it finish the running job, the second ends that. Without its parent it has
 * so long for that job as the limit says.
 */

const progressPause_ms = 100;

let finishing = false;
/** Signals that it got itself: a terminal's reach its parent as well, which then says the same. */
let interrupts = 0;
let orphan_ms: number = defaultLimits.orphan_ms;
/** Ends the pause of an importer that has nothing to do. */
const awake = new EventTarget();
/** Whether there was a reason to look for jobs that no pause has been ended by yet. */
let woken = false;
const abort = new AbortController();

// Loaded while the parent still reads its settings.
loadEngine();

// The tests of crash safety place a kill or a failure at one step of this process.
armFault();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Without its parent nobody waits for the running job either.
    if (interrupts++ > 0 || !process.connected) abort.abort();
    finish();
  });
}
process.on('disconnect', () => {
  // The parent is gone: nobody waits for more, but a running job is worth finishing. What it leaves is taken up as after a crash.
  setTimeout(() => process.exit(1), orphan_ms).unref();
  answered({ type: 'go', gate: { since: null, quiet_ms: 0 } });
  finish();
});
process.on('message', (message: ToImporter) => {
  if (message.type === 'start') {
    void work(message);
    return;
  }
  if (message.type === 'go' || message.type === 'stay') {
    answered(message);
    return;
  }
  if (message.type === 'abort') abort.abort();
  if (message.type === 'wake') wake();
  else finish();
});

function finish(): void {
  finishing = true;
  wake();
}

async function work(start: Extract<ToImporter, { type: 'start' }>): Promise<void> {
  orphan_ms = start.settings.limits.orphan_ms;
  const context = makeContext(start.settings);
  tell({ type: 'owner', owner: context.holder.owner });
  try {
    await mustBeOwn(context.folder);
    await doWork(context, start.work, tell, { finishing: () => finishing, pause, beforeMany });
    tell({ type: 'done', early: finishing });
  } catch (thrown) {
    tell({ type: 'error', error: toGexlakeError(thrown).report() });
  }
  if (process.connected) process.disconnect();
}

/** Hears the parent's answer to a question. */
let answered: (answer: Answer) => void = () => undefined;
type Answer = Extract<ToImporter, { type: 'go' | 'stay' }>;

/** Asks before many jobs are begun. @throws why there is no snapshot before them */
function beforeMany(jobs: number, since: string | null): Promise<MassGate> {
  return ask({ type: 'many', jobs, since });
}

async function ask(question: Extract<FromImporter, { type: 'many' | 'older' }>): Promise<MassGate> {
  const answer = await new Promise<Answer>((resolve) => {
    answered = resolve;
    tell(question);
  });
  if (answer.type === 'stay') throw fromReport(answer.error);
  return answer.gate;
}

function wake(): void {
  woken = true;
  awake.dispatchEvent(new Event('wake'));
}

/** Waits; true where there was a reason to wait no longer. */
async function pause(delay_ms: number): Promise<boolean> {
  if (!woken) {
    const done = new AbortController();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delay_ms);
      const early = () => {
        clearTimeout(timer);
        resolve();
      };
      awake.addEventListener('wake', early, { once: true, signal: done.signal });
    });
    done.abort();
  }
  const early = woken;
  woken = false;
  return early;
}

function makeContext(settings: ImporterSettings): PipelineContext {
  const folder = dataFolder(settings.dataDir);
  limitNewFiles(settings.log_mode);
  guardDataFolder(folder.root);
  const clock = systemClock;
  const { limits } = settings;
  const onLockWait = (waited_ms: number) => tell({ type: 'lock wait', waited_ms });
  const database = { clock, commandOf, mustBeFile: mustBeDatabaseFile, lockWait_ms: limits.lock_wait_ms, onLockWait };
  return {
    folder,
    store: openLocalStore(folder.root),
    clock,
    limits,
    log: openJobLog(folder.history, { ...database, beforeUpgrade: async () => void (await ask({ type: 'older' })) }),
    holder: { owner: ownIdentity(), actor: settings.actor },
    policy: settings.policy,
    engine: { ...database, threads: settings.threads, memory_mb: settings.memory_mb },
    views: { areOld: false },
    heartbeats: new Heartbeats(clock, limits),
    onProgress: sparing((progress) => tell({ type: 'progress', progress })),
    onWarning: (message) => tell({ type: 'warning', message }),
    signal: abort.signal,
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

function tell(message: FromImporter): void {
  if (process.connected) process.send?.(message);
}
