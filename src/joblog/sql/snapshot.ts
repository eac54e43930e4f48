import { rowReader } from '../../core/columns.ts';
import { archivedSources } from '../../core/log-tables.ts';
import type { LogSnapshot } from '../whole-log.ts';
import { toEvent } from './events.ts';
import { toFile } from './files.ts';
import { toJob } from './jobs.ts';
import type { Sql, SqlRow } from './session.ts';

/** Reads whole tables, as far as the log's layout has them: a log of an older layout can be looked at without changing it. */
export async function readSnapshot(sql: Sql): Promise<LogSnapshot> {
  return {
    jobs: (await allRows(sql, 'import_jobs', 'created_at, id')).map(toJob),
    events: (await allRows(sql, 'job_events', 'rowid')).map(toEvent),
    files: (await allRows(sql, 'parquet_files', 'created_at, path')).map(toFile),
    archived: (await allRows(sql, 'archived_sources', 'archive_path')).map(rowReader(archivedSources.columns)),
  };
}

async function allRows(sql: Sql, table: string, order: string): Promise<readonly SqlRow[]> {
  const found = await sql.first('SELECT 1 AS found FROM information_schema.tables WHERE table_name = $1', [table]);
  return found === null ? [] : sql.all(`SELECT * FROM ${table} ORDER BY ${order}`);
}
