import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import type { Job, ParquetFile } from '../../src/core/job.ts';
import { readDatabase } from '../support/duckdb.ts';
import type { Lake } from '../support/gexlake.ts';
import { appOn } from '../support/built-program.ts';

/** A reader that comes at any moment can open every file under `parquet/`. */
export async function assertReadable(lake: Lake): Promise<void> {
  for (const path of await lake.files('parquet')) {
    const file = await asyncBufferFromFile(join(lake.folder, 'parquet', path));
    const { num_rows } = await parquetMetadataAsync(file);
    assert.ok(num_rows > 0n, path);
  }
}

/** What must be equal however often a run was killed: files with their modes and checksums, and the log's counts. */
export type EndState = { readonly files: readonly string[]; readonly jobs: readonly string[] };

/** Makes sure that `gexlake verify` finds nothing, and nothing unfinished; gives what there is. */
export async function assertWhole(lake: Lake): Promise<EndState> {
  const app = await appOn(lake.folder);
  const { ok, problems, notes } = await app.verify({ kind: 'deep' }, () => undefined);
  assert.deepEqual({ ok, problems, notes }, { ok: true, problems: [], notes: [] });
  const { jobs } = await readLog(lake);
  const found: string[] = [];
  for (const folder of ['parquet', 'archive', 'source', 'quarantine', '.work']) {
    for (const [path, state] of await lake.tree(folder)) found.push(`${folder}/${path} ${withoutTimes(state)}`);
  }
  const anonymous = (text: string) => jobs.reduce((rest, job, at) => rest.replaceAll(job.id, `job${at}`), text);
  return { files: found.map(anonymous).sort(), jobs: jobs.map((job) => anonymous(countsOf(job))) };
}

async function readLog(lake: Lake): Promise<{ readonly jobs: readonly Job[]; readonly files: readonly ParquetFile[] }> {
  const sql = `SELECT (SELECT coalesce(list(job ORDER BY created_at, id), []) FROM import_jobs AS job) AS jobs,
    (SELECT coalesce(list(file), []) FROM parquet_files AS file) AS files`;
  const [row] = await readDatabase(join(lake.folder, 'gex_history.db'), sql);
  // Structures with the columns of the tables.
  return row as unknown as { readonly jobs: readonly Job[]; readonly files: readonly ParquetFile[] };
}

/**
 * The engine shows exactly the live files, and no staging table. So it is after a crash; where bringing it up to date has failed,
 * that is told, and made good by the next import.
 */
export async function assertEngine(lake: Lake): Promise<void> {
  const { files } = await readLog(lake);
  const engine = join(lake.folder, 'gex_data.db');
  // Where nothing has been published yet, there may be none.
  if (files.length === 0 && !existsSync(engine)) return;
  const sql = `SELECT (SELECT string_agg(table_name ORDER BY table_name) FROM information_schema.tables) AS tables,
    (SELECT count(*) FROM strikes) AS strikes, (SELECT count(*) FROM snapshots) AS snapshots`;
  const [shown] = await readDatabase(engine, sql);
  const live = (dataset: string) =>
    files
      .filter((file) => file.state === 'live' && file.dataset === dataset)
      .reduce((sum, file) => sum + BigInt(file.row_count), 0n);
  assert.deepEqual(shown, { tables: 'snapshots,strikes', strikes: live('strikes'), snapshots: live('snapshots') });
}

/** Mode and SHA-256, without inode and times. */
function withoutTimes(state: string): string {
  return state.replace(/ \d+ [\d.]+ /, ' ');
}

function countsOf({ kind, status, staged_path, ...job }: Job): string {
  const counts = [job.records_read, job.records_processed, job.records_duplicate, job.records_quarantined];
  return [kind, status, staged_path, ...counts].map(String).join(' ');
}
