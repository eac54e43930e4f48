import type { ArchivedSource, Job, JobEvent, ParquetFile } from '../core/job.ts';
import type { Database, Row } from '../db/db.ts';
import { toArchivedSource, toEvent, toFile, toJob } from './rows.ts';

/** All that the log says at one moment. Jobs and files are ordered by time, events as they were written. */
export type LogSnapshot = {
  readonly jobs: readonly Job[];
  readonly events: readonly JobEvent[];
  readonly files: readonly ParquetFile[];
  readonly archived: readonly ArchivedSource[];
};

/** Reads whole tables, as far as the log's layout has them: a log of an older layout can be looked at without changing it. */
export async function readSnapshot(database: Database): Promise<LogSnapshot> {
  return {
    jobs: (await allRows(database, 'import_jobs', 'created_at, id')).map(toJob),
    events: (await allRows(database, 'job_events', 'rowid')).map(toEvent),
    files: (await allRows(database, 'parquet_files', 'created_at, path')).map(toFile),
    archived: (await allRows(database, 'archived_sources', 'archive_path')).map(toArchivedSource),
  };
}

async function allRows(database: Database, table: string, order: string): Promise<readonly Row[]> {
  const found = await database.first('SELECT 1 AS found FROM duckdb_tables() WHERE table_name = ?', [table]);
  return found === null ? [] : database.all(`SELECT * FROM ${table} ORDER BY ${order}`);
}
