import { join } from 'node:path';
import type { Disagreement } from '../core/coverage.ts';
import type { Job, ParquetFile } from '../core/job.ts';
import { coverageThresholds } from '../core/coverage.ts';
import { formatDay } from '../core/session.ts';
import { inMemory, withDatabase, type Database } from '../db/db.ts';
import type { Survey } from '../joblog/joblog.ts';
import { exists, sizeOf } from '../platform/files.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import type { PairFacts } from './coverage-plan.ts';
import { isAsked, type CoverageScope } from './coverage-range.ts';
import { readSessions } from './session-facts.ts';

/** A ticker and endpoint with what is published and what is not over. */
export type LakePair = PairFacts & {
  /** All live files, of both datasets. */
  readonly files: readonly ParquetFile[];
  /** The `snapshots` that the sessions were counted in, and those that could not be read or are not as the log says. */
  readonly read: readonly ParquetFile[];
  readonly unreadable: readonly Disagreement[];
};

/** How often to start anew because an import has changed what was being read. */
const attempts = 5;

/** How long to wait for a job between its intent and its commit, when files and log may differ, and how often to look. */
const settle_ms = 5_000;
const settleLook_ms = 100;

/** More sessions before a range than make a median: half days among them do not count for it. */
const history_sessions = coverageThresholds.median_sessions + 5;

/** The lake while it is looked at: the engine that reads it, the log at that moment, and what was asked. */
export type Lake = { readonly database: Database; readonly survey: Survey; readonly scope: CoverageScope };

type Look<T> = {
  readonly look: (lake: Lake, pairs: readonly LakePair[]) => Promise<T>;
  /** Whether all that was seen is as the log says. */
  readonly isClean: (seen: T) => boolean;
};

/**
 * Looks at the log and at what it says is live, as of one moment. Where a file is not as the log says and the log says something else
 * by then, an import was at work, and all is read again.
 */
export async function readLake<T>(
  context: GovernContext,
  scope: CoverageScope,
  { look, isClean }: Look<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const survey = await context.log.whole.survey();
    const seen = await withDatabase(inMemory, context.engine, async (database) => {
      const lake = { database, survey, scope };
      const pairs: LakePair[] = [];
      const found = findPairs(survey, scope);
      for (const pair of found) {
        pairs.push(await readPair(context, lake, pair));
        context.onProgress('reading sessions', pairs.length, found.length);
      }
      return look(lake, pairs);
    });
    if (isClean(seen) || attempt === attempts || isSame(survey, await settledSurvey(context))) return seen;
  }
}

/** The log once nothing is on its way to be live or superseded, or after a while all the same: a job may have died half-way. */
async function settledSurvey(context: GovernContext): Promise<Survey> {
  const { clock } = context;
  for (const end_ms = clock.monotonic_ms() + settle_ms; ;) {
    const survey = await context.log.whole.survey();
    const isSettled = survey.publishing.length === 0 && survey.live.every((file) => file.superseded_by === null);
    if (isSettled || clock.monotonic_ms() >= end_ms) return survey;
    await clock.sleep(settleLook_ms);
  }
}

type Pair = { readonly ticker: string; readonly endpoint: string };

/**
 * The tickers and endpoints that the log knows and the request is about, those of which all was withdrawn included; one that is named
 * in full is among them in any case.
 */
function findPairs({ live, open, withdrawn }: Survey, scope: CoverageScope): Pair[] {
  const pairs = new Map<string, Pair>();
  for (const { ticker, endpoint } of [scope, ...live, ...open, ...withdrawn]) {
    if (ticker === null || endpoint === null || !isAsked({ ticker, endpoint }, scope)) continue;
    pairs.set(`${ticker} ${endpoint}`, { ticker, endpoint });
  }
  return [...pairs].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, pair]) => pair);
}

async function readPair(
  { folder }: GovernContext,
  { database, survey, scope }: Lake,
  { ticker, endpoint }: Pair,
): Promise<LakePair> {
  const one = { ...scope, ticker, endpoint };
  const files = survey.live.filter((file) => isAsked(file, one));
  const wanted = inRange(files, scope).filter((file) => file.dataset === 'snapshots');
  const changed: Disagreement[] = [];
  const present: ParquetFile[] = [];
  for (const file of wanted) {
    const found = await findLive(folder.root, file, survey.publishing);
    if ('file' in found) present.push(found.file);
    else changed.push(found.problem);
  }
  const { sessions, unreadable } = await readSessions(database, present, folder.root);
  const jobs: Job[] = survey.open.filter((job) => isAsked(job, one));
  const damaged = new Set(unreadable.map(({ path }) => path));
  const read = present.filter(({ path }) => !damaged.has(path));
  const withdrawn = new Map(
    survey.withdrawn.filter((gone) => isAsked(gone, one)).map((gone) => [gone.session_date, gone]),
  );
  return { ticker, endpoint, sessions, jobs, withdrawn, files, read, unreadable: [...changed, ...unreadable] };
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
 * A live file that is there, as the log knows it, or what is wrong with it before it is opened. While a correction or compaction takes
 * its name, the file of the new job may lie there already.
 */
export async function findLive(
  dataFolder: string,
  file: ParquetFile,
  publishing: readonly ParquetFile[],
): Promise<{ readonly file: ParquetFile } | { readonly problem: Disagreement }> {
  const path = join(dataFolder, file.path);
  const of = { path: file.path, job_id: file.job_id };
  const missing = 'the log says that it is live, and it is not there';
  if (!(await exists(path))) return { problem: { code: 'file_missing', ...of, message: missing } };
  const size_bytes = await sizeOf(path);
  const candidates = [file, ...publishing.filter((intended) => intended.path === file.path)];
  const found = candidates.find((known) => known.size_bytes === size_bytes);
  if (found !== undefined) return { file: found };
  const message = `it has ${size_bytes} bytes, published were ${file.size_bytes}`;
  return { problem: { code: 'file_size', ...of, message } };
}

function isSame(left: Survey, right: Survey): boolean {
  const names = ({ live, publishing }: Survey) =>
    [...live, ...publishing]
      .map((file) => `${file.state} ${file.path} ${file.checksum} ${file.superseded_by}`)
      .join('\n');
  return names(left) === names(right);
}
