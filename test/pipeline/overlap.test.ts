import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite } from 'node:test';
import { dayImported } from '../support/day-imported.ts';
import { runOn } from '../support/duckdb.ts';
import { makeLake, only, type Lake } from '../support/gexlake.ts';
import { name, put, record, records, type MadeRecord } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

const folder = 'parquet/gex/2025/10/SPX/gex_zero';

/** What any reader sees who reads the folder of the block by a glob, without gexlake. */
async function globbed(root: string, columns: string): Promise<unknown[]> {
  const literal = root.replaceAll(/[[*?]/g, '[$&]').replaceAll("'", "''");
  const glob = `read_parquet('${literal}/${folder}/strikes*.parquet')`;
  const rows = await runOn(':memory:', `SELECT ${columns} FROM ${glob} ORDER BY timestamp, strike`);
  return rows.map((row) => Object.values(row));
}

function rowsOf(made: readonly MadeRecord[]): unknown[] {
  const rows = made.flatMap(({ timestamp, strikes }) =>
    (strikes as [number, number, number][]).map(([strike, vol, oi]) => [BigInt(timestamp as number), strike, vol, oi]),
  );
  return rows;
}

const columns = 'epoch(timestamp)::BIGINT, strike, gex_vol, gex_oi';

suite('the same session at noon and at night', { concurrency: false }, () => {
  const noon = records(40);
  const night = records(90);
  // A folder whose name means something to shells, to SQL and to globs.
  const awkward = mkdtemp(join(tmpdir(), "gexlake's [lake]* 100% "));
  after(async () => rm(await awkward, { recursive: true }));
  const lakeIs = awkward.then((folder) => makeLake({ after }, folder));
  let noonJob = '';
  let nightJob = '';

  test('the night file adds only its new rows, as files of its own', async () => {
    const lake = await lakeIs;
    noonJob = only(await lake.import([await put(join(lake.desk, 'noon'), name, noon)])).job_id;
    const untouched = await lake.tree(folder);
    const result = only(await lake.import([await put(join(lake.desk, 'night'), name, night)]));
    nightJob = result.job_id;
    assert.equal(result.status, 'completed');
    assert.deepEqual(
      [result.records_read, result.records_processed, result.records_duplicate, result.strike_rows],
      [90, 50, 40, 250],
    );
    assert.deepEqual(result.parquet_files, [
      `${folder}/snapshots_${nightJob}.parquet`,
      `${folder}/strikes_${nightJob}.parquet`,
    ]);
    const now = await lake.tree(folder);
    for (const [path, found] of untouched) assert.equal(now.get(path), found, path);
    assert.equal(now.size, 4);
    assert.deepEqual(await globbed(lake.folder, columns), rowsOf(night));
  });

  test('each source has its own staged copy', async () => {
    const lake = await lakeIs;
    assert.deepEqual(await lake.files('source'), [`gexbot/${nightJob}/${name}`, `gexbot/${name}`]);
  });

  test('a part of what is known is skipped, and names the job that holds it', async () => {
    const lake = await lakeIs;
    const before = [await lake.tree('parquet'), await lake.tree('source')];
    const evening = only(await lake.import([await put(join(lake.desk, 'evening'), name, night.slice(35))]));
    assert.equal(evening.status, 'skipped');
    assert.equal(evening.skipped_as, nightJob);
    assert.deepEqual([evening.records_processed, evening.records_duplicate], [0, 55]);
    const morning = only(await lake.import([await put(join(lake.desk, 'morning'), name, noon.slice(0, 20))]));
    assert.equal(morning.skipped_as, noonJob);
    assert.deepEqual([await lake.tree('parquet'), await lake.tree('source')], before);
  });

  const conflicts: Readonly<Record<string, readonly [MadeRecord, RegExp]>> = {
    'a changed strike value': [
      record(50, { strikes: [[6690, 1, 2, [3, 4, 5, 6, 7]]] }),
      /gex_vol of strikes at 2025-10-22T13:30:50Z is 1\.0, published is 45\.0 by job \w{32}$/,
    ],
    'a changed prior': [
      record(50, { strikes: (record(50)['strikes'] as unknown[][]).map(([a, b, c]) => [a, b, c, [1, 2, 3, 4, 5]]) }),
      /priors of strikes at .* is \[1\.0, 2\.0, 3\.0, 4\.0, 5\.0\], published is \[49\.0, /,
    ],
    'a strike less': [
      record(50, { strikes: (record(50)['strikes'] as unknown[]).slice(0, 4) }),
      /strike of strikes at .* is null, published is 6710\.0/,
    ],
    'a strike more': [
      record(50, { strikes: [...(record(50)['strikes'] as unknown[]), [6800, 1, 1, null]] }),
      /strike of strikes at .* is 6800\.0, published is null/,
    ],
    'a changed scalar': [record(50, { zero_gamma: null }), /zero_gamma of snapshots at .* is null, published is 67/],
  };

  async function assertConflict(lake: Lake, job: string, ways: readonly string[]): Promise<void> {
    const before = await lake.tree('parquet');
    const tried = Object.entries(conflicts).filter(([way]) => ways.includes(way));
    const paths = tried.map(([way, [changed]]) =>
      put(join(lake.desk, way.replaceAll(' ', '-')), name, [...records(50), changed, ...records(60, 51)]),
    );
    const sources = await Promise.all(paths);
    const results = await lake.import(sources);
    for (const [at, [way, [, message]]] of tried.entries()) {
      const error = results[at]?.error;
      assert.equal(error?.code, 'ROWS_CONFLICT', way);
      assert.match(error.message, message, way);
      const correction = `gexlake correct ${job} '${sources[at]}' --reason`;
      assert.ok(error.hint?.includes(correction), `${way}: ${error.hint}`);
    }
    assert.deepEqual(await lake.tree('parquet'), before);
    assert.deepEqual(await lake.files('.work'), []);
  }

  test('a changed value fails, and the advice is the correction', async () => {
    await assertConflict(await lakeIs, nightJob, ['a changed strike value']);
  });

  long('so does any other change', async (context) => {
    const lake = await makeLake(context);
    await lake.import([await put(join(lake.desk, 'noon'), name, noon)]);
    const { job_id } = only(await lake.import([await put(join(lake.desk, 'night'), name, night)]));
    await assertConflict(lake, job_id, Object.keys(conflicts));
  });

  test('another session of the month lies beside it', async () => {
    const lake = await lakeIs;
    const nextDay = records(30, 86_400);
    const result = only(await lake.import([await put(lake.desk, name.replace('22', '23'), nextDay)]));
    assert.deepEqual(result.parquet_files, [
      `${folder}/snapshots_${result.job_id}.parquet`,
      `${folder}/strikes_${result.job_id}.parquet`,
    ]);
    assert.deepEqual(await globbed(lake.folder, columns), rowsOf([...night, ...nextDay]));
    const [counted] = await lake.query(
      `SELECT count(*) AS rows, count(DISTINCT (timestamp, strike)) AS distinct_rows FROM strikes`,
    );
    assert.deepEqual(counted, { rows: 600, distinct_rows: 600 });
  });

  test('gex_data.db shows the live rows and no staging table', async () => {
    const lake = await lakeIs;
    const engine = join(lake.folder, 'gex_data.db');
    assert.deepEqual(await runOn(engine, 'SELECT count(*) AS rows FROM strikes'), [{ rows: 600n }]);
    const staging = `SELECT table_name FROM information_schema.tables WHERE starts_with(table_name, 'staging')`;
    assert.deepEqual(await runOn(engine, staging), []);
  });
});

test('a published file that somebody has removed is missed before anything is compared with it', async (context) => {
  const { lake, made: noon } = await dayImported(context);
  await rm(join(lake.folder, folder, 'strikes.parquet'));
  const result = only(await lake.import([await put(join(lake.desk, 'night'), name, records(40))]));
  assert.equal(result.error?.code, 'FILE_SYSTEM');
  assert.match(result.error.message, new RegExp(`${folder}/strikes.parquet of job ${noon.job_id} is missing`));
  assert.deepEqual(await lake.files(folder), ['snapshots.parquet']);
});
