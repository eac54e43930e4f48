import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastFirst, makeLake } from '../support/gexlake.ts';
import { startService } from '../support/service.ts';
import { eager, enqueueAll, many, reason, snapshots, untilDone } from './many-jobs.ts';

test('serve makes one snapshot for a batch that comes while it runs, none for few jobs', async (context) => {
  const owner = lastFirst(context);
  const lake = await makeLake(owner);
  await startService(owner, lake, { env: eager });
  await enqueueAll(lake, 'A', 2);
  await untilDone(lake, 2);
  assert.deepEqual(await snapshots(lake), []);
  await enqueueAll(lake, 'B', many);
  await untilDone(lake, 2 + many);
  assert.deepEqual(await snapshots(lake), [reason]);
});
