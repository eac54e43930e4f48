import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { readDatabase, runOn } from '../support/duckdb.ts';
import { makeLake, only, type Lake } from '../support/gexlake.ts';

/* The links of jobs lie beside the journal's entries, which have their hashes. That file can be lost as well. */

const link = 'https://hist.gex.bot/2025-10-22_SPX_classic_gex_zero.json?sig=SECRET123';

function secretsOf({ folder }: Lake): string {
  return join(folder, 'log/secrets');
}

async function linkOf({ folder }: Lake): Promise<unknown> {
  return only(await readDatabase(join(folder, 'gex_history.db'), 'SELECT url FROM import_jobs'))['url'];
}

async function problemsOf(lake: Lake): Promise<string[]> {
  const { problems } = await lake.json<{ problems: { code: string }[] }>(['verify']);
  return problems.map(({ code }) => code);
}

suite('Where the links beside the journal are lost', () => {
  test('the log still has them, says so, and keeps them again', async (context) => {
    const lake = await makeLake(context);
    await lake.run(['enqueue', link]);
    await rm(secretsOf(lake));
    assert.deepEqual(await problemsOf(lake), ['LOG_LINK_UNKEPT']);
    await lake.run(['restore', '--rebuild-log', '--apply']);
    assert.equal(await linkOf(lake), link);
    assert.ok((await readFile(secretsOf(lake), 'utf8')).includes(link));
    assert.deepEqual(await problemsOf(lake), []);
  });

  test('an edited link is told as an edit', async (context) => {
    const lake = await makeLake(context);
    await lake.run(['enqueue', link]);
    await runOn(join(lake.folder, 'gex_history.db'), "UPDATE import_jobs SET url = url || '4'");
    assert.deepEqual(await problemsOf(lake), ['LOG_ROW_CHANGED']);
  });

  test('and the log with them, the job says that its link is lost, and fetches nothing', async (context) => {
    const lake = await makeLake(context);
    await lake.run(['enqueue', link]);
    await rm(secretsOf(lake));
    await rm(join(lake.folder, 'gex_history.db'));
    await lake.run(['run']);
    const job = only(await lake.jobs()) as unknown as { status: string; error: { code: string } | null };
    assert.deepEqual([job.status, job.error?.code], ['failed', 'LINK_LOST']);
  });
});
