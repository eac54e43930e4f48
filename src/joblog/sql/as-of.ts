import type { AsOfBasis } from '../../core/as-of.ts';
import { rowReader, time, type RowOf } from '../../core/columns.ts';
import { GexlakeError } from '../../core/errors.ts';
import type { ParquetFile } from '../../core/job.ts';
import { restorations } from '../../core/log-tables.ts';
import type { AskedTimes, FilesAsOf } from '../file-catalog.ts';
import { allPurged } from './purges.ts';
import { lastCommit, toFile } from './files.ts';
import type { Sql } from './session.ts';

/*
 * Which files counted at a time: those with `committed_at` <= T < `superseded_at`. What the log cannot know of a time is refused, since an
 * answer from a part of what happened would be a wrong one.
 */

/** What an answer about a time rests on: before the journal began, the times are those that the events of the log say. */
export function basisAt(moment: string, journaledSince: string | null): AsOfBasis {
  return journaledSince !== null && moment >= journaledSince ? 'journal' : 'events';
}

export async function filesAsOf(
  sql: Sql,
  { times, now }: AskedTimes,
  journaledSince: string | null,
): Promise<FilesAsOf> {
  for (const at of times) await requireKnownAt(sql, at, now);
  const rows = await sql.all("SELECT * FROM parquet_files WHERE state <> 'publishing' ORDER BY created_at, path");
  const versions = rows.map(toFile);
  const known = times.map((as_of) => ({
    as_of,
    basis: basisAt(as_of, journaledSince),
    files: versions.filter((file) => countsAt(file, as_of)),
  }));
  return { known, versions, purged: await allPurged(sql) };
}

/** The answer where there is no log: no versions, and nothing that could be said of a time. */
export function withoutLog({ times }: AskedTimes): FilesAsOf {
  const [moment] = times;
  return moment === undefined ? { known: [], versions: [], purged: [] } : refuseWithoutLog(moment);
}

export function refuseWithoutLog(moment: string): never {
  const hint = 'If the log was lost, put it back (`gexlake restore`); in a new data folder, import something first.';
  throw unknown(moment, 'there is no job log in the data folder', hint);
}

function countsAt({ committed_at, superseded_at }: ParquetFile, moment: string): boolean {
  // Times of one form compare like their texts.
  return committed_at !== null && committed_at <= moment && (superseded_at === null || moment < superseded_at);
}

/** @throws AS_OF_UNKNOWN where the log cannot say what counted at a time */
export async function requireKnownAt(sql: Sql, moment: string, now: string): Promise<void> {
  const last = await lastCommit(sql);
  if (moment > now && (last === null || moment > last))
    throw unknown(moment, 'it lies ahead', 'Give a time that has passed.');
  const rebuilt = await lastOf(sql, "SELECT max(occurred_at) AS last_at FROM job_events WHERE event = 'rebuilt'");
  if (rebuilt !== null && moment < rebuilt) {
    const why = `the log was rebuilt at ${rebuilt}, and does not know the times before`;
    throw unknown(moment, why, 'Ask for that time or a later one, or restore a snapshot from before.');
  }
  const gap = await restoredAfter(sql, moment);
  if (gap !== null) {
    const why = `the log was restored at ${gap.restored_at} from a snapshot of ${gap.saved_at}, and does not know the times between`;
    throw unknown(moment, why, 'Ask for a time before or after.');
  }
  await mustBeDated(sql, moment);
}

async function lastOf(sql: Sql, question: string): Promise<string | null> {
  const last_at = (await sql.first(question))?.['last_at'] ?? null;
  return last_at === null ? null : time('').read(last_at);
}

/** The restoration that took away what the log knew of a time. */
async function restoredAfter(sql: Sql, moment: string): Promise<RowOf<typeof restorations> | null> {
  const row = await sql.first(
    `SELECT * FROM restorations WHERE saved_at <= CAST($1 AS TIMESTAMP) AND CAST($1 AS TIMESTAMP) < restored_at
     ORDER BY restored_at DESC LIMIT 1`,
    [moment],
  );
  return row === null ? null : rowReader(restorations.columns)(row);
}

/** A file that does not say when it counted could have counted at any time. */
async function mustBeDated(sql: Sql, moment: string): Promise<void> {
  const undated = await sql.first(
    `SELECT path, job_id FROM parquet_files
     WHERE state <> 'publishing' AND (committed_at IS NULL OR (state = 'superseded' AND superseded_at IS NULL)) ORDER BY path LIMIT 1`,
  );
  if (undated === null) return;
  const why = `the log does not say when ${String(undated['path'])} of job ${String(undated['job_id'])} counted`;
  throw unknown(moment, why, 'Somebody has changed the log. `gexlake verify` says what is wrong.');
}

function unknown(moment: string, why: string, hint: string): GexlakeError {
  return new GexlakeError('AS_OF_UNKNOWN', `what counted at ${moment} is not known: ${why}`, { hint });
}
