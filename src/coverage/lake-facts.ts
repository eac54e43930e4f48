import type { Job, ParquetFile } from '../core/job.ts';
import { coverageThresholds } from '../core/coverage.ts';
import type { Problem } from '../core/problem.ts';
import { formatDay } from '../core/session.ts';
import { inMemory, withDatabase, type Database } from '../db/db.ts';
import type { WantedPair } from '../core/subscription.ts';
import type { PurgedSession, Survey, WithdrawnSession } from '../joblog/joblog.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { asPublished, lookAt, lookUntilSure } from '../verify/verify.ts';
import type { PairFacts } from './coverage-plan.ts';
import { isAsked, type CoverageScope } from './coverage-range.ts';
import { readSessions } from './session-facts.ts';
import type { FileStore } from '../store/store.ts';

/** A ticker and endpoint with what is published and what is not over. */
export type LakePair = PairFacts & {
  /** All live files, of both datasets. */
  readonly files: readonly ParquetFile[];
  /** What is wrong with `snapshots` in which no session could be counted. */
  readonly unreadable: readonly Problem[];
};

/** More sessions before a range than make a median: half days among them do not count for it. */
const history_sessions = coverageThresholds.median_sessions + 5;

/** What was asked about, and what the log said of it when it was read. */
export type Lake = {
  readonly survey: Survey;
  readonly pairs: readonly LakePair[];
  /** What is wrong with files in which no session could be counted, of all pairs. */
  readonly problems: readonly Problem[];
};

/**
 * Reads the log, and the sessions in the files that it says are live. Where a file is not as the log says, an import may have been at
 * work: its ticker and endpoint are read again.
 */
export async function readLake(
  context: GovernContext,
  scope: CoverageScope,
  wanted: readonly WantedPair[] = [],
): Promise<Lake> {
  const readLog = async () => {
    const survey = await context.log.whole.survey();
    return { survey, jobs: survey.open, files: [...survey.live, ...survey.publishing] };
  };
  type Log = Awaited<ReturnType<typeof readLog>>;
  return lookUntilSure<Log, Lake>(context.clock, await readLog(), {
    readLog,
    look: ({ survey }, before) => readPairs(context, { survey, scope, wanted }, before?.pairs ?? []),
    isSame: (left, right) => JSON.stringify(left.files) === JSON.stringify(right.files),
  });
}

/** A reading of the log, and what was asked. */
type Asked = { readonly survey: Survey; readonly scope: CoverageScope; readonly wanted: readonly WantedPair[] };

/** What has been read before stays, where all of it could be. */
async function readPairs(context: GovernContext, asked: Asked, before: readonly LakePair[]): Promise<Lake> {
  const pairs: LakePair[] = [];
  const found = findPairs(asked);
  await withDatabase(inMemory, context.engine, async (database) => {
    for (const pair of found) {
      const known = before.find(({ ticker, endpoint }) => ticker === pair.ticker && endpoint === pair.endpoint);
      const isRead = known !== undefined && known.unreadable.length === 0;
      pairs.push(isRead ? known : await readPair({ database, store: context.store }, asked, pair));
      context.onProgress('reading sessions', pairs.length, found.length);
    }
  });
  return { survey: asked.survey, pairs, problems: pairs.flatMap(({ unreadable }) => unreadable) };
}

type Pair = { readonly ticker: string; readonly endpoint: string };

/**
 * The tickers and endpoints that the log knows and the request is about, those of which all was withdrawn or purged included; one that is named
 * in full is among them in any case.
 */
function findPairs({ survey: { live, open, withdrawn, purged }, scope, wanted }: Asked): Pair[] {
  const pairs = new Map<string, Pair>();
  for (const { ticker, endpoint } of [scope, ...wanted, ...live, ...open, ...withdrawn, ...purged]) {
    if (ticker === null || endpoint === null || !isAsked({ ticker, endpoint }, scope)) continue;
    pairs.set(`${ticker} ${endpoint}`, { ticker, endpoint });
  }
  return [...pairs].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, pair]) => pair);
}

async function readPair(
  { database, store }: { readonly database: Database; readonly store: FileStore },
  { survey, scope }: Pick<Asked, 'survey' | 'scope'>,
  { ticker, endpoint }: Pair,
): Promise<LakePair> {
  const one = { ...scope, ticker, endpoint };
  const files = survey.live.filter((file) => isAsked(file, one));
  const wrong: Problem[] = [];
  const whole: ParquetFile[] = [];
  for (const file of inRange(files, scope).filter(({ dataset }) => dataset === 'snapshots')) {
    const found = await whyNotWhole(store, file, survey.publishing);
    if (found === null) whole.push(file);
    else wrong.push(found);
  }
  const { sessions, unreadable } = await readSessions(database, whole, store);
  const jobs: Job[] = survey.open.filter((job) => isAsked(job, one));
  const byDate = <T extends WithdrawnSession | PurgedSession>(gone: readonly T[]) =>
    new Map(gone.filter((session) => isAsked(session, one)).map((session) => [session.session_date, session]));
  const [withdrawn, purged] = [byDate(survey.withdrawn), byDate(survey.purged)];
  return { ticker, endpoint, sessions, jobs, withdrawn, purged, files, unreadable: [...wrong, ...unreadable] };
}

/** The files of the sessions that are asked for, and of as many before as the median needs. */
function inRange(files: readonly ParquetFile[], { first, last }: CoverageScope): ParquetFile[] {
  const end = formatDay(last);
  const dates = [...new Set(files.flatMap((file) => file.session_dates))].sort();
  const start = first === null ? '' : formatDay(first);
  const at = dates.findIndex((date) => date >= start);
  const from = dates[Math.max(0, (at === -1 ? dates.length : at) - history_sessions)] ?? '';
  return files.filter((file) => file.session_dates.some((date) => date >= from && date <= end));
}

/**
 * What is wrong with a live file before it is opened. While a correction or compaction takes its name, the file of the new job may
 * lie there already.
 */
async function whyNotWhole(
  store: FileStore,
  file: ParquetFile,
  publishing: readonly ParquetFile[],
): Promise<Problem | null> {
  const { isWhole, problems } = await lookAt(store, asPublished(file));
  if (isWhole) return null;
  for (const intended of publishing.filter(({ path }) => path === file.path))
    if ((await lookAt(store, asPublished(intended))).isWhole) return null;
  return problems[0] ?? null;
}
