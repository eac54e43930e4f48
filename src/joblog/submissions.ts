import { GexlakeError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { isUrl, redactUrl } from '../core/redact.ts';
import { readSourceName } from '../core/source-name.ts';
import type { Database } from '../db/db.ts';
import type { JobNote } from './endings.ts';
import { jobById, setUrl, type NewJob } from './job-statements.ts';
import { note } from './log-file.ts';
import { insertOrigin, jobIdByKey, openJobIdByUrl, pendingJobIdByBareUrl } from './request-statements.ts';

/** A job that is asked for over HTTP. */
export type Submission = {
  readonly request: Omit<NewJob, 'id'>;
  readonly idempotencyKey: string | null;
  /** The request's other fields, as JSON; null where there are none. */
  readonly fields: string | null;
  /** What was noticed about the request, such as a ticker that its file name contradicts. */
  readonly notes: readonly JobNote[];
};

/**
 * Gives a submission its job: that of its idempotency key, else the one of the same URL that waits or runs, else the one that waits for
 * the same file by a URL that was signed earlier and takes the new one, else a new one.
 * @throws IDEMPOTENCY_CONFLICT where the key has been used for another file
 */
export async function submitOne(
  database: Database,
  submission: Submission,
  now: string,
  insert: () => Promise<Job>,
): Promise<Job> {
  const known = await knownJob(database, submission);
  if (known !== null) return renewed(database, known, submission.request, now);
  const job = await insert();
  const { idempotencyKey, fields, notes, request } = submission;
  await insertOrigin(database, {
    job_id: job.id,
    origin: 'http',
    idempotency_key: idempotencyKey,
    fields,
    received_at: now,
  });
  for (const { event, detail } of notes)
    await note(database, job, { owner: '', actor: request.actor }, event, detail, now);
  return job;
}

async function knownJob(database: Database, { request, idempotencyKey }: Submission): Promise<Job | null> {
  if (idempotencyKey !== null) {
    const id = await jobIdByKey(database, request.actor, idempotencyKey);
    const job = id === null ? null : await jobById(database, id);
    if (job !== null && !isSameFile(job, request)) throw usedForAnother(job);
    if (job !== null) return job;
  }
  if ((request.kind ?? 'import') !== 'import') return null;
  const id = (await openJobIdByUrl(database, request)) ?? (await signedAnew(database, request));
  return id === null ? null : jobById(database, id);
}

/** The job that waits for this file by a URL that was signed earlier. Only a path that says what it is tells that it is this file. */
async function signedAnew(database: Database, request: Submission['request']): Promise<string | null> {
  const bare = bareUrl(request.url);
  if (bare === request.url || !isUrl(bare)) return null;
  const { tickers, endpoints, dates } = readSourceName(bare);
  const isNamed = [tickers, endpoints, dates].every(([first]) => first?.by === 'file name');
  return isNamed ? pendingJobIdByBareUrl(database, bare, request) : null;
}

/** A job that waits takes the URL that was signed last: the one before it may have expired. */
async function renewed(database: Database, job: Job, request: Submission['request'], now: string): Promise<Job> {
  const isRenewal = job.status === 'pending' && job.url !== request.url && isUrl(request.url);
  if (!isRenewal || (await setUrl(database, job.id, request.url, now)) === 0) return job;
  const detail = `takes the URL that was signed anew: ${redactUrl(request.url)}`;
  await note(database, job, { owner: '', actor: request.actor }, 'renewed', detail, now);
  return (await jobById(database, job.id)) ?? job;
}

function bareUrl(url: string): string {
  return url.replace(/[?#].*$/s, '');
}

/** What a job's source is the same by, whenever it is sent: a URL without its query, records by their file's name. */
function sourceKey(url: string): string {
  return bareUrl(url).replace(/^.*\/\.inbox\/[0-9a-f]{32}\//s, '');
}

/** A URL that was signed anew is still the same file; read as another ticker, endpoint or session it is another import. */
function isSameFile(job: Job, request: Submission['request']): boolean {
  const isSameKind = job.kind === (request.kind ?? 'import') && job.corrects_job_id === (request.correctsJobId ?? null);
  const isSameBlock = job.ticker === request.ticker && job.endpoint === request.endpoint;
  // A job that is over has a session although none was asked for.
  const isSameDate = request.sessionDate === null || job.session_date === request.sessionDate;
  return isSameKind && isSameBlock && isSameDate && sourceKey(job.url) === sourceKey(request.url);
}

function usedForAnother(job: Job): GexlakeError {
  return new GexlakeError(
    'IDEMPOTENCY_CONFLICT',
    `this idempotency key belongs to job ${job.id}, which is about ${redactUrl(job.url)}`,
    { details: { jobId: job.id }, hint: 'Use a new key for each new request.' },
  );
}
