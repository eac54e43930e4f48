import { GexlakeError, type ErrorReport } from '../core/errors.ts';
import type { ImportResult, Progress } from '../core/job.ts';
import type { JobLog } from '../joblog/joblog.ts';
import { startImporter, type ImporterProcess } from '../platform/importer-process.ts';
import type { FromImporter, ImporterSettings, ImporterWork, ToImporter } from './importer.ts';
import { failedResult } from './work.ts';

export type { ImporterSettings, ImportRequest } from './importer.ts';
export { queryLake } from './query.ts';

/** What the one who started an import hears while it runs. */
export type ImportListener = {
  readonly onJob: (jobId: string, source: string, waiting: number) => void;
  readonly onProgress: (progress: Progress) => void;
  readonly onResult: (result: ImportResult) => void;
};

/** `finish`: end after the running job. `abort`: end the running job too. */
export type Interrupts = { readonly finish: AbortSignal; readonly abort: AbortSignal };

/**
 * Does work in an importer process. An importer that dies fails its job with IMPORTER_DIED and the reason, and the rest is
 * done by another one.
 * @throws GexlakeError for what concerns no single import, such as LOCK_BUSY or DATABASE_NEWER
 */
export async function runImporter(
  log: JobLog,
  settings: ImporterSettings,
  work: ImporterWork,
  listener: ImportListener,
  interrupts: Interrupts,
): Promise<ImportResult[]> {
  const results: ImportResult[] = [];
  for (let rest: ImporterWork | null = work; rest !== null;) {
    const ended = await runOnce(settings, rest, listener, interrupts, results);
    if (ended.error !== null)
      throw new GexlakeError(ended.error.code, ended.error.message, { hint: ended.error.hint ?? '' });
    if (ended.death !== null) {
      for (const result of await failHeldJobs(log, settings, ended.owner, ended.death)) {
        results.push(result);
        listener.onResult(result);
      }
    }
    rest = ended.death === null || interrupts.finish.aborted ? null : withoutDone(work, results.length);
  }
  return results;
}

type Ended = { readonly owner: string; readonly death: string | null; readonly error: ErrorReport | null };

async function runOnce(
  settings: ImporterSettings,
  work: ImporterWork,
  listener: ImportListener,
  interrupts: Interrupts,
  results: ImportResult[],
): Promise<Ended> {
  let owner = '';
  let error: ErrorReport | null = null;
  let done = false;
  const importer: ImporterProcess<ToImporter> = startImporter<FromImporter, ToImporter>(
    new URL(importerFile(), import.meta.url),
    (message) => {
      if (message.type === 'owner') owner = message.owner;
      else if (message.type === 'job') listener.onJob(message.jobId, message.source, message.waiting);
      else if (message.type === 'progress') listener.onProgress(message.progress);
      else if (message.type === 'error') error = message.error;
      else if (message.type === 'done') done = true;
      else {
        results.push(message.result);
        listener.onResult(message.result);
      }
    },
  );
  const stop = () => importer.send({ type: 'finish' });
  const abort = () => importer.send({ type: 'abort' });
  interrupts.finish.addEventListener('abort', stop);
  interrupts.abort.addEventListener('abort', abort);
  importer.send({ type: 'start', settings, work });
  const exit = await importer.exited;
  interrupts.finish.removeEventListener('abort', stop);
  interrupts.abort.removeEventListener('abort', abort);
  return { owner, error, death: done || error !== null ? null : exit };
}

/** The importer lies beside this file, as source or as built. */
function importerFile(): string {
  return import.meta.url.endsWith('.ts') ? './importer-main.ts' : './importer-main.js';
}

async function failHeldJobs(
  log: JobLog,
  settings: ImporterSettings,
  owner: string,
  death: string,
): Promise<ImportResult[]> {
  const error: ErrorReport = {
    code: 'IMPORTER_DIED',
    message: `the importer process ${death}`,
    hint: 'If the system ended it for want of memory, free some or lower GEXLAKE_MEMORY_MB; then retry the job.',
  };
  const jobs = await log.failJobsOf({ owner, actor: settings.actor }, error);
  if (jobs.length === 0) throw new GexlakeError(error.code, error.message, { hint: error.hint ?? '' });
  return jobs.map((job) => failedResult({ ...job, status: 'failed' }, error));
}

function withoutDone(work: ImporterWork, done: number): ImporterWork | null {
  if (work.kind === 'pending') return work.limit - done > 0 ? { ...work, limit: work.limit - done } : null;
  const requests = work.requests.slice(done);
  return requests.length === 0 ? null : { ...work, requests };
}
