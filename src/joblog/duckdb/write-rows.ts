import { archivedSources, importJobs, jobEvents, parquetFiles } from '../../core/log-tables.ts';
import { upgradeSchema, withDatabase, type DatabaseOptions } from '../../db/db.ts';
import { LogChange } from '../sql/change.ts';
import type { LogSnapshot } from '../whole-log.ts';
import { migrations } from './migrations.ts';

/** Rows that one statement writes down. */
const rowsAtOnce = 200;

/** Makes a new job log at a path, with rows that were found in files, in one transaction; it is in the file when this returns. */
export async function writeLog(
  path: string,
  options: DatabaseOptions,
  rows: Omit<LogSnapshot, 'purged'>,
): Promise<void> {
  await withDatabase(path, options, async (database) => {
    const now = new Date(options.clock.now_ms()).toISOString();
    await upgradeSchema(database, migrations, now);
    await database.transaction(async () => {
      const change = new LogChange(database, now);
      for (const some of batches(rows.jobs)) await change.insert(importJobs, some);
      for (const some of batches(rows.files)) await change.insert(parquetFiles, some);
      for (const some of batches(rows.archived)) await change.insert(archivedSources, some);
      for (const some of batches(rows.events)) await change.insert(jobEvents, some);
    });
    await database.run('CHECKPOINT');
  });
}

function* batches<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += rowsAtOnce) yield all.slice(at, at + rowsAtOnce);
}
