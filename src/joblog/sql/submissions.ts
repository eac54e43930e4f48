import { GexlakeError } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import { importJobs, jobRequests } from '../../core/log-tables.ts';
import { isUrl, redactUrl } from '../../core/redact.ts';
import { readSourceName } from '../../core/source-name.ts';
import type { JobRequest, Submission } from '../job-queue.ts';
import type { LogChange } from './change.ts';
import { note } from './events.ts';
import { jobByKey, openJobByUrl, pendingJobByBareUrl } from './requests.ts';
import type { Sql } from './session.ts';

/**
 * Gives a submission its job: that of its idempotency key, else the one of the same URL that waits or runs, else the one that waits for
 * the same file by a URL that was signed earlier and takes the new one, else a new one.
 * @throws IDEMPOTENCY_CONFLICT where the key has been used for another file
 */
export async function submitOne(change: LogChange, submission: Submission, insert: () => Promise<Job>): Promise<Job> {
  const { idempotencyKey, fields, notes, request } = submission;
  const known = await knownJob(change.sql, submission);
  if (known !== null) return renewed(change, known, request);
  const job = await insert();
  const from = { job_id: job.id, origin: 'http', idempotency_key: idempotencyKey, fields } as const;
  await change.insert(jobRequests, [{ ...from, received_at: change.now }]);
  for (const noted of notes) await note(change, job, request.actor, noted);
  return job;
}

async function knownJob(sql: Sql, { request, idempotencyKey }: Submission): Promise<Job | null> {
  if (idempotencyKey !== null) {
    const job = await jobByKey(sql, request.actor, idempotencyKey);
    if (job !== null && !isSameFile(job, request)) throw usedForAnother(job);
    if (job !== null) return job;
  }
  if ((request.kind ?? 'import') !== 'import') return null;
  return (await openJobByUrl(sql, request)) ?? signedAnew(sql, request);
}

/** The job that waits for this file by a URL that was signed earlier. Only a path that says what it is tells that it is this file. */
async function signedAnew(sql: Sql, request: JobRequest): Promise<Job | null> {
  const bare = bareUrl(request.url);
  if (bare === request.url || !isUrl(bare)) return null;
  const { tickers, endpoints, dates } = readSourceName(bare);
  const isNamed = [tickers, endpoints, dates].every(([first]) => first?.by === 'file name');
  return isNamed ? pendingJobByBareUrl(sql, bare, request) : null;
}

/** A job that waits takes the URL that was signed last: the one before it may have expired. */
async function renewed(change: LogChange, job: Job, { url, actor }: JobRequest): Promise<Job> {
  if (job.status !== 'pending' || job.url === url || !isUrl(url)) return job;
  const detail = `takes the URL that was signed anew: ${redactUrl(url)}`;
  const taken = await change.update(importJobs, job, { url, updated_at: change.now });
  await note(change, job, actor, { event: 'renewed', detail });
  return taken;
}

function bareUrl(url: string): string {
  return url.replace(/[?#].*$/s, '');
}

/** What a job's source is the same by, whenever it is sent: a URL without its query, records by their file's name. */
function sourceKey(url: string): string {
  return bareUrl(url).replace(/^.*\/\.inbox\/[0-9a-f]{32}\//s, '');
}

/** A URL that was signed anew is still the same file; read as another ticker, endpoint or session it is another import. */
function isSameFile(job: Job, request: JobRequest): boolean {
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
