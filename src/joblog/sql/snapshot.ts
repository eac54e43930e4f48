import { rowReader } from '../../core/columns.ts';
import { archivedSources } from '../../core/log-tables.ts';
import type { LogSnapshot } from '../whole-log.ts';
import { toEvent } from './events.ts';
import { toFile } from './files.ts';
import { toJob } from './jobs.ts';
import { allPurged } from './purges.ts';
import type { Sql } from './session.ts';

/** Reads whole tables. */
export async function readSnapshot(sql: Sql): Promise<LogSnapshot> {
  return {
    jobs: (await sql.all('SELECT * FROM import_jobs ORDER BY created_at, id')).map(toJob),
    events: (await sql.all('SELECT * FROM job_events ORDER BY number')).map(toEvent),
    files: (await sql.all('SELECT * FROM parquet_files ORDER BY created_at, path')).map(toFile),
    archived: (await sql.all('SELECT * FROM archived_sources ORDER BY archive_path')).map(
      rowReader(archivedSources.columns),
    ),
    purged: await allPurged(sql),
  };
}
