import { join } from 'node:path';
import type { Disagreement } from '../core/coverage.ts';
import { relativeTo } from '../core/data-folder.ts';
import { toGexlakeError } from '../core/errors.ts';
import type { ParquetFile } from '../core/job.ts';
import { parseCanonicalPath } from '../core/canonical-path.ts';
import { parquetRows, type Database } from '../db/db.ts';
import type { Survey } from '../joblog/joblog.ts';
import { exists } from '../platform/files.ts';
import { listFiles } from '../platform/listing.ts';
import { isLeftByOthers } from '../verify/verify.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { isAsked, type CoverageScope } from './coverage-range.ts';
import { compareFooters } from './footers.ts';
import { findLive, type Lake, type LakePair } from './lake-facts.ts';

export type Compared = {
  readonly files: readonly ParquetFile[];
  readonly disagreements: readonly Disagreement[];
};

/** Compares the live files of a ticker and endpoint with the log, and the sessions that were counted in them with the log's. */
export async function comparePair(
  { folder }: GovernContext,
  { database, survey }: Lake,
  pair: LakePair,
): Promise<Compared> {
  const files: ParquetFile[] = [];
  const problems: Disagreement[] = [];
  for (const file of pair.files) {
    const found = await findLive(folder.root, file, survey.publishing);
    if ('file' in found) files.push(found.file);
    else problems.push(found.problem);
  }
  problems.push(...(await compareFooters(database, files, folder.root)));
  const known = new Set(problems.map(({ path }) => path));
  problems.push(...pair.unreadable.filter(({ path }) => !known.has(path)));
  // What a footer says would be found again in the sessions; files that cannot be read are not among them.
  if (!problems.some(({ code }) => code === 'rows' || code === 'sessions')) problems.push(...compareSessions(pair));
  return { files, disagreements: problems };
}

/** Distinct sessions and their records as SQL counts them in Parquet, against the log's. */
function compareSessions({ ticker, endpoint, sessions, read }: LakePair): Disagreement[] {
  const logged = new Set(read.flatMap((file) => file.session_dates));
  const of = (message: string): Disagreement => ({ code: 'sessions', path: null, job_id: null, message });
  const strange = [...sessions.keys()].filter((date) => !logged.has(date));
  const absent = [...logged].filter((date) => !sessions.has(date));
  const rows_logged = read.reduce((sum, file) => sum + file.row_count, 0);
  const rows = [...sessions.values()].reduce((sum, { records }) => sum + records, 0);
  const counted = `${ticker} ${endpoint} has ${rows} records in Parquet, ${rows_logged} in the log`;
  return [
    ...strange.map((date) => of(`session ${date} of ${ticker} ${endpoint} is in Parquet and not in the log`)),
    ...absent.map((date) => of(`session ${date} of ${ticker} ${endpoint} is in the log and not in Parquet`)),
    ...(rows === rows_logged ? [] : [{ ...of(counted), code: 'rows' as const }]),
  ];
}

/** Jobs that the log itself contradicts. */
export function compareJobs({ miscounted, withoutFiles }: Survey, scope: CoverageScope): Disagreement[] {
  const counts = miscounted
    .filter((job) => isAsked(job, scope))
    .map((job): Disagreement => {
      const parts = `${job.records_processed} processed + ${job.records_duplicate} duplicate + ${job.records_quarantined} set aside`;
      return {
        code: 'counts',
        path: null,
        job_id: job.id,
        message: `it read ${job.records_read} records, but ${parts}`,
      };
    });
  const empty = withoutFiles
    .filter((job) => isAsked(job, scope))
    .map((job): Disagreement => {
      return { code: 'no_files', path: null, job_id: job.id, message: 'it is completed and has published no file' };
    });
  return [...counts, ...empty];
}

/**
 * Files below `parquet/` that no job explains. The log is read after the folder: what a running import has linked in between is
 * explained by its intent, which it wrote down before.
 */
export async function findUnknownFiles(
  { folder, log }: GovernContext,
  { database, survey: earlier, scope }: Lake,
): Promise<Disagreement[]> {
  const listed = (await listFiles(folder.parquet)).map((path) => relativeTo(folder, join(folder.parquet, path)));
  const later = await log.whole.survey();
  const known = new Set<string>(
    [earlier, later].flatMap(({ live, publishing }) => [...live, ...publishing].map(({ path }) => path)),
  );
  const unknown: Disagreement[] = [];
  for (const path of listed) {
    const { ticker = null, endpoint = null } = parseCanonicalPath(path) ?? {};
    // Files of other programs are told of by `gexlake verify`.
    if (known.has(path) || isLeftByOthers(path) || !isAsked({ ticker, endpoint }, scope)) continue;
    // An import that was undone meanwhile has taken its files back.
    if (!(await exists(join(folder.root, path)))) continue;
    const holds = await describeFile(database, join(folder.root, path));
    unknown.push({ code: 'file_unknown', path, job_id: null, message: `no job explains it; ${holds}` });
  }
  return unknown;
}

/** Files of other programs below `parquet/`. */
export async function findStrays({ folder }: GovernContext): Promise<string[]> {
  const strays = (await listFiles(folder.parquet)).filter(isLeftByOthers);
  return strays.map((path) => relativeTo(folder, join(folder.parquet, path)));
}

async function describeFile(database: Database, path: string): Promise<string> {
  try {
    const row = await database.first(
      `SELECT format('it holds {} rows of {}', count(*), array_to_string(list_sort(list(DISTINCT session_date)), ', ')) AS holds
       FROM ${parquetRows([path])}`,
    );
    return typeof row?.['holds'] === 'string' ? row['holds'] : 'it is empty';
  } catch (error) {
    return `it cannot be read (${toGexlakeError(error).message})`;
  }
}
