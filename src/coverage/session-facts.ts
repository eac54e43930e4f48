import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import type { ParquetFile } from '../core/job.ts';
import type { Problem } from '../core/problem.ts';
import { parquetRows, type Database, type Row } from '../db/db.ts';
import { urlsOf, type EngineUrls } from '../publish/publish.ts';
import { asPublished, unreadable } from '../verify/verify.ts';
import type { SessionFacts } from './history.ts';

/** Sessions as they are in Parquet, by date, and the files that could not be read. */
export type ReadSessions = {
  readonly sessions: ReadonlyMap<string, SessionFacts>;
  readonly unreadable: readonly Problem[];
};

/**
 * Counts the sessions in `snapshots` files of one ticker and endpoint, reading no column but two. Records are gathered by minute first:
 * of 250 sessions with 23,400 records each that takes 0.6 s on two cores, where ordering all of them by time takes 1.9 s. So a gap is
 * exact from a minute on, and not looked for below.
 */
export async function readSessions(
  database: Database,
  files: readonly ParquetFile[],
  store: EngineUrls,
): Promise<ReadSessions> {
  if (files.length === 0) return { sessions: new Map(), unreadable: [] };
  try {
    return { sessions: await countSessions(database, files, store), unreadable: [] };
  } catch (error) {
    const [first, ...others] = files;
    if (first !== undefined && others.length === 0)
      return { sessions: new Map(), unreadable: [unreadable(asPublished(first), toGexlakeError(error))] };
    return readOneByOne(database, files, store);
  }
}

/** Finds out which of the files it is, and counts the others. */
async function readOneByOne(
  database: Database,
  files: readonly ParquetFile[],
  store: EngineUrls,
): Promise<ReadSessions> {
  const bad: Problem[] = [];
  const good: ParquetFile[] = [];
  for (const file of files) {
    const read = await readSessions(database, [file], store);
    bad.push(...read.unreadable);
    if (read.unreadable.length === 0) good.push(file);
  }
  if (bad.length === 0)
    throw new GexlakeError('FILE_SYSTEM', 'published files can be read one by one but not together');
  return { sessions: good.length === 0 ? new Map() : await countSessions(database, good, store), unreadable: bad };
}

async function countSessions(
  database: Database,
  files: readonly ParquetFile[],
  store: EngineUrls,
): Promise<Map<string, SessionFacts>> {
  const paths = await urlsOf(files, store);
  const rows = await database.all(
    `WITH minutes AS (
       SELECT session_date, epoch_us(timestamp) // 60_000_000 AS minute, count(*) AS records,
         min(timestamp) AS first, max(timestamp) AS last
       FROM ${parquetRows(paths)} GROUP BY ALL
     ), gaps AS (
       SELECT *, epoch(first) - epoch(lag(last) OVER (PARTITION BY session_date ORDER BY minute)) AS gap_s FROM minutes
     )
     SELECT session_date::VARCHAR AS session_date, sum(records)::BIGINT AS records,
       epoch(min(first)) AS first_s, epoch(max(last)) AS last_s, max(gap_s) FILTER (gap_s >= 60) AS gap_s
     FROM gaps GROUP BY ALL`,
  );
  return new Map(rows.map((row) => [row['session_date'] as string, toFacts(row)]));
}

function toFacts(row: Row): SessionFacts {
  return {
    records: Number(row['records']),
    first_s: Number(row['first_s']),
    last_s: Number(row['last_s']),
    gap_s: row['gap_s'] === null ? null : Number(row['gap_s']),
  };
}
