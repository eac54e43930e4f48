import { dirname } from 'node:path';
import { toGexlakeError } from '../../core/errors.ts';
import { formatCanonicalFolder } from '../../core/canonical-path.ts';
import { parquetFacts, parquetRows, type Database, type Row } from '../../db/db.ts';
import { checkContract, noteNewer, readColumnNames } from './contract.ts';
import type { LogFacts } from './facts.ts';
import { withUrls } from '../../publish/publish.ts';
import type { OpenedFile, Opening } from './opening.ts';
import type { PublishedFile } from './expected-files.ts';
import { of, unreadable } from './look.ts';
import type { Note, Problem, ProblemCode } from '../../core/problem.ts';

/** What is wrong with files, and what is worth knowing of them. */
export type Content = { readonly problems: readonly Problem[]; readonly notes: readonly Note[] };

/**
 * Opens Parquet files with DuckDB and holds what they contain against the log. `whole` reads rows, otherwise only footers are read.
 * Several files are opened together; where that fails, each half of them, to find out which one it is.
 */
export async function checkContent(
  opening: Opening,
  files: readonly PublishedFile[],
  whole: boolean,
): Promise<Content> {
  const found: Content[] = [];
  // Rows are read by folder; footers of a ticker and endpoint, because asking costs more than what they hold.
  const groups = Map.groupBy(files, ({ path, published: { dataset, ticker, endpoint } }) =>
    whole ? `${dirname(path)} ${dataset}` : `${ticker} ${endpoint}`,
  );
  for (const group of groups.values()) found.push(await checkGroup(opening, group, whole));
  return together(found);
}

async function checkGroup(opening: Opening, files: readonly PublishedFile[], whole: boolean): Promise<Content> {
  try {
    const { database, store, facts } = opening;
    const opened = await withUrls(files, store);
    const urls = opened.map(({ url }) => url);
    const rows = whole ? await readRows(database, urls) : await readFooters(database, urls);
    const metadata = await readMetadata(database, urls);
    const columns = await readColumnNames(database, urls);
    const versionOf = ({ url }: OpenedFile) => metadata.get(url)?.['gexlake.contract_version'];
    const problems = opened.flatMap((file) =>
      firstOf(
        () => checkPlace(file),
        () => checkRows(file, rows.get(file.url), whole),
        () => checkContract(file, versionOf(file), columns.get(file.url) ?? []),
        () => checkMetadata(file, facts, metadata.get(file.url) ?? {}),
      ),
    );
    return { problems, notes: opened.flatMap((file) => noteNewer(file, versionOf(file))) };
  } catch (thrown) {
    const error = toGexlakeError(thrown);
    const [first, ...others] = files;
    if (first !== undefined && others.length === 0) return { problems: [unreadable(first, error)], notes: [] };
    const half = Math.ceil(files.length / 2);
    return together([
      await checkGroup(opening, files.slice(0, half), whole),
      await checkGroup(opening, files.slice(half), whole),
    ]);
  }
}

export function together(found: readonly Content[]): Content {
  return { problems: found.flatMap(({ problems }) => problems), notes: found.flatMap(({ notes }) => notes) };
}

/** One problem a file: what follows from the first is not told. */
function firstOf(...checks: readonly (() => Problem | null)[]): Problem[] {
  for (const check of checks) {
    const found = check();
    if (found !== null) return [found];
  }
  return [];
}

async function readRows(database: Database, paths: readonly string[]): Promise<Map<unknown, Row>> {
  const rows = await database.all(
    `SELECT filename, count(*)::DOUBLE AS rows, epoch_ms(min(timestamp))::DOUBLE AS first_ms, epoch_ms(max(timestamp))::DOUBLE AS last_ms,
       array_to_string(list_sort(list(DISTINCT session_date)), ', ') AS sessions,
       array_to_string(list_sort(list(DISTINCT ticker)), ', ') AS tickers,
       count(*) FILTER (WHERE session_date IS NULL OR timestamp IS NULL OR ticker IS NULL)::DOUBLE AS incomplete
     FROM ${parquetRows(paths, { filename: true })} GROUP BY filename`,
  );
  return new Map(rows.map((row) => [row['filename'], row]));
}

/** What footers say of rows, and their statistics of times and sessions; null where a file has none. */
async function readFooters(database: Database, paths: readonly string[]): Promise<Map<unknown, Row>> {
  const rows = await database.all(
    `SELECT file_name,
       sum(row_group_num_rows) FILTER (path_in_schema = 'timestamp')::DOUBLE AS rows,
       epoch_ms(min(TRY_CAST(stats_min_value AS TIMESTAMPTZ)) FILTER (path_in_schema = 'timestamp'))::DOUBLE AS first_ms,
       epoch_ms(max(TRY_CAST(stats_max_value AS TIMESTAMPTZ)) FILTER (path_in_schema = 'timestamp'))::DOUBLE AS last_ms,
       min(stats_min_value) FILTER (path_in_schema = 'session_date') AS first_session,
       max(stats_max_value) FILTER (path_in_schema = 'session_date') AS last_session
     FROM ${parquetFacts('parquet_metadata', paths)} GROUP BY file_name`,
  );
  return new Map(rows.map((row) => [row['file_name'], row]));
}

async function readMetadata(
  database: Database,
  paths: readonly string[],
): Promise<Map<unknown, Record<string, unknown>>> {
  const rows = await database.all(
    `SELECT file_name, decode(key) AS key, decode(value) AS value FROM ${parquetFacts('parquet_kv_metadata', paths)}`,
  );
  const found = new Map<unknown, Record<string, unknown>>();
  for (const { file_name, key, value } of rows) {
    const entries = found.get(file_name) ?? {};
    if (typeof key === 'string') entries[key] = value;
    found.set(file_name, entries);
  }
  return found;
}

/** The folder of a file follows from its ticker, endpoint and month. */
function checkPlace(file: PublishedFile): Problem | null {
  const { path, ticker, endpoint, session_dates } = file.published;
  const [session = ''] = session_dates;
  const expected = formatCanonicalFolder({ month: session.slice(0, 7), ticker, endpoint });
  const isOneMonth = session_dates.every((date) => date.slice(0, 7) === session.slice(0, 7));
  if (dirname(path) === expected && isOneMonth) return null;
  const what = `is logged as ${ticker} ${endpoint} of ${session_dates.join(', ')}, which belongs into ${expected}`;
  return of(file, 'FILE_BLOCK', what);
}

/** What a file has, and what the log says of it. */
type Values = { readonly found: unknown; readonly logged: unknown };

function checkRows(file: PublishedFile, row: Row | undefined, whole: boolean): Problem | null {
  const { row_count, first_timestamp, last_timestamp, session_dates, ticker } = file.published;
  const differs = (code: ProblemCode, what: string, { found, logged }: Values) =>
    String(found) === String(logged)
      ? null
      : of(file, code, `has ${what} ${String(found)}, logged is ${String(logged)}`);
  const rows = differs('FILE_ROWS', 'a row count of', { found: row?.['rows'] ?? 0, logged: row_count });
  if (rows !== null || row === undefined) return rows;
  const unlessUnsaid: typeof differs = (code, what, values) =>
    values.found === null ? null : differs(code, what, values);
  const [first, last] = [timeOf(row['first_ms']), timeOf(row['last_ms'])];
  const times =
    unlessUnsaid('FILE_TIMES', 'the first timestamp', { found: first, logged: first_timestamp }) ??
    unlessUnsaid('FILE_TIMES', 'the last timestamp', { found: last, logged: last_timestamp });
  if (times !== null) return times;
  if (!whole) {
    const [firstSession, lastSession] = [row['first_session'], row['last_session']];
    return (
      unlessUnsaid('FILE_SESSIONS', 'the first session', { found: firstSession, logged: session_dates[0] }) ??
      unlessUnsaid('FILE_SESSIONS', 'the last session', { found: lastSession, logged: session_dates.at(-1) })
    );
  }
  const withoutKey = { found: row['incomplete'], logged: 0 };
  return (
    differs('FILE_SESSIONS', 'the sessions', { found: row['sessions'], logged: session_dates.join(', ') }) ??
    differs('FILE_BLOCK', 'the ticker', { found: row['tickers'], logged: ticker }) ??
    differs('FILE_ROWS', 'a count of rows without session, timestamp or ticker of', withoutKey)
  );
}

function timeOf(milliseconds: unknown): string | null {
  if (milliseconds === null) return null;
  const found = Number(milliseconds);
  const date = new Date(found);
  return Number.isNaN(date.getTime()) ? String(found) : date.toISOString();
}

/** The file itself says which sources it is made of. */
function checkMetadata(
  file: PublishedFile,
  { jobs, sources }: LogFacts,
  metadata: Record<string, unknown>,
): Problem | null {
  const named = String(metadata['gexlake.source_checksum']).split(',');
  const job = jobs.get(file.jobId);
  if (job?.job.kind === 'import' && named.join(',') !== job.checksum) {
    return of(file, 'FILE_METADATA', `is made from source ${named.join(', ')}, its job from ${job.checksum ?? 'none'}`);
  }
  const unknown = named.filter((checksum) => !sources.has(checksum));
  if (unknown.length === 0 || job?.job.kind === 'migration') return null;
  return of(file, 'FILE_METADATA', `is made from source ${unknown.join(', ')}, which no job has received`);
}
