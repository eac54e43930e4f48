import type { Coverage, CoverageDay, CoverageState } from '../core/coverage.ts';
import { isIn, keptFolders } from '../core/kept-places.ts';
import { parseEndpoint, vendorFileName } from '../core/names.ts';
import type { Job } from '../core/job.ts';
import type { Reconciliation, ReconcileRequest, ReconcileResult, SessionToFetch } from '../core/reconciliation.ts';
import { writeOutputFile } from '../platform/output-file.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { verifyBriefly, type BriefReport } from '../verify/verify.ts';
import { askedFindings } from './asked-findings.ts';
import { isGivenUp, toCoverage } from './cover.ts';
import { isAsked, toScope, type CoverageScope } from './coverage-range.ts';
import { failedJobs, stuckJobs } from './jobs-to-settle.ts';
import { readLake, type Lake, type LakePair } from './lake-facts.ts';
import { keepReport } from './report-file.ts';
import { renderReport } from './report.ts';

/**
 * Jobs against Parquet against the calendar, and the report about it. Changes nothing but that it adds the report.
 * @throws what `coverage` throws, and FILE_EXISTS where a file of the user's is in the report's place
 */
export async function reconcile(context: GovernContext, request: ReconcileRequest): Promise<ReconcileResult> {
  const scope = toScope(request, Math.floor(context.clock.now_ms() / 1000));
  const lake = await readLake(context, scope);
  const found = await verifyBriefly(context, (facts) => askedFindings(scope, facts));
  const reconciliation = { ...summarise(context, lake, scope), ...compare(found, lake) };
  const markdown = renderReport(reconciliation);
  const name = `reconcile-${reconciliation.as_of_date}`;
  return { reconciliation, markdown, report_path: await putReport(context, request.report, { name, markdown }) };
}

type Compared = Pick<Reconciliation, 'ok' | 'checked' | 'disagreements' | 'strays'>;

/** What verifying has found, and files that opened well and whose sessions could not be counted all the same. */
function compare({ checked, problems, strays }: BriefReport, lake: Lake): Compared {
  const known = new Set(problems.map(({ path }) => path));
  const disagreements = [...problems, ...lake.problems.filter(({ path }) => !known.has(path))];
  const sessions = lake.pairs.reduce((sum, pair) => sum + pair.sessions.size, 0);
  return {
    ok: disagreements.length === 0,
    checked: { files: checked.live_files, rows: checked.rows, sessions },
    disagreements,
    strays: strays.filter((path) => isIn(keptFolders.parquet, path)),
  };
}

function summarise(
  context: GovernContext,
  { survey, pairs }: Lake,
  scope: CoverageScope,
): Omit<Reconciliation, keyof Compared> {
  // What was given up is nothing to fetch.
  const coverage = toCoverage(
    pairs.filter((pair) => !isGivenUp(pair, scope)),
    scope,
  );
  const withState = (state: CoverageState) => coverage.rows.filter((day) => day.state === state);
  const open = survey.open.filter((job) => isAsked(job, scope));
  return {
    as_of: coverage.as_of,
    as_of_date: coverage.as_of_date,
    from: coverage.from,
    to: coverage.to,
    counts: coverage.counts,
    to_fetch: sessionsToFetch(coverage),
    partial: byUrgency(withState('partial')),
    pending: byUrgency(withState('pending')),
    lost: withState('lost'),
    unexpected: withState('closed').filter(({ records }) => records !== null),
    failed_jobs: failedJobs(open, (job) => isPublished(pairs, job)),
    stuck_jobs: stuckJobs(context, open),
  };
}

function sessionsToFetch({ rows }: Coverage): SessionToFetch[] {
  return byUrgency(rows.filter(({ state }) => state === 'missing')).map((day) => ({
    days_left: day.days_left ?? 0,
    ticker: day.ticker,
    endpoint: day.endpoint,
    session_date: day.session_date,
    file_name: vendorFileName(day.ticker, parseEndpoint(day.endpoint), day.session_date),
    job_id: day.job_id,
  }));
}

/** What is gone soonest comes first; what the vendor has no more comes last. */
function byUrgency(days: readonly CoverageDay[]): CoverageDay[] {
  const left = (day: CoverageDay) => day.days_left ?? Number.MAX_SAFE_INTEGER;
  // Sorting is stable: within a day the order is that of ticker and endpoint.
  return [...days].sort((one, other) => left(one) - left(other));
}

function isPublished(pairs: readonly LakePair[], job: Job): boolean {
  const pair = pairs.find(({ ticker, endpoint }) => ticker === job.ticker && endpoint === job.endpoint);
  return (
    pair?.files.some((file) => job.session_date !== null && file.session_dates.includes(job.session_date)) ?? false
  );
}

async function putReport(
  context: GovernContext,
  report: ReconcileRequest['report'],
  { name, markdown }: { readonly name: string; readonly markdown: string },
): Promise<string | null> {
  if (report.kind === 'none') return null;
  if (report.kind === 'folder') return keepReport(context, name, markdown);
  await writeOutputFile(report.path, [Buffer.from(markdown)], false);
  return report.path;
}
