import assert from 'node:assert/strict';
import { readFile, rm, writeFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import type { NumberReport } from '../../src/app/app.ts';
import { preparedOnce } from '../support/prepared-once.ts';
import { errorOf, makeLake, only, type Lake, type Owner } from '../support/gexlake.ts';
import { name, put, record, records } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

const at = '2025-10-22T13:30:05Z';
const asked = ['SPX', 'gex_zero', at, '6705'];
const strikes = 'parquet/gex/2025/10/SPX/gex_zero/strikes.parquet';

async function numberOf(
  lake: Lake,
  ...options: readonly string[]
): Promise<NumberReport & { exitCode: number | null }> {
  const ran = await lake.run(['prove', ...asked, ...options, '--json']);
  assert.notEqual(ran.stdout, '', ran.stderr);
  return { ...(JSON.parse(ran.stdout) as NumberReport), exitCode: ran.exitCode };
}

async function filled(owner: Owner): Promise<{ lake: Lake; job_id: string; staged: string }> {
  const { lake, made } = await preparedOnce(owner, 'number', async (one) => {
    const source = await put(one.desk, name, records(30));
    const result = only(await one.import([source]));
    await rm(source);
    return result;
  });
  return { lake, job_id: made.job_id, staged: join(lake.folder, made.staged_path ?? '') };
}

suite('a number', () => {
  test('is traced to its job, its receipt, and the bytes of its record and ladder entry', async (context) => {
    const { lake, job_id, staged } = await filled(context);
    const tree = await lake.tree('.');
    const { source, receipt, job, file, ...report } = await numberOf(lake, '--column', 'gex_oi');
    assert.deepEqual([report.result, report.why, report.exitCode, report.value], ['proven', null, 0, 0]);
    assert.deepEqual([job?.id, file.job_id, file.path, file.row], [job_id, job_id, strikes, 28]);
    assert.equal(receipt?.wire_checksum, source?.sha256);
    const bytes = await readFile(staged);
    const sliceOf = ({ byte = 0, length = 0 } = {}) => bytes.subarray(byte, byte + length).toString();
    assert.equal(sliceOf(source?.record), JSON.stringify(record(5)));
    assert.equal(sliceOf(source?.entry ?? {}), '[6705,7.5,0,[4,0,-5,0,0]]');
    assert.deepEqual([source?.record.number, source?.record.records], [5, 30]);
    assert.deepEqual(await lake.tree('.'), tree);
    const epoch = await lake.run(['prove', 'spx', 'zero', '1761139805', '6705']);
    assert.match(epoch.stdout, /gex_vol = 7\.5[^]*\nproven\n$/);
  });

  test('that is not there is told with the nearest ones', async (context) => {
    const { lake } = await filled(context);
    const ask = async (...what: readonly string[]) => errorOf(await lake.run(['prove', ...what, '--json']));
    const early = await ask('SPX', 'gex_zero', '2025-10-22T09:29:00-04:00', '6705');
    assert.deepEqual([early.code, early.hint?.includes('2025-10-22T13:30:00Z')], ['SECOND_NOT_FOUND', true]);
    const between = await ask('SPX', 'gex_zero', at, '6704');
    assert.deepEqual([between.code, between.hint], ['STRIKE_NOT_FOUND', 'The nearest ones: 6695, 6700, 6705, 6710.']);
    assert.equal((await ask('NDX', 'gex_zero', at, '6705')).code, 'SECOND_NOT_FOUND');
    assert.equal((await ask('SPX', 'gex_zero', '2025-10-22', '6705')).code, 'AS_OF_INVALID');
    assert.equal((await ask('SPX', 'orderflow', at, '6705')).code, 'USAGE');
    assert.equal((await ask(...asked, '--column', 'iv')).code, 'USAGE');
  });

  long('is contradicted where its source says another, and unproven where that is gone', async (context) => {
    const [{ lake, staged }, other] = [await filled(context), await makeLake(context)];
    const wrong = records(30).map((one) => JSON.stringify(one).replace('[6705,7.5,', '[6705,8.5,'));
    await other.import([await put(other.desk, name, `[${wrong.join(',')}]`)]);
    const source = await readFile(staged);
    await chmod(staged, 0o644);
    await writeFile(staged, await readFile(join(other.desk, name)));
    const edited = await numberOf(lake);
    assert.deepEqual([edited.result, edited.exitCode, edited.source], ['unproven', 0, null]);
    await writeFile(staged, source);
    const path = join(lake.folder, strikes);
    const bytes = await readFile(path);
    await chmod(path, 0o644);
    await writeFile(path, await readFile(join(other.folder, strikes)));
    const replaced = await numberOf(lake);
    assert.deepEqual([replaced.result, replaced.exitCode], ['contradicted', 6]);
    assert.match(replaced.why ?? '', /other bytes than the log says/);
    assert.deepEqual(replaced.differences, [{ column: 'gex_vol', file: 8.5, source: 7.5 }]);
    await writeFile(path, bytes);
    await rm(staged);
    const { result, why, exitCode } = await numberOf(lake);
    assert.deepEqual([result, exitCode], ['unproven', 0]);
    assert.match(why ?? '', /is neither in source\/ nor in archive\//);
  });

  long('is traced through corrections, compactions, the archive and the past', async (context) => {
    const { lake, job_id } = await filled(context);
    const before = (await lake.jobs())[0]?.finished_at ?? '';
    await lake.import([await put(lake.desk, `more/${name}`, records(50))]);
    const changed = records(50).map((one) => JSON.stringify(one).replace('[6705,7.5,', '[6705,9.5,'));
    const corrected = await put(lake.desk, `corrected/${name}`, `[${changed.join(', ')}]`);
    const why = ['--reason', 'test'];
    assert.equal((await lake.run(['correct', job_id, corrected, ...why])).exitCode, 0);
    assert.equal((await lake.run(['compact', 'parquet/gex/2025/10/SPX/gex_zero', ...why])).exitCode, 0);
    assert.equal((await lake.run(['prune', '--apply'], { env: { GEXLAKE_STAGED_DAYS: '0' } })).exitCode, 0);
    const now = await numberOf(lake);
    assert.deepEqual([now.result, now.value, now.job?.kind, now.source?.path], ['proven', 9.5, 'correction', null]);
    const past = await numberOf(lake, '--as-of', before);
    assert.deepEqual([past.result, past.value, past.job?.id, past.as_of], ['proven', 7.5, job_id, before]);
    const roots = await lake.json<{ records: number }[]>(['query', 'SELECT records FROM source_roots ORDER BY 1']);
    assert.deepEqual(
      roots.map(({ records: count }) => count),
      [30, 50, 50],
    );
  });
});

suite('a query', () => {
  long('gives the same hash again, with the files that it rests on', async (context) => {
    const { lake, job_id } = await filled(context);
    const sql = 'SELECT sum(gex_vol) AS total, avg(spot) FROM strikes';
    type Result = { result_sha256: string; as_of: string; files: { path: string; job_id: string }[]; columns: unknown };
    const first = await lake.json<Result>(['prove', '--sql', sql]);
    assert.deepEqual(
      first.files.map((file) => [file.path, file.job_id]),
      [[strikes, job_id]],
    );
    assert.deepEqual(first.columns, [
      { name: 'total', type: 'DOUBLE' },
      { name: 'avg(spot)', type: 'DOUBLE' },
    ]);
    await lake.import([await put(lake.desk, `more/${name}`, records(50))]);
    const again = await lake.json<Result>(['prove', '--sql', sql, '--as-of', first.as_of]);
    assert.deepEqual(again, first);
    const now = await lake.json<Result>(['prove', '--sql', sql]);
    assert.notEqual(now.result_sha256, first.result_sha256);
    assert.equal(now.files.length, 2);
  });
});
