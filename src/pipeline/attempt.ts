import { unlessDefect } from '../core/defects.ts';
import { toGexlakeError, type GexlakeError } from '../core/errors.ts';
import type { ImportResult, Job } from '../core/job.ts';
import type { StoredPath } from '../core/stored-path.ts';
import { attemptFolder, closeAttemptFolder, emptyAttemptFolder, openAttemptFolder } from './attempt-folder.ts';
import type { PipelineContext } from './context.ts';
import { withSource } from './explain.ts';
import { beatWhile } from './heartbeat.ts';
import { toResult } from './results.ts';
import { failAttempt, undoEarlierAttempt } from './undo.ts';

/** What a failed attempt leaves of its source: where it is staged (null: nowhere, or where the log says), unless it keeps none. */
export type SourceLeft = { readonly stagedPath: StoredPath | null; readonly keepsSource: boolean };

/** How far an attempt has come, for its failure. */
export type Trail = {
  /** Whether anything may have become visible: from the moment that an intent is written down. */
  mayBeVisible: boolean;
  /** The result that holds once the log says so: that can happen although saying it fails. */
  ending: ImportResult | null;
  sessionDates: readonly string[] | undefined;
  /** What becomes of the source when the attempt fails. */
  leaveSource: (error: GexlakeError) => Promise<SourceLeft>;
};

/** One attempt of a job that this process holds: what all its phases share. */
export type Attempt = {
  readonly context: PipelineContext;
  readonly job: Job;
  /** The attempt's private folder and its licence: see attempt-folder.ts. */
  readonly workFolder: string;
  readonly trail: Trail;
};

/** What a kind of job does in an attempt, from its source or plan to the commit in the log. */
export type Work = (attempt: Attempt) => Promise<ImportResult>;

/**
 * Runs one attempt of a job. What can go wrong with it is no exception: the job is then `failed`, and the result says why.
 *
 * @throws GexlakeError where the log itself cannot be read or written any more
 */
export async function runAttempt(context: PipelineContext, job: Job, work: Work): Promise<ImportResult> {
  const workFolder = attemptFolder(context.folder, job);
  const trail: Trail = { mayBeVisible: false, ending: null, sessionDates: undefined, leaveSource: asLogged };
  const attempt: Attempt = { context, job, workFolder, trail };
  return beatWhile(context, job, async () => {
    try {
      await openAttemptFolder(context.folder, job);
      // Until an earlier attempt's intent has been undone it counts as this one's: should that fail, it stands on.
      await undoEarlierAttempt(context, job, { workFolder, onIntent: (stands) => (trail.mayBeVisible = stands) });
      return await work(attempt);
    } catch (thrown) {
      return await fail(attempt, toGexlakeError(thrown));
    } finally {
      // What cannot be removed now is removed by the next start.
      await closeAttemptFolder(context.folder, job, workFolder).catch(unlessDefect(undefined));
    }
  });
}

/** Leaves what the log already knows of a source. */
async function asLogged(): Promise<SourceLeft> {
  return { stagedPath: null, keepsSource: true };
}

/** Ends the attempt in the log; what it has linked and not committed is taken back before the log forgets about it. */
async function fail({ context, job, workFolder, trail }: Attempt, error: GexlakeError): Promise<ImportResult> {
  const source = await trail.leaveSource(error);
  // Before the log is written: on a full disk this is what makes room for saying so. What stays is removed with the folder.
  await emptyAttemptFolder(workFolder).catch(unlessDefect(undefined));
  const message = job.kind === 'rewrite' ? error.message : withSource(error.message, job);
  const report = { code: error.code, message, hint: error.hint };
  const ended = await failAttempt(context, job, {
    error: report,
    ...source,
    mayBeVisible: trail.mayBeVisible,
    workFolder,
  });
  if (ended === null) {
    const { sessionDates: session_dates } = trail;
    return toResult(job, { status: 'failed', session_dates, error: report, staged_path: source.stagedPath });
  }
  return trail.ending?.status === ended.status ? trail.ending : ended;
}
