import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { appOn, silent } from '../support/built-program.ts';
import { makeLake } from '../support/gexlake.ts';
import { test } from '../support/shares.ts';

suite('an interrupt before there is an importer', () => {
  test('ends who watches for jobs, although nobody heard it', async (context) => {
    const lake = await makeLake(context);
    const app = await appOn(lake.folder);
    const finish = AbortSignal.abort();
    const abort = new AbortController();
    const work = { limit: Number.MAX_SAFE_INTEGER, watch: true, workers: 1 };
    const run = await app.runPending(work, silent, { finish, abort: abort.signal });
    assert.deepEqual([run.results, run.error, run.interrupted], [[], null, true]);
  });
});
