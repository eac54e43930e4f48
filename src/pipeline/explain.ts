import { GexlakeError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import type { Expectation } from '../core/journey.ts';
import { parseEndpoint } from '../core/names.ts';
import { redactUrl } from '../core/redact.ts';
import type { Conflict } from '../publish/publish.ts';

/** What a job's records must be. @throws SOURCE_UNIDENTIFIED for a job that was written down without knowing */
export function expectationOf(job: Job): Expectation {
  if (job.ticker !== null && job.endpoint !== null) {
    const spotMayLack = job.kind === 'migration';
    return { ticker: job.ticker, endpoint: parseEndpoint(job.endpoint), sessionDate: job.session_date, spotMayLack };
  }
  throw new GexlakeError('SOURCE_UNIDENTIFIED', `job ${job.id} has no ticker or no endpoint`, {
    details: { jobId: job.id },
    hint: 'A retry cannot help. Import the source again, with --ticker and --endpoint if its name does not say them.',
  });
}

/** Errors about a file name it; others are made to say which source they are about. */
export function withSource(message: string, job: Job): string {
  const source = redactUrl(job.url);
  const name = source.slice(source.lastIndexOf('/') + 1).replace(/\?.*$/, '');
  return name === '' || message.includes(name.replace(/\.(?:gz|zst)$/, '')) ? message : `${source}: ${message}`;
}

export function keptChanging(job: Job): GexlakeError {
  return new GexlakeError('LOCK_BUSY', `other jobs keep publishing into the blocks of job ${job.id}`, {
    details: { jobId: job.id },
    hint: 'Retry the job when they are done.',
  });
}

export function conflictError(conflict: Conflict, job: Job): GexlakeError {
  const others = conflict.seconds > 1 ? ` (${conflict.seconds} seconds differ)` : '';
  const problem = `${conflict.column} of ${conflict.dataset} at ${conflict.timestamp} is ${conflict.found}, published is ${conflict.published}`;
  return new GexlakeError('ROWS_CONFLICT', `${problem} by job ${conflict.jobId}${others}`, {
    details: { jobId: conflict.jobId, field: conflict.column },
    hint: `Published rows never change by themselves. ${adviceOnConflict(conflict, job)}`,
  });
}

function adviceOnConflict({ jobId }: Conflict, job: Job): string {
  return job.kind === 'migration'
    ? 'The old file was left as it is. Find out which of the two is right; the source of the published rows can be imported as a correction.'
    : `If this source is right: gexlake correct ${jobId} '${redactUrl(job.url)}' --reason '…'`;
}
