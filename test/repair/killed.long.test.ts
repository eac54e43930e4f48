import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { damage } from '../support/damage.ts';
import { copyOf, folder, liveBytes, other, prepare, verify } from '../support/every-command.ts';

const prepared = await prepare({ after });

suite('killed in the middle', { concurrency: 1 }, () => {
  test('a repair is done by the next one', async () => {
    const bytes = await liveBytes(prepared.lake);
    for (const step of [2, 5, 9, 14, 20, 27]) {
      const lake = await copyOf(prepared.lake);
      await damage(lake.folder, `${other}/strikes.parquet`, 'flip');
      await damage(lake.folder, `${folder}/snapshots.parquet`, 'delete');
      await damage(lake.folder, `quarantine/${prepared.plain.job_id}.ndjson`, 'truncate');
      await lake.spawn(['repair', '--apply'], { env: { GEXLAKE_FAULT: `kill@*#${step}` } });
      const { exitCode, stderr } = await lake.spawn(['repair', '--apply']);
      assert.equal(exitCode, 0, `killed at step ${step}: ${stderr}`);
      assert.deepEqual((await verify(lake, { kind: 'deep' })).problems, [], `killed at step ${step}`);
      assert.deepEqual(await liveBytes(lake), bytes, `killed at step ${step}`);
    }
  });
});
