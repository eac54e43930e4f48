import assert from 'node:assert/strict';
import { onStep } from '../../src/platform/steps.ts';
import { errorOf, makeLake } from '../support/gexlake.ts';
import { importDay } from '../support/old-jobs.ts';
import { long } from '../support/shares.ts';

long('a snapshot for which there is no room says where room is needed, and leaves nothing', async (context) => {
  const lake = await makeLake(context);
  await importDay(lake, 22);
  onStep((step) => {
    if (step === 'backup:write') throw Object.assign(new Error('full'), { code: 'ENOSPC' });
  });
  try {
    const { code, message, hint } = errorOf(await lake.run(['backup', '--apply', '--json']));
    assert.equal(code, 'DISK_FULL');
    assert.match(message, /no snapshot was made in .*\/data\/backups: no space left/);
    assert.match(hint ?? '', /the disk of .*\/data\/backups/);
  } finally {
    onStep(null);
  }
  assert.deepEqual(await lake.files('backups'), []);
});
