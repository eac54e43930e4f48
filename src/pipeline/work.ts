import { toGexlakeError } from '../core/errors.ts';
import { noCounts, type ImportResult, type Job } from '../core/job.ts';
import { identifySource } from '../core/names.ts';
import { redactUrl } from '../core/redact.ts';
import type { PipelineContext } from './context.ts';
import { importJob } from './import-job.ts';
import type { FromImporter, ImporterWork, ImportRequest } from './importer.ts';

/** How often a watching importer looks for new jobs. */
const watchPause_ms = 1_000;

/** Does an importer's work, one job after the other, and tells about it. Ends early once `finishing` says so. */
export async function doWork(
  context: PipelineContext,
  work: ImporterWork,
  tell: (message: FromImporter) => void,
  finishing: () => boolean,
): Promise<void> {
  if (work.kind === 'sources') {
    for (const [at, request] of work.requests.entries()) {
      if (finishing()) return;
      tell({ type: 'result', result: await importRequest(context, request, tell, work.requests.length - at - 1) });
    }
    return;
  }
  for (let taken = 0; taken < work.limit && !finishing();) {
    const job = await context.log.takeOldest(context.holder);
    if (job !== null) {
      taken++;
      tell({ type: 'job', jobId: job.id, source: redactUrl(job.url), waiting: 0 });
      tell({ type: 'result', result: await importJob(context, job) });
    } else if (work.watch) await context.clock.sleep(watchPause_ms);
    else return;
  }
}

async function importRequest(
  context: PipelineContext,
  request: ImportRequest,
  tell: (message: FromImporter) => void,
  waiting: number,
): Promise<ImportResult> {
  const { log, holder } = context;
  const row = { url: request.source, actor: holder.actor, publish: request.publish };
  const announce = (job: Job) => tell({ type: 'job', jobId: job.id, source: redactUrl(job.url), waiting });
  let identity: ReturnType<typeof identifySource>;
  try {
    identity = identifySource(request.source, request);
  } catch (thrown) {
    const error = toGexlakeError(thrown).report();
    const job = await log.enqueueAndTake({ ...row, ticker: null, endpoint: null, sessionDate: null }, holder);
    announce(job);
    await log.fail(job, holder, error, null);
    return failedResult(job, error);
  }
  const { ticker, endpoint, sessionDate } = identity;
  const job = await log.enqueueAndTake({ ...row, ticker, endpoint: endpoint.name, sessionDate }, holder);
  announce(job);
  return importJob(context, job);
}

/** The result of a job that failed before or outside of its import. */
export function failedResult(job: Job, error: ImportResult['error']): ImportResult {
  return {
    job_id: job.id,
    status: 'failed',
    skipped: false,
    skipped_as: null,
    ticker: job.ticker,
    endpoint: job.endpoint,
    session_dates: job.session_date === null ? [] : [job.session_date],
    ...noCounts,
    strike_rows: 0,
    staged_path: job.staged_path,
    staging_table: null,
    parquet_files: [],
    error,
  };
}
