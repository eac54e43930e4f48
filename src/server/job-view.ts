import type { JobDetails } from '../app/app.ts';
import type { Coverage } from '../core/coverage.ts';
import { warningsOf, type Job, type JobEvent, type ParquetFile, type SourceReceipt } from '../core/job.ts';
import type { QualityReport } from '../core/quality-report.ts';
import { redactFields } from '../core/redact-fields.ts';
import { redactDeep, redactText, redactUrl } from '../core/redact.ts';
import type { ShownCoverage, ShownFile } from './data-schemas.ts';
import type { ShownQuality } from './quality-schemas.ts';
import type { ShownDetails, ShownEvent, ShownJob, ShownResult } from './job-schemas.ts';

/** What was shown of a job before. A job that changes is another object, so nothing here grows old. */
const shownBefore = new WeakMap<Job, ShownJob>();

/** A job as it may be shown: no secret of a URL is in it. */
export function toShownJob(job: Job): ShownJob {
  const before = shownBefore.get(job);
  if (before !== undefined) return before;
  const error = job.status === 'failed' ? job.error : null;
  const shown = { ...redactDeep({ ...job, url: shownSource(job.url), error }), job_id: job.id };
  shownBefore.set(job, shown);
  return shown;
}

/** A source as others may see it: records that came with a request by their file's name, not by where they lie on this machine. */
function shownSource(url: string): string {
  return redactUrl(/\/\.inbox\/[0-9a-f]{32}\/([^/]+)$/.exec(url)?.[1] ?? url);
}

/** A job with what it has published, under the names of the command line's results. */
export function toShownResult(job: Job, { files, events }: Pick<JobDetails, 'files' | 'events'>): ShownResult {
  const published = files.filter((file) => file.state !== 'publishing');
  const sessions = new Set(files.flatMap((file) => file.session_dates));
  if (job.session_date !== null) sessions.add(job.session_date);
  const strikes = published.filter((file) => file.dataset === 'strikes');
  return {
    ...toShownJob(job),
    session_dates: [...sessions].sort(),
    strike_rows: strikes.reduce((sum, file) => sum + file.row_count, 0),
    staging_table: job.status === 'staged' ? `staging_strikes_${job.id}` : null,
    parquet_files: published.map((file) => file.path),
    warnings: warningsOf(events).map(redactText),
  };
}

export function toShownDetails(job: Job, details: JobDetails): ShownDetails {
  const { events, files, receipts, request } = details;
  return {
    ...toShownResult(job, details),
    events: events.map(toShownEvent),
    files: files.map(toShownFile),
    receipts: receipts.map(toShownReceipt),
    request:
      request === null
        ? null
        : {
            origin: request.origin,
            idempotency_key: redactDeep(request.idempotency_key),
            fields: request.fields === null ? null : redactFields(JSON.parse(request.fields)),
            received_at: request.received_at,
          },
  };
}

function toShownReceipt({ job_id: _job_id, ...receipt }: SourceReceipt): ShownDetails['receipts'][number] {
  return redactDeep({ ...receipt, location: shownSource(receipt.location) });
}

export function toShownFile(file: ParquetFile): ShownFile {
  return { ...redactDeep(file), session_dates: [...file.session_dates] };
}

export function toShownQuality({ sessions, counts, ...rest }: QualityReport): ShownQuality {
  return {
    ...rest,
    counts: { ...counts },
    sessions: sessions.map(({ findings, measured, ...session }) => ({
      ...session,
      findings: findings.map((finding) => ({ ...finding, detail: redactText(finding.detail) })),
      measured:
        measured === null ? null : { ...measured, statements: { ...measured.statements }, drift: [...measured.drift] },
    })),
  };
}

export function toShownCoverage({ rows, unreadable, counts, ...rest }: Coverage): ShownCoverage {
  const shown = rows.map((row) => Object.assign({}, row, { reasons: [...row.reasons] }));
  return { ...rest, counts: { ...counts }, rows: shown, unreadable: redactDeep([...unreadable]) };
}

export function toShownEvent({ job_id, occurred_at, actor, event, detail }: JobEvent): ShownEvent {
  return { job_id, occurred_at, actor: redactText(actor), event, detail: detail === null ? null : redactText(detail) };
}
