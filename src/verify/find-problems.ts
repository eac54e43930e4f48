import { dirname } from 'node:path';
import type { Job } from '../core/job.ts';
import { problem, type Problem } from '../core/problem.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { factsOfLog, type LogFacts } from './checks/facts.ts';
import { lookUntilSure } from './look-again.ts';
import type { Reading } from './reading.ts';
import { lookAtAll, type IsAsked, type LookedAtAll } from './run-checks.ts';

/** What is looked for, and how. */
export type Search = {
  readonly reading: Reading;
  /** What it is about, by the log. */
  readonly scope: (facts: LogFacts) => IsAsked;
  readonly isAbandoned: (job: Job) => boolean;
};

/** What was found: by the first look, but for the problems, which are those that were still there when they were looked at again. */
export type Found = LookedAtAll & { readonly facts: LogFacts };

/** The log as it is now; null where there is none. */
export async function readLog({ log }: GovernContext): Promise<LogSnapshot | null> {
  return (await log.whole.isThere()) ? log.whole.snapshot() : null;
}

/** Looks for problems by the log as it was read, and again before they count. */
export function findProblems(context: GovernContext, log: LogSnapshot, search: Search): Promise<Found> {
  return lookUntilSure<LogSnapshot | null, Found>(context.clock, log, {
    readLog: () => readLog(context),
    look: async (now, before) =>
      before === null
        ? lookFirst(context, log, search)
        : { ...before, problems: await stillThere(context, now, { search, before }) },
    isSame: sameLog,
  });
}

async function lookFirst(context: GovernContext, log: LogSnapshot, search: Search): Promise<Found> {
  const facts = factsOfLog(log, search.isAbandoned);
  const isAsked = search.scope(facts);
  return { ...(await lookAtAll(context, facts, { reading: search.reading, isAsked, modeless: null })), facts };
}

/** Which of the problems are still there by a newer log. */
async function stillThere(
  context: GovernContext,
  log: LogSnapshot | null,
  { search, before }: { readonly search: Search; readonly before: Found },
): Promise<readonly Problem[]> {
  if (log === null) return [problem('LOG_MISSING', { path: 'gex_history.db' }, 'gex_history.db is gone')];
  const subjects = new Set(before.problems.flatMap(({ path, job_id }) => [path, job_id]));
  // What is wrong between files is seen only where all of their folder are looked at.
  const folders = new Set(before.problems.flatMap(({ path }) => (path === null ? [] : dirname(path))));
  const isAsked: IsAsked = ({ path, jobId }) =>
    (path !== null && folders.has(dirname(path))) || (jobId !== null && subjects.has(jobId));
  const { reading, isAbandoned } = search;
  const again = await lookAtAll(context, factsOfLog(log, isAbandoned), { reading, isAsked, modeless: before.modeless });
  const known = new Set(before.problems.map(keyOf));
  return again.problems.filter((one) => known.has(keyOf(one)));
}

function keyOf({ code, path, job_id }: Problem): string {
  return JSON.stringify([code, path, job_id]);
}

/** Whether nothing but heartbeats has happened. */
function sameLog(left: LogSnapshot | null, right: LogSnapshot | null): boolean {
  return left?.events.length === right?.events.length && JSON.stringify(left?.files) === JSON.stringify(right?.files);
}
