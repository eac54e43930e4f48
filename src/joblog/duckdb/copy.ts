import { redactFields } from '../../core/redact-fields.ts';
import { redactTextSql, redactUrlSql } from '../../core/redact.ts';
import { missingMigrations, upgradeSchema, type Database } from '../../db/db.ts';
import type { LogFile } from './log-file.ts';
import { migrations } from './migrations.ts';
import { hideNewest, showAsNewest } from './older-layout.ts';

/*
 * The copy that a user's query gets, in an engine in memory that is always DuckDB's: here alone the SQL may be DuckDB's own.
 */

/** The tables of the log that users may query, each with what is selected of it: no secrets. */
const queriedTables: Readonly<Record<string, string>> = {
  import_jobs: `* REPLACE (${redactUrlSql('url')} AS url, ${redacted('staged_path', 'last_error', 'reason', 'actor', 'owner', 'target', 'error')})`,
  job_events: `* REPLACE (${redacted('actor', 'detail', 'data')})`,
  parquet_files: `* REPLACE (${redacted('path', 'archive_path')})`,
  archived_sources: `* REPLACE (${redacted('staged_path', 'archive_path')})`,
  source_receipts: `* REPLACE (${redacted('location', 'etag', 'last_modified', 'content_md5')})`,
  source_roots: '*',
  maintenance_runs: '*',
  rechecks: `* REPLACE (${redacted('actor', 'source', 'kept_path')})`,
  purged_files: `* REPLACE (${redacted('path')})`,
  restorations: `* REPLACE (${redacted('snapshot', 'actor')})`,
  quality: '*',
  vendor_calls: `* REPLACE (${redacted('detail')})`,
  notices: `* REPLACE (${redacted('title', 'text')})`,
  duties: `* REPLACE (${redacted('owner')})`,
  // by a statement of its own
  job_requests: '',
};

function redacted(...columns: readonly string[]): string {
  return columns.map((column) => `${redactTextSql(column)} AS ${column}`).join(', ');
}

export async function copyInto(file: LogFile, database: Database, isNeeded: (table: string) => boolean): Promise<void> {
  await upgradeSchema(database, migrations, new Date(file.options.clock.now_ms()).toISOString());
  const needed = Object.keys(queriedTables).filter(isNeeded);
  if (needed.length === 0) return;
  const copied = await copyAttached(file, database, needed);
  if (!copied) await file.attachReplayed(database, 'job_log', () => copyTables(database, needed));
}

/** Copies from the log's own file; false where its journal knows more. */
async function copyAttached(file: LogFile, database: Database, needed: readonly string[]): Promise<boolean> {
  return file.attach(database, 'job_log', async () => {
    await showAsNewest(database, await missingMigrations(database, migrations));
    await copyTables(database, needed);
    await hideNewest(database);
  });
}

async function copyTables(database: Database, needed: readonly string[]): Promise<void> {
  for (const table of needed) {
    if (table === 'job_requests') await copyRequests(database);
    else await database.run(`INSERT INTO memory.main.${table} SELECT ${queriedTables[table]} FROM ${table}`);
  }
}

/** Copies all of them from the log that is attached, without the secrets that an older version has kept of a request's fields. */
async function copyRequests(database: Database): Promise<void> {
  const rows = await database.all(`SELECT DISTINCT fields FROM job_requests WHERE fields IS NOT NULL`);
  const kept = rows.map((row) => (typeof row['fields'] === 'string' ? row['fields'] : '{}'));
  const pairs = kept.map((fields) => ({ kept: fields, shown: JSON.stringify(redactFields(JSON.parse(fields))) }));
  await database.run(
    `INSERT INTO memory.main.job_requests
     SELECT job_id, origin, ${redactTextSql('idempotency_key')}, pair.shown, received_at
     FROM job_requests
     LEFT JOIN (SELECT unnest(from_json(?, '[{"kept":"VARCHAR","shown":"VARCHAR"}]')) AS pair) ON pair.kept = fields`,
    [JSON.stringify(pairs)],
  );
}
