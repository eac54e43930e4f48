import { errorRules } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import type { WantedPair } from '../core/subscription.ts';
import type { VendorCall } from '../core/vendor-call.ts';
import type { JobLog, Survey } from '../joblog/joblog.ts';

/** What a key may have, as far as is known: null where nobody has said. */
export type Allowed = {
  /** Governed names. */
  readonly endpoints: readonly string[] | null;
  readonly hist: boolean | null;
  readonly eod: boolean | null;
};

/** All that a plan follows from. Sessions are found by {@link sessionKey}. */
export type FetchFacts = {
  readonly now_ms: number;
  readonly pairs: readonly WantedPair[];
  readonly here: ReadonlySet<string>;
  /** The newest job of a session that waits, runs, is staged or has failed. */
  readonly jobs: ReadonlyMap<string, Job>;
  readonly gone: ReadonlyMap<string, { readonly how: 'withdrawn' | 'purged'; readonly job_id: string }>;
  /** By source. */
  readonly calls: ReadonlyMap<string, VendorCall>;
  readonly allowed: Allowed;
};

export function sessionKey(ticker: string, endpoint: string, date: string): string {
  return `${ticker} ${endpoint} ${date}`;
}

/** Reads what the log says: which sessions are here, under way, gone for a reason, and what the vendor was asked for. */
export async function readFacts(
  log: Pick<JobLog, 'whole' | 'vendor' | 'quality'>,
  given: Pick<FetchFacts, 'now_ms' | 'pairs' | 'allowed'>,
): Promise<FetchFacts> {
  const survey = await log.whole.survey();
  const calls = await log.vendor.calls();
  const here = new Set(
    survey.live.flatMap(({ ticker, endpoint, session_dates }) =>
      session_dates.map((date) => sessionKey(ticker, endpoint, date)),
    ),
  );
  // One record is no session: it is the close that the next session's file began with.
  for (const { ticker, endpoint, session_date, records } of await log.quality.counting())
    if (records === 1) here.delete(sessionKey(ticker, endpoint, session_date));
  return {
    ...given,
    here,
    jobs: newestJobs(survey.open),
    gone: goneSessions(survey),
    calls: new Map(calls.map((call) => [call.source, call])),
  };
}

/** A job that may still bring a session tells more than a newer one that has failed. */
function newestJobs(open: readonly Job[]): Map<string, Job> {
  const newest = new Map<string, Job>();
  for (const job of [...open].sort((left, right) => (left.id < right.id ? -1 : 1))) {
    if (job.ticker === null || job.endpoint === null || job.session_date === null || job.kind !== 'import') continue;
    const key = sessionKey(job.ticker, job.endpoint, job.session_date);
    const known = newest.get(key);
    if (known === undefined || known.status === 'failed' || job.status !== 'failed') newest.set(key, job);
  }
  return newest;
}

function goneSessions({ withdrawn, purged }: Survey): FetchFacts['gone'] {
  const gone = new Map<string, { readonly how: 'withdrawn' | 'purged'; readonly job_id: string }>();
  for (const { ticker, endpoint, session_date, job_id } of withdrawn)
    gone.set(sessionKey(ticker, endpoint, session_date), { how: 'withdrawn', job_id });
  for (const { ticker, endpoint, session_date, job_id } of purged)
    gone.set(sessionKey(ticker, endpoint, session_date), { how: 'purged', job_id });
  return gone;
}

/** Whether a job has failed by what it was given: the same bytes fail again. */
export function isByInput({ status, error }: Job): boolean {
  return status === 'failed' && error !== null && errorRules[error.code].blame === 'input';
}
