import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImportResult } from '../../src/core/job.ts';
import { makeLake, only } from '../support/gexlake.ts';

test('the demonstration makes, serves, imports and shows a whole day; a second one is skipped', async (context) => {
  const lake = await makeLake(context);
  const { exitCode, stdout, stderr } = await lake.run(['demo']);
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /stand-in for GEXBot at http:\/\/127\.0\.0\.1:\d+\/v2 has it: [\d.]+ MB of gzip/);
  assert.match(stderr, /importing gexbot:hist\/NQ_NDX\/classic\/gex_zero\/2025-10-22/);
  assert.match(stdout, /completed +NQ_NDX +gex_zero +2025-10-22 +23,404 +23,400 +3 +1 /);
  assert.match(stdout, /parquet\/gex\/2025\/10\/NQ_NDX\/gex_zero\/strikes\.parquet/);
  for (const part of [/What is in the lake\?/, /hour by hour/, /at the close\?/, /Gamma exposure by strike/, /▶/]) {
    assert.match(stdout, part);
  }
  assert.match(stdout, new RegExp(`gexlake query "DESCRIBE strikes" --data-dir ${lake.folder}`));
  const [row] = await lake.query('SELECT count(*) AS records FROM snapshots');
  assert.deepEqual(row, { records: 23400 });
  const again = only(await lake.json<ImportResult[]>(['demo']));
  assert.equal(again.status, 'skipped');
});
