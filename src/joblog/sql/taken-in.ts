import { archivedSources, importJobs, jobEvents, parquetFiles } from '../../core/log-tables.ts';
import type { FoundRows } from '../whole-log.ts';
import type { LogChange } from './change.ts';
import { lastNumber } from './events.ts';
import { commitTime } from './files.ts';
import { noteRun } from './runs.ts';

/** Rows that one statement writes down. */
const rowsAtOnce = 200;

/** Adds rows that were found in files to a log that has others: they count from now on. */
export async function takeIn(change: LogChange, rows: FoundRows, actor: string): Promise<void> {
  const at = await commitTime(change);
  const first = await change.countEvents(rows.events.length, lastNumber);
  const files = rows.files.map((file) => {
    return { ...file, committed_at: at, superseded_at: file.superseded_at === null ? null : at };
  });
  const events = rows.events.map((event, index) => ({ ...event, occurred_at: at, number: first + index }));
  await insertFound(change, { ...rows, files, events });
  await noteRun(change, 'restore', actor);
}

/** Writes rows that were found in files down as they are. */
export async function insertFound(change: LogChange, rows: FoundRows): Promise<void> {
  for (const some of batches(rows.jobs)) await change.insert(importJobs, some);
  for (const some of batches(rows.files)) await change.insert(parquetFiles, some);
  for (const some of batches(rows.archived)) await change.insert(archivedSources, some);
  for (const some of batches(rows.events)) await change.insert(jobEvents, some);
}

function* batches<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += rowsAtOnce) yield all.slice(at, at + rowsAtOnce);
}
