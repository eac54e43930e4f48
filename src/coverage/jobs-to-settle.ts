import { errorRules } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import type { JobToSettle } from '../core/reconciliation.ts';
import { redactText, redactUrl } from '../core/redact.ts';
import { sightOf } from '../pipeline/pipeline.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';

const hour_ms = 3_600_000;

/** How long a job may be pending before that counts as stuck: somebody runs the pending ones at least once a day. */
const waiting_ms = 24 * hour_ms;

/** Failed jobs, newest first. `isHere` says whether the session of a job is published meanwhile. */
export function failedJobs(open: readonly Job[], isHere: (job: Job) => boolean): JobToSettle[] {
  const failed = open.filter((job) => job.status === 'failed').reverse();
  return failed.map((job) => toSettle(job, job.last_error ?? 'unknown', isHere(job) ? hintIfHere(job) : hintFor(job)));
}

/** Jobs that are started although their process is gone or silent, or pending for more than a day. */
export function stuckJobs({ clock, limits }: GovernContext, open: readonly Job[]): JobToSettle[] {
  return open.flatMap((job) => {
    const silent_ms = clock.now_ms() - Date.parse(job.heartbeat_at ?? job.updated_at);
    const isGone = job.status === 'started' && sightOf(job) === 'gone';
    if (isGone || (job.status === 'started' && silent_ms > limits.heartbeat_lost_ms)) {
      const silent = `has been silent for ${Math.round(silent_ms / 1000)} s, if the clocks are right`;
      const why = isGone ? 'is gone' : silent;
      const hint = 'The next `gexlake run` or `gexlake import` on that machine takes it over or back.';
      return [toSettle(job, `its process ${job.owner ?? ''} ${why}`, hint)];
    }
    const waited_ms = clock.now_ms() - Date.parse(job.updated_at);
    if (job.status !== 'pending' || waited_ms <= waiting_ms) return [];
    const waited = `pending for ${Math.floor(waited_ms / hour_ms)} hours`;
    return [toSettle(job, waited, '`gexlake run` works pending jobs off.')];
  });
}

function toSettle(job: Job, error: string, hint: string): JobToSettle {
  return {
    job_id: job.id,
    status: job.status,
    ticker: job.ticker,
    endpoint: job.endpoint,
    session_date: job.session_date,
    source: redactUrl(job.url),
    attempts: job.attempts,
    updated_at: job.updated_at,
    error: redactText(error),
    hint,
  };
}

function hintIfHere({ id }: Job): string {
  return `Its session is published by now. If this job is not needed any more: \`gexlake jobs cancel ${id}\`.`;
}

/** What to do, by whose doing it was; docs/errors.md has more about each code. */
function hintFor(job: Job): string {
  const code = job.error?.code;
  // A code of another version may be none of this one.
  const rule = code !== undefined && Object.hasOwn(errorRules, code) ? errorRules[code] : null;
  const retry = `\`gexlake jobs retry ${job.id}\`, then \`gexlake run\``;
  if (rule === null || rule.transient || code === 'INTERRUPTED' || code === 'IMPORTER_DIED')
    return `Try it again: ${retry}.`;
  const anew = `then \`gexlake jobs cancel ${job.id}\``;
  switch (rule.blame) {
    case 'upstream':
      return `Ask GEXBot for a new link, import that, ${anew}.`;
    case 'input':
      return `Look at the source and its options, import the right one, ${anew}.`;
    case 'environment':
      return `Remove the cause, then ${retry}.`;
    case 'bug':
      return `Report it. Then ${retry}.`;
  }
}
