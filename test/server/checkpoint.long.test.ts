import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogReport } from '../../src/app/app.ts';
import { makeLake } from '../support/gexlake.ts';
import { put, records } from '../support/records.ts';
import { startService } from '../support/service.ts';

test('a service keeps the checkpoint of its own journal behind its jobs', async (context) => {
  const lake = await makeLake(context);
  const service = await startService(context, lake);
  await lake.spawn(['enqueue', await put(lake.desk, '2025-10-27_SPX_classic_gex_zero.json', records(20, 5 * 86_400))]);
  await service.running.says(/import ended/);
  assert.equal((await service.stop()).exitCode, 0);
  const report = await lake.json<LogReport>(['log', 'verify']);
  assert.ok(report.entries > 1);
  assert.deepEqual([report.ok, report.checkpoint?.size], [true, report.entries]);
});
