import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeLake } from '../support/gexlake.ts';
import { long } from '../support/shares.ts';

long('a thread that was never asked anything keeps no process alive', async (context) => {
  const { desk } = await makeLake(context);
  const script = join(desk, 'start.mjs');
  const encoder = new URL('../../src/parquet/encoder.ts', import.meta.url);
  writeFileSync(
    script,
    `import { encodeInThread } from '${encoder.href}'; encodeInThread(); setTimeout(() => console.log('done'), 1_000);`,
  );
  const { status, signal, stdout } = spawnSync(process.execPath, [script], { timeout: 20_000, encoding: 'utf8' });
  assert.deepEqual({ status, signal, stdout }, { status: 0, signal: null, stdout: 'done\n' });
});
