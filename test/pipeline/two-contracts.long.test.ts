import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { VerifyReport } from '../../src/app/app.ts';
import type { ImportResult } from '../../src/core/job.ts';
import { makeLake, only } from '../support/gexlake.ts';
import { name, put, record } from '../support/records.ts';
import { firstRelease } from '../support/releases.ts';

/* What contracts.long.test.ts tries with three versions and every command, here with two versions and a few. */

const counted = 'SELECT count(*)::INTEGER AS rows, count(DISTINCT timestamp)::INTEGER AS seconds FROM snapshots';
const answer = [{ rows: 20, seconds: 20 }];
const folder = 'parquet/gex/2025/10/SPX/gex_zero';

test('files of two contracts are extended, answer as one, and are merged as files of the newer one', async (context) => {
  const lake = await makeLake(context);
  const records = Array.from({ length: 20 }, (_, second) => record(second));
  const sourceOf = async (count: number) => put(lake.desk, `${count}/${name}`, records.slice(0, count));
  const first = await firstRelease(join(lake.desk, 'first'));
  const old = only(await lake.spawnJson<ImportResult[]>(['import', await sourceOf(8)], { program: first }));
  assert.deepEqual([old.status, old.records_processed, old.error], ['completed', 8, null]);
  const added = only(await lake.import([await sourceOf(20)]));
  assert.deepEqual([added.status, added.records_processed, added.error], ['completed', 12, null]);
  assert.deepEqual(await versions(), ['1', '1', '2', '2']);
  assert.deepEqual(await lake.query(counted), answer);
  assert.equal((await lake.run(['compact', folder, '--reason', 'test'])).exitCode, 0);
  assert.deepEqual(await versions(), ['2', '2']);
  await mustAnswer();

  async function versions(): Promise<unknown[]> {
    const sql = "SELECT contract_version AS v FROM parquet_files WHERE state = 'live' ORDER BY 1";
    return (await lake.query(sql)).map((row) => row['v']);
  }

  async function mustAnswer(): Promise<void> {
    assert.deepEqual(await lake.query(counted), answer);
    const { ok, problems } = await lake.json<VerifyReport>(['verify', '--deep']);
    assert.deepEqual({ ok, problems }, { ok: true, problems: [] });
  }
});
