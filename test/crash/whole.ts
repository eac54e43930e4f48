import assert from 'node:assert/strict';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import type { Job, ParquetFile } from '../../src/core/job.ts';
import { readDatabase } from '../support/duckdb.ts';
import type { Lake } from '../support/gexlake.ts';

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

/**
 * Makes sure that all is as the log says, by checksum, that nothing is half done, and that nothing is there that the log does not
 * explain; gives what there is.
 */
export async function assertWhole(lake: Lake): Promise<EndState> {
  const { jobs, files } = await readLog(lake);
  const found = new Map<string, string>();
  for (const folder of ['parquet', 'archive', 'source', 'quarantine', '.work']) {
    for (const [path, state] of await lake.tree(folder)) found.set(`${folder}/${path}`, withoutTimes(state));
  }
  const expected = new Map<string, string>();
  for (const { path, archive_path, state, superseded_by, checksum } of files) {
    assert.ok(state === 'live' ? superseded_by === null : state === 'superseded', `${path} is ${state}`);
    expected.set(state === 'live' ? path : (archive_path ?? ''), `444 ${checksum}`);
  }
  for (const { id, status, staged_path, checksum, records_quarantined } of jobs) {
    if (staged_path !== null) expected.set(staged_path, `444 ${checksum}`);
    const quarantine = `quarantine/${id}.ndjson`;
    if (status === 'completed' && Number(records_quarantined) > 0)
      expected.set(quarantine, found.get(quarantine) ?? '');
  }
  assert.deepEqual(sorted(found), sorted(expected));
  await assertEngine(lake, files);
  const anonymous = (text: string) => jobs.reduce((rest, job, at) => rest.replaceAll(job.id, `job${at}`), text);
  return { files: sorted(found).map(anonymous).sort(), jobs: jobs.map((job) => anonymous(countsOf(job))) };
}

async function readLog(lake: Lake): Promise<{ readonly jobs: readonly Job[]; readonly files: readonly ParquetFile[] }> {
  const sql = `SELECT (SELECT list(job ORDER BY created_at, id) FROM import_jobs AS job) AS jobs,
    (SELECT coalesce(list(file), []) FROM parquet_files AS file) AS files`;
  const [row] = await readDatabase(join(lake.folder, 'gex_history.db'), sql);
  // Structures with the columns of the tables.
  return row as unknown as { readonly jobs: readonly Job[]; readonly files: readonly ParquetFile[] };
}

/** The engine shows exactly the live files, and no staging table. */
async function assertEngine(lake: Lake, files: readonly ParquetFile[]): Promise<void> {
  const sql = `SELECT (SELECT string_agg(table_name ORDER BY table_name) FROM information_schema.tables) AS tables,
    (SELECT count(*) FROM strikes) AS strikes, (SELECT count(*) FROM snapshots) AS snapshots`;
  const [shown] = await readDatabase(join(lake.folder, 'gex_data.db'), sql);
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

function sorted(map: ReadonlyMap<string, string>): string[] {
  return [...map].map(([path, state]) => `${path} ${state}`).sort();
}

function countsOf({ kind, status, staged_path, ...job }: Job): string {
  const counts = [job.records_read, job.records_processed, job.records_duplicate, job.records_quarantined];
  return [kind, status, staged_path, ...counts].map(String).join(' ');
}
