import { join } from 'node:path';
import type { Disagreement } from '../core/coverage.ts';
import type { ParquetFile } from '../core/job.ts';
import { parquetFacts, type Database, type Row } from '../db/db.ts';
import { unreadable } from './session-facts.ts';

/** Reads the footers of live files and compares them with the log: rows, first and last timestamp, first and last session. */
export async function compareFooters(
  database: Database,
  files: readonly ParquetFile[],
  dataFolder: string,
): Promise<Disagreement[]> {
  if (files.length === 0) return [];
  try {
    const footers = await readFooters(database, files, dataFolder);
    return files.flatMap((file) => compareFooter(file, footers.get(join(dataFolder, file.path))));
  } catch (error) {
    const [only, ...others] = files;
    if (only !== undefined && others.length === 0) return [unreadable(only, error)];
  }
  const found: Disagreement[] = [];
  for (const file of files) found.push(...(await compareFooters(database, [file], dataFolder)));
  return found;
}

/** Statistics are texts in ISO form, which sort as what they mean; a file without them leaves these comparisons out. */
async function readFooters(
  database: Database,
  files: readonly ParquetFile[],
  dataFolder: string,
): Promise<Map<string, Row>> {
  const paths = files.map((file) => join(dataFolder, file.path));
  const rows = await database.all(
    `SELECT file_name,
       sum(row_group_num_rows) FILTER (path_in_schema = 'timestamp')::BIGINT AS rows,
       min(stats_min_value) FILTER (path_in_schema = 'timestamp') AS first,
       max(stats_max_value) FILTER (path_in_schema = 'timestamp') AS last,
       min(stats_min_value) FILTER (path_in_schema = 'session_date') AS first_session,
       max(stats_max_value) FILTER (path_in_schema = 'session_date') AS last_session
     FROM ${parquetFacts('parquet_metadata', paths)} GROUP BY file_name`,
  );
  return new Map(rows.map((row) => [row['file_name'] as string, row]));
}

type Comparison = {
  readonly code: 'rows' | 'timestamps' | 'sessions';
  readonly what: string;
  readonly logged: string;
  /** Null where the footer does not say. */
  readonly found: string | null;
};

function compareFooter(file: ParquetFile, footer: Row | undefined): Disagreement[] {
  const { path, job_id } = file;
  const sessions = [...file.session_dates].sort();
  const rows = String(Number(footer?.['rows'] ?? 0));
  const [first, last] = [toIso(text(footer?.['first'])), toIso(text(footer?.['last']))];
  const [firstSession, lastSession] = [text(footer?.['first_session']), text(footer?.['last_session'])];
  const comparisons: readonly Comparison[] = [
    { code: 'rows', what: 'number of rows', logged: String(file.row_count), found: rows },
    { code: 'timestamps', what: 'first timestamp', logged: file.first_timestamp, found: first },
    { code: 'timestamps', what: 'last timestamp', logged: file.last_timestamp, found: last },
    { code: 'sessions', what: 'first session', logged: sessions[0] ?? '', found: firstSession },
    { code: 'sessions', what: 'last session', logged: sessions.at(-1) ?? '', found: lastSession },
  ];
  return comparisons
    .filter(({ found, logged }) => found !== null && found !== logged)
    .map(({ code, what, logged, found }) => {
      return { code, path, job_id, message: `its ${what} is ${found}, the log has ${logged}` };
    });
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** `2025-10-22 13:30:00+00` as the log's reader writes times. */
function toIso(found: string | null): string | null {
  if (found === null) return null;
  const time = new Date(found.replace(' ', 'T').replace(/\+00$/, 'Z'));
  return Number.isNaN(time.getTime()) ? found : time.toISOString();
}
