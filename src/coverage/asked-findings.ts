import { parseCanonicalPath, parseRetiredPath } from '../core/canonical-path.ts';
import type { ParquetFile } from '../core/job.ts';
import { identifySource, isIdentified } from '../core/names.ts';
import { formatDay } from '../core/session.ts';
import type { IsAsked, LogFacts } from '../verify/verify.ts';
import type { CoverageScope } from './coverage-range.ts';

/** What something is of, as far as anything says. Days are sessions or whole months; none where it may be of any. */
type About = { readonly ticker: string | null; readonly endpoint: string | null; readonly days: readonly string[] };

/**
 * Whether a file or a finding is about what was asked: by the log's row of the file and its folder, else by its job, else by the
 * name of a source. What nothing is known of is always asked about.
 */
export function askedFindings(scope: CoverageScope, facts: LogFacts): IsAsked {
  const rows = Map.groupBy(facts.files, ({ path }) => path as string);
  for (const file of facts.files) if (file.archive_path !== null) rows.set(file.archive_path, [file]);
  return ({ path, jobId }) => {
    const ofPath = path === null ? [] : aboutPath(path, rows.get(path) ?? []);
    const ofJob = jobId === null || ofPath.length > 0 ? [] : aboutJob(jobId, facts);
    const isUnknown = path !== null && ofPath.length === 0 && ofJob.length === 0;
    const abouts = [...ofPath, ...ofJob, ...(isUnknown ? aboutName(path) : [])];
    return abouts.length === 0 || abouts.some((about) => fits(about, scope));
  };
}

function aboutPath(path: string, rows: readonly ParquetFile[]): About[] {
  const folder = parseCanonicalPath(path) ?? parseRetiredPath(path)?.live;
  const logged = rows.map(aboutRow);
  if (folder === undefined) return logged;
  const days = rows.length === 0 ? [folder.month] : logged.flatMap((row) => row.days);
  return [...logged, { ticker: folder.ticker, endpoint: folder.endpoint, days }];
}

function aboutJob(jobId: string, { jobs, filesByJob }: LogFacts): About[] {
  const rows = (filesByJob.get(jobId) ?? []).map(aboutRow);
  const job = jobs.get(jobId)?.job;
  if (job === undefined) return rows;
  const days = job.session_date === null ? rows.flatMap((row) => row.days) : [job.session_date];
  return [...rows, { ticker: job.ticker, endpoint: job.endpoint, days }];
}

function aboutRow({ ticker, endpoint, session_dates }: ParquetFile): About {
  return { ticker, endpoint, days: session_dates };
}

function aboutName(path: string): About[] {
  if (!isIdentified(path)) return [];
  const { ticker, endpoint, sessionDate } = identifySource(path);
  return [{ ticker, endpoint: endpoint.name, days: sessionDate === null ? [] : [sessionDate] }];
}

function fits(
  { ticker, endpoint, days }: About,
  { ticker: ofTicker, endpoint: ofEndpoint, first, until }: CoverageScope,
) {
  const isOne = (asked: string | null, found: string | null) => asked === null || found === null || found === asked;
  const from = first === null ? '' : formatDay(first);
  const to = until === null ? '9999-12-31' : formatDay(until);
  const isIn = (day: string) => day >= from.slice(0, day.length) && day <= to.slice(0, day.length);
  return isOne(ofTicker, ticker) && isOne(ofEndpoint, endpoint) && (days.length === 0 || days.some(isIn));
}
