import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import type { Job, ParquetFile } from '../../src/core/job.ts';
import { readDatabase, type Row } from '../support/duckdb.ts';
import type { Lake } from '../support/gexlake.ts';

/** A reader that comes at any moment can open every file under `parquet/`. */
export async function assertReadable(lake: Lake): Promise<void> {
  for (const path of await lake.files('parquet')) {
    const file = await asyncBufferFromFile(join(lake.folder, 'parquet', path));
    const { num_rows } = await parquetMetadataAsync(file);
    assert.ok(num_rows > 0n, path);
  }
}

/** All is as the log says, by checksum; nothing is half done, and nothing is there that the log does not explain. */
export async function assertWhole(lake: Lake): Promise<void> {
  const log = join(lake.folder, 'gex_history.db');
  const files = (await readDatabase(log, 'FROM parquet_files')) as unknown as readonly ParquetFile[];
  const jobs = (await readDatabase(log, 'FROM import_jobs')) as unknown as readonly Job[];
  const expected = new Map<string, string>();
  for (const { path, archive_path, state, superseded_by, checksum } of files) {
    assert.ok(state === 'live' ? superseded_by === null : state === 'superseded', `${path} is ${state}`);
    expected.set(state === 'live' ? path : (archive_path ?? ''), checksum);
  }
  for (const { staged_path, checksum } of jobs) if (staged_path !== null) expected.set(staged_path, checksum ?? '');
  const found = new Map<string, string>();
  for (const folder of ['parquet', 'archive', 'source'])
    for (const path of await lake.files(folder))
      found.set(`${folder}/${path}`, await hashOf(lake, `${folder}/${path}`));
  assert.deepEqual(sorted(found), sorted(expected));
  const setAside = jobs
    .filter(({ status }) => status === 'completed')
    .filter((job) => Number(job.records_quarantined) > 0);
  assert.deepEqual(await lake.files('quarantine'), setAside.map(({ id }) => `${id}.ndjson`).sort());
  assert.deepEqual(await lake.files('.work'), []);
  await assertEngine(lake);
}

/** The engine shows exactly the live files, and no staging table. */
async function assertEngine(lake: Lake): Promise<void> {
  const engine = join(lake.folder, 'gex_data.db');
  const names = await readDatabase(engine, 'SELECT table_name AS name FROM information_schema.tables ORDER BY 1');
  assert.deepEqual(
    names.map(({ name }) => name),
    ['snapshots', 'strikes'],
  );
  const counts = async (path: string, sql: string): Promise<Row[]> => readDatabase(path, sql);
  assert.deepEqual(
    await counts(
      engine,
      "SELECT 'strikes' AS dataset, count(*)::INTEGER AS rows FROM strikes UNION ALL SELECT 'snapshots', count(*)::INTEGER FROM snapshots ORDER BY 1",
    ),
    await counts(
      join(lake.folder, 'gex_history.db'),
      "SELECT dataset, sum(row_count)::INTEGER AS rows FROM parquet_files WHERE state = 'live' GROUP BY 1 ORDER BY 1",
    ),
  );
}

async function hashOf(lake: Lake, path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(join(lake.folder, path)))
    .digest('hex');
}

function sorted(map: ReadonlyMap<string, string>): string[] {
  return [...map].map(([path, checksum]) => `${checksum} ${path}`).sort();
}
