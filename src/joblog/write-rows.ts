import type { ArchivedSource, Job, JobEvent, ParquetFile } from '../core/job.ts';
import { migrate, withDatabase, type Database, type DatabaseOptions } from '../db/db.ts';
import { insertEvent, insertFile } from './file-statements.ts';
import { migrations } from './migrations.ts';
import { insertArchived } from './retention-statements.ts';

/** Makes a new job log at a path, with these rows, in one transaction; it is in the file when this returns. */
export async function writeLog(
  path: string,
  options: DatabaseOptions,
  rows: {
    readonly jobs: readonly Job[];
    readonly files: readonly ParquetFile[];
    readonly archived: readonly ArchivedSource[];
    readonly events: readonly JobEvent[];
  },
): Promise<void> {
  await withDatabase(path, options, async (database) => {
    await migrate(database, migrations, new Date(options.clock.now_ms()).toISOString());
    await database.transaction(async () => {
      for (const job of rows.jobs) await insertWholeJob(database, job);
      for (const file of rows.files) await insertFile(database, file);
      for (const source of rows.archived) await insertArchived(database, source);
      for (const event of rows.events) await insertEvent(database, event);
    });
    await database.run('CHECKPOINT');
  });
}

const columns = [
  'id',
  'url',
  'checksum',
  'ticker',
  'status',
  'records_processed',
  'last_error',
  'created_at',
  'updated_at',
  'kind',
  'endpoint',
  'session_date',
  'staged_path',
  'attempts',
  'owner',
  'heartbeat_at',
  'skipped',
  'skipped_as',
  'records_read',
  'records_duplicate',
  'records_quarantined',
  'corrects_job_id',
  'reason',
  'actor',
  'started_at',
  'finished_at',
  'publish',
] as const satisfies readonly (keyof Job)[];

const types: Partial<Record<keyof Job, string>> = {
  created_at: 'TIMESTAMP',
  updated_at: 'TIMESTAMP',
  heartbeat_at: 'TIMESTAMP',
  started_at: 'TIMESTAMP',
  finished_at: 'TIMESTAMP',
  session_date: 'DATE',
};

async function insertWholeJob(database: Database, job: Job): Promise<void> {
  const places = columns.map((column) => (types[column] === undefined ? '?' : `?::${types[column]}`));
  await database.run(
    `INSERT INTO import_jobs (${columns.join(', ')}) VALUES (${places.join(', ')})`,
    columns.map((column) => job[column]),
  );
}
