import assert from 'node:assert/strict';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { lastFirst, makeLake } from '../support/gexlake.ts';
import { importDay } from '../support/old-jobs.ts';
import { startService } from '../support/service.ts';
import { long } from '../support/shares.ts';

long('a service whose log refuses to be written is not ready, and says why', async (context) => {
  const owner = lastFirst(context);
  const lake = await makeLake(owner);
  await importDay(lake, 22);
  const service = await startService(owner, lake);
  await truncate(join(lake.folder, 'log/tail/000000000000'), 0);
  const answer = await service.ask('/health');
  const health = (await answer.json()) as { live: boolean; reasons: readonly { code: string; message: string }[] };
  assert.deepEqual([answer.status, health.live], [503, true]);
  assert.deepEqual(
    health.reasons.map(({ code }) => code),
    ['LOG_ROLLED_BACK'],
  );
  assert.match(health.reasons[0]?.message ?? '', /journal/);
});
