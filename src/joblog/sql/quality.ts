import { rowReader } from '../../core/columns.ts';
import type { Job, ParquetFile } from '../../core/job.ts';
import { quality } from '../../core/log-tables.ts';
import { conditionOf, type Measured, type QualityRow } from '../../core/quality-row.ts';
import type { Blocks } from '../file-catalog.ts';
import type { QualityLog } from '../quality-log.ts';
import type { LogChange } from './change.ts';
import { areSameFiles, filesOfBlocks, lastCommit } from './files.ts';
import { listOf, type Sql } from './session.ts';
import type { Transactions } from './transactions.ts';

/*
 * A row of `quality` goes the way of the files that it is about: written with the intent, counting from the commit on, forgotten with
 * the intent. What changes a session's rows ends the row that counted, so that no row ever speaks of other rows than the live ones.
 */

const toRow = rowReader(quality.columns);

export function sqlQuality({ read, write }: Transactions): QualityLog {
  return {
    counting: () => read(countingRows, []),
    note: (block, looked) => write((change) => noteLooked(change, block, looked)),
  };
}

async function countingRows(sql: Sql): Promise<QualityRow[]> {
  const rows = await sql.all(
    `SELECT * FROM quality WHERE committed_at IS NOT NULL AND superseded_at IS NULL
     ORDER BY ticker, endpoint, session_date`,
  );
  return rows.map(toRow);
}

/** Writes down what looking at the sessions of a job has given; it counts once the job's files do. */
export async function intendQuality(change: LogChange, job: Job, measured: readonly Measured[]): Promise<void> {
  const [ticker, endpoint] = [job.ticker ?? '', job.endpoint ?? ''];
  const rows = measured.map((one) => toQuality(one, { ticker, endpoint, job_id: job.id, made_at: change.now }));
  await change.insert(quality, rows);
}

type Written = Pick<QualityRow, 'ticker' | 'endpoint' | 'job_id' | 'made_at'>;

function toQuality(measured: Measured, written: Written): QualityRow {
  const condition = conditionOf(measured, written.endpoint);
  return { ...measured, ...written, condition, committed_at: null, superseded_at: null };
}

/** Lets the rows of a job count, and ends those of the sessions that it changes. */
export async function commitQuality(
  change: LogChange,
  job: Job,
  { placed, retired, at }: { placed: readonly ParquetFile[]; retired: readonly ParquetFile[]; at: string },
): Promise<void> {
  const own = await intendedRows(change.sql, job);
  const sessionDates = changedSessions(job, own, { placed, retired });
  const [file] = [...placed, ...retired];
  const before = file === undefined ? [] : await rowsOfBlocks(change.sql, { ...file, sessionDates });
  for (const row of before) await change.update(quality, row, { superseded_at: at });
  for (const row of own) await change.update(quality, row, { committed_at: at });
}

/** The sessions whose rows are others after a job. */
function changedSessions(
  { kind, target }: Job,
  own: readonly QualityRow[],
  { placed, retired }: { placed: readonly ParquetFile[]; retired: readonly ParquetFile[] },
): string[] {
  const datesOf = (files: readonly ParquetFile[]) => files.flatMap((file) => file.session_dates);
  // These write the same rows into other files.
  if (target?.kind === 'compaction' || target?.kind === 'reparation') return [];
  if (kind === 'correction' && own.length > 0) return own.map(({ session_date }) => session_date);
  return [...new Set(kind === 'import' || kind === 'migration' ? datesOf(placed) : datesOf([...placed, ...retired]))];
}

/** Forgets the rows of files that are not published after all. */
export async function forgetQuality(change: LogChange, job: Job): Promise<void> {
  for (const row of await intendedRows(change.sql, job)) await change.remove(quality, row);
}

async function intendedRows(sql: Sql, job: Job): Promise<QualityRow[]> {
  const rows = await sql.all('SELECT * FROM quality WHERE job_id = $1 AND committed_at IS NULL ORDER BY session_date', [
    job.id,
  ]);
  return rows.map(toRow);
}

async function rowsOfBlocks(sql: Sql, { ticker, endpoint, sessionDates }: Blocks): Promise<QualityRow[]> {
  if (sessionDates.length === 0) return [];
  const rows = await sql.all(
    `SELECT * FROM quality
     WHERE ticker = $1 AND endpoint = $2 AND committed_at IS NOT NULL AND superseded_at IS NULL
       AND session_date = ANY(CAST(string_to_array($3, ',') AS DATE[]))
     ORDER BY session_date`,
    [ticker, endpoint, listOf(sessionDates)],
  );
  return rows.map(toRow);
}

/** Writes down how good a session is, unless its files are no longer those that were looked at. */
async function noteLooked(
  change: LogChange,
  block: { readonly ticker: string; readonly endpoint: string },
  { measured, files }: { readonly measured: Measured; readonly files: readonly ParquetFile[] },
): Promise<boolean> {
  const blocks = { ...block, sessionDates: [measured.session_date] };
  const present = await filesOfBlocks(change.sql, blocks);
  if (present.length === 0 || !areSameFiles(present, files)) return false;
  const last = await lastCommit(change.sql);
  const at = last !== null && last > change.now ? last : change.now;
  const newest = present.reduce((one, other) => (other.job_id > one.job_id ? other : one));
  for (const row of await rowsOfBlocks(change.sql, blocks)) await change.update(quality, row, { superseded_at: at });
  const row = toQuality(measured, { ...block, job_id: newest.job_id, made_at: change.now });
  await change.insert(quality, [{ ...row, committed_at: at }]);
  return true;
}
