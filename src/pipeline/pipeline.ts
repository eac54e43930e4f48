import { dataFolder } from '../core/data-folder.ts';
import { fromReport, GexlakeError, toGexlakeError, type ErrorReport } from '../core/errors.ts';
import type { ImportResult, Progress } from '../core/job.ts';
import type { JobLog } from '../joblog/joblog.ts';
import { startImporter, type ImporterProcess } from '../platform/importer-process.ts';
import { ownIdentity } from '../platform/processes.ts';
import { openLocalStore } from '../store/store.ts';
import { importerModule } from './importer-module.ts';
import type { FromImporter, ImporterSettings, ImporterWork, MassGate, ToImporter } from './importer.ts';
import { resultFromLog } from './results.ts';
import { failAbandoned } from './undo.ts';

export type { ImporterSettings, ImportRequest, MassGate } from './importer.ts';
export { toJobRequest } from './job-request.ts';
export { lookAgain, planOfCompaction } from './jobs/compaction.ts';
export { checksumOfOld, purgedSessionOf } from './jobs/migration.ts';
export { Rebuilder, type Accepts } from './rebuilder.ts';
export { recordRootOf, toRecordRoot } from './record-root.ts';
export { blockOfPath } from './jobs/rewrite-target.ts';
export { planOfPurge, type PurgeReport } from './jobs/purge.ts';
export { planOfWithdrawal } from './jobs/withdrawal.ts';
export { keepResult, mustBeOutside, type KeptResult } from './keep-result.ts';
export { clearBundle, fetchBundle, openVendorIn, type VendorShop } from './vendor-bytes.ts';
export { queryLake, streamLake, type QueriedLake, type QueryRequest } from './query.ts';
export { Heartbeats, sightOf } from './liveness.ts';

/** What the one who started an import hears while it runs. */
export type ImportListener = {
  readonly onJob: (jobId: string, source: string, waiting: number) => void;
  readonly onProgress: (progress: Progress) => void;
  readonly onWarning: (message: string) => void;
  readonly onResult: (result: ImportResult) => void;
  /** True for one who watches for ever and needs no list of all results at the end: it would only grow. */
  readonly discardResults?: boolean;
  /** Hears how long an importer has waited for a database that another process held. */
  readonly onLockWait?: (waited_ms: number) => void;
  /** Is asked before more pending jobs, counted since a time, are begun than are a mass import; they are not begun before it has settled. */
  readonly onMany?: (jobs: number, since: string | null) => Promise<MassGate>;
};

/**
 * `finish`: end after the running job. `abort`: end the running job too. `onWake` takes what is to be called when there is a new
 * job, and gives what takes it back; whoever watches for jobs finds them without it too, only later.
 */
export type Interrupts = {
  readonly finish: AbortSignal;
  readonly abort: AbortSignal;
  readonly onWake?: (wake: () => void) => () => void;
};

/** What became of some work. `error` concerns no single import, such as LOCK_BUSY or DATABASE_NEWER, and ended it. */
export type ImportRun = {
  readonly results: readonly ImportResult[];
  readonly error: GexlakeError | null;
  /** Whether an interrupt ended it before all was done. */
  readonly interrupted: boolean;
};

/** Starts an importer; `hear` gets what it tells. */
export type StartImporter = (hear: (message: FromImporter) => void) => ImporterProcess<ToImporter>;

/** How importers are started, and what they are told. */
export type Importers = { readonly settings: ImporterSettings; readonly start: StartImporter };

/** What imports are made by: the log, and the importers that write into it. */
type Importing = { readonly log: JobLog; readonly importers: Importers };

/** Who hears what an import does, and what ends it early. */
type Company = { readonly listener: ImportListener; readonly interrupts: Interrupts };

/** An importer in a process of its own, which is this program. */
export const importerProcess: StartImporter = (hear) =>
  // The two ends of the channel are the same program, so a message is what its type says.
  startImporter<ToImporter>(importerModule(), (message) => hear(message as FromImporter));

/**
 * Does work in an importer process. An importer that dies fails its job with IMPORTER_DIED and the reason, and the rest is
 * done by another one.
 */
export async function runImporter(
  { log, importers }: Importing,
  work: ImporterWork,
  { listener, interrupts }: Company,
): Promise<ImportRun> {
  const results: ImportResult[] = [];
  let done = 0;
  const onResult = (result: ImportResult) => {
    done++;
    if (listener.discardResults !== true) results.push(result);
    listener.onResult(result);
  };
  let rest: ImporterWork | null = work;
  let error: GexlakeError | null = null;
  while (rest !== null && error === null) {
    const ended = await runOnce({ log, importers }, rest, { listener: { ...listener, onResult }, interrupts });
    const result = ended.error === null ? null : await settle({ log, importers }, ended, ended.error);
    if (result !== null) onResult(result);
    const isDone = ended.error === null && !ended.early;
    rest = isDone || interrupts.finish.aborted ? null : withoutDone(work, done);
    // An importer that died fails its job only; but one that had no job when it died would die again.
    const isOver = ended.reported || (result === null && rest !== null);
    if (isOver && ended.error !== null) error = fromReport(ended.error);
  }
  return { results, error, interrupted: interrupts.finish.aborted && !isAllDone(work, results) };
}

/** Works off the pending jobs in several importer processes side by side; each job is taken by one of them. */
export async function runImporters(
  { log, importers }: Importing,
  { workers, ...work }: Extract<ImporterWork, { kind: 'pending' }> & { readonly workers: number },
  company: Company,
): Promise<ImportRun> {
  const { settings } = importers;
  const threads = Math.max(1, Math.floor(settings.threads / workers));
  const shared = { ...importers, settings: { ...settings, threads } };
  const runs = await Promise.all(
    Array.from({ length: workers }, () => runImporter({ log, importers: shared }, work, company)),
  );
  return {
    results: runs.flatMap((run) => run.results),
    error: runs.find((run) => run.error !== null)?.error ?? null,
    interrupted: runs.some((run) => run.interrupted),
  };
}

type Ended = {
  readonly owner: string;
  /** The job that was begun and has no result. */
  readonly jobId: string | null;
  /** Why the importer ended before its work did; null where all is done. */
  readonly error: ErrorReport | null;
  /** Whether the importer said so itself; otherwise it died. */
  readonly reported: boolean;
  /** Whether a signal of its own has let it end before its work was done: another one does the rest. */
  readonly early: boolean;
};

async function runOnce(
  { log, importers }: Importing,
  work: ImporterWork,
  { listener, interrupts }: Company,
): Promise<Ended> {
  let owner = '';
  let jobId: string | null = null;
  let error: ErrorReport | null = null;
  let done = false;
  let early = false;
  const hear = (message: FromImporter) => {
    if (message.type === 'owner') owner = message.owner;
    else if (message.type === 'job') {
      jobId = message.jobId;
      listener.onJob(message.jobId, message.source, message.waiting);
    } else if (message.type === 'progress') listener.onProgress(message.progress);
    else if (message.type === 'warning') listener.onWarning(message.message);
    else if (message.type === 'lock wait') listener.onLockWait?.(message.waited_ms);
    else if (message.type === 'many') void answer(() => listener.onMany?.(message.jobs, message.since));
    else if (message.type === 'older') void answer(() => log.whole.prepare());
    else if (message.type === 'error') error = message.error;
    else if (message.type === 'done') {
      done = true;
      early = message.early;
    } else {
      jobId = null;
      listener.onResult(message.result);
    }
  };
  const importer = importers.start(hear);
  const answer = async (act: () => Promise<MassGate | void> | undefined) => {
    try {
      importer.send({ type: 'go', gate: (await act()) ?? { since: null, quiet_ms: Number.MAX_SAFE_INTEGER } });
    } catch (thrown) {
      importer.send({ type: 'stay', error: toGexlakeError(thrown).report() });
    }
  };
  const stop = () => importer.send({ type: 'finish' });
  const abort = () => importer.send({ type: 'abort' });
  const sleepOn = interrupts.onWake?.(() => importer.send({ type: 'wake' }));
  interrupts.finish.addEventListener('abort', stop);
  interrupts.abort.addEventListener('abort', abort);
  importer.send({ type: 'start', settings: importers.settings, work });
  // An interrupt that came before anybody listened would be lost, and who watches for jobs would never end.
  if (interrupts.finish.aborted) stop();
  if (interrupts.abort.aborted) abort();
  const exit = await importer.exited;
  sleepOn?.();
  interrupts.finish.removeEventListener('abort', stop);
  interrupts.abort.removeEventListener('abort', abort);
  return { owner, jobId, error: error ?? (done ? null : died(exit)), reported: error !== null, early };
}

function died(exit: string): ErrorReport {
  return {
    code: 'IMPORTER_DIED',
    message: `the importer process ${exit}`,
    hint: 'If the system ended it for want of memory, free some or lower GEXLAKE_MEMORY_MB; then retry the job.',
  };
}

/** Fails the job that an importer has left behind, and gives what the log says of it; null where there is none. */
async function settle({ log, importers }: Importing, ended: Ended, error: ErrorReport): Promise<ImportResult | null> {
  const { settings } = importers;
  const holder = { owner: ownIdentity(), actor: settings.actor };
  try {
    const folder = dataFolder(settings.dataDir);
    const place = { log, folder, store: openLocalStore(folder.root) };
    await failAbandoned(place, { gone: ended.owner, holder, error });
    return ended.jobId === null ? null : resultFromLog(await log.jobs.story(ended.jobId), error);
  } catch (problem) {
    // The log cannot be written, which is most likely why the importer ended; the next start makes up for it.
    if (problem instanceof GexlakeError) return null;
    throw problem;
  }
}

function isAllDone(work: ImporterWork, results: readonly ImportResult[]): boolean {
  return work.kind === 'sources' && results.length === work.requests.length;
}

function withoutDone(work: ImporterWork, done: number): ImporterWork | null {
  if (work.kind === 'pending') return work.limit - done > 0 ? { ...work, limit: work.limit - done } : null;
  const requests = work.requests.slice(done);
  return requests.length === 0 ? null : { ...work, requests };
}
