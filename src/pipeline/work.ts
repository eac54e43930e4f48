import { doubtClock } from '../core/clock-doubt.ts';
import { GexlakeError } from '../core/errors.ts';
import type { ImportResult, Job } from '../core/job.ts';
import { redactUrl } from '../core/redact.ts';
import { exists } from '../platform/files.ts';
import type { PipelineContext } from './context.ts';
import { showEnded } from './engine.ts';
import type { FromImporter, ImporterWork, ImportRequest, MassGate } from './importer.ts';
import { recoverAll, undecidedJobs } from './recovery.ts';
import { toResult } from './results.ts';
import { toJobRequest } from './job-request.ts';
import { runJob } from './run-job.ts';

/** How often a watching importer looks whether the log has changed. */
const watchPause_ms = 1_000;

/** How often it looks into the log all the same: the death of another importer does not change it. */
const longestPause_ms = 10_000;

/** How its process governs an importer and hears from it: whether to end after the running job, and a pause that says whether it was ended early. */
type Reins = {
  readonly tell: (message: FromImporter) => void;
  readonly finishing: () => boolean;
  readonly pause: (delay_ms: number) => Promise<boolean>;
  readonly beforeMany: (jobs: number, since: string | null) => Promise<MassGate>;
};

/** Does an importer's work, one job after the other, and tells about it. Ends early once `finishing` says so. */
export async function doWork(context: PipelineContext, work: ImporterWork, reins: Reins): Promise<void> {
  // What an importer that was killed has not shown is shown by the next that has nothing else to do.
  if (work.kind === 'pending') context.views.areOld = await exists(context.folder.engine);
  const watch = work.kind === 'pending' && work.watch;
  await outlive(context, watch, () => warnOfClock(context));
  await doEach(context, work, reins);
  await showEnded(context);
}

/** A clock that is years off is told once, before what is written by it. */
async function warnOfClock({ clock, log, onWarning }: PipelineContext): Promise<null> {
  const doubt = doubtClock(clock.now_ms(), await log.jobs.newestChange());
  if (doubt === null) return null;
  onWarning(`${doubt.message}; check it: times in the log come from it, and coverage and retention go by them`);
  return null;
}

async function doEach(context: PipelineContext, work: ImporterWork, reins: Reins): Promise<void> {
  const { finishing, tell } = reins;
  if (work.kind === 'sources') {
    for (const [at, request] of work.requests.entries()) {
      if (finishing()) return;
      await recoverAll(context);
      const waiting = work.requests.length - at - 1;
      tell({ type: 'result', result: await importRequest(context, request, { tell, waiting }) });
    }
    return;
  }
  const told = new Set<string>();
  const take = takerOf(context, work, reins);
  for (let taken = 0; taken < work.limit && !finishing();) {
    const before = await context.log.feed.signature();
    const job = await outlive(context, work.watch, take);
    if (job !== null) {
      taken++;
      tell({ type: 'job', jobId: job.id, source: redactUrl(job.url), waiting: 0 });
      tell({ type: 'result', result: await runJob(context, job) });
    } else if (work.watch) {
      await showEnded(context);
      await pauseUntilChanged(context, before, reins);
    } else if (!(await mayBecomePending(context, reins, told))) return;
  }
}

/** Takes the next pending job, after recovery; before a mass import it asks, so that there is a snapshot first. */
function takerOf(
  context: PipelineContext,
  { limit, only }: Extract<ImporterWork, { kind: 'pending' }>,
  { finishing, beforeMany }: Reins,
): () => Promise<Job | null> {
  const { log, holder, limits, clock } = context;
  const kind = only ?? null;
  const jobs = limits.mass_import_jobs;
  // A migration has had its own, and one that takes few jobs is no mass import.
  const isGated = kind === null && limit > jobs;
  let gate: MassGate = { since: null, quiet_ms: 0 };
  let until_ms = 0;
  return async () => {
    await recoverAll(context);
    if (!isGated || clock.monotonic_ms() < until_ms) return log.queue.takeOldest(holder, kind);
    const found = await log.queue.takeOldestUnlessMany(holder, { jobs, since: gate.since });
    if (found === null || 'id' in found) return found;
    gate = await beforeMany(found.many, gate.since);
    until_ms = clock.monotonic_ms() + gate.quiet_ms;
    return finishing() ? null : log.queue.takeOldest(holder, kind);
  };
}

/**
 * Waits a moment where jobs are being run by processes that cannot be seen and look silent: when they have been watched for long
 * enough, they live or their jobs are pending again.
 */
async function mayBecomePending(context: PipelineContext, { pause }: Reins, told: Set<string>): Promise<boolean> {
  const undecided = await undecidedJobs(context);
  for (const job of undecided) {
    if (told.has(job.id)) continue;
    told.add(job.id);
    const seconds = context.limits.heartbeat_watch_ms / 1000;
    context.onWarning(
      `job ${job.id} is held by ${job.owner}, which cannot be seen from here; its heartbeat is watched for ${seconds} s`,
    );
  }
  if (undecided.length > 0) await pause(watchPause_ms);
  return undecided.length > 0;
}

/** Waits for a reason to look for jobs again. Nobody's lock is asked for meanwhile: an idle importer leaves the log alone. */
async function pauseUntilChanged(context: PipelineContext, before: string, { finishing, pause }: Reins): Promise<void> {
  const { clock } = context;
  const until_ms = clock.monotonic_ms() + longestPause_ms;
  do {
    if (await pause(watchPause_ms)) return;
  } while (!finishing() && clock.monotonic_ms() < until_ms && (await context.log.feed.signature()) === before);
}

/** Whoever watches outlives a log that somebody else keeps locked for a while: there is no job then. */
async function outlive(
  { onWarning }: PipelineContext,
  watch: boolean,
  take: () => Promise<Job | null>,
): Promise<Job | null> {
  try {
    return await take();
  } catch (error) {
    if (!watch || !(error instanceof GexlakeError && error.transient)) throw error;
    onWarning(error.message);
    return null;
  }
}

async function importRequest(
  context: PipelineContext,
  request: ImportRequest,
  { tell, waiting }: Pick<Reins, 'tell'> & { readonly waiting: number },
): Promise<ImportResult> {
  const { log, holder } = context;
  const { job: asked, problem } = toJobRequest(request, holder.actor);
  const job = await log.queue.enqueueAndTake(asked, holder);
  tell({ type: 'job', jobId: job.id, source: redactUrl(job.url), waiting });
  if (problem === null) return runJob(context, job);
  const error = problem.report();
  await log.attempts.fail(job, holder, { error, left: { stagedPath: null, intentStands: false } });
  return toResult(job, { status: 'failed', error });
}
