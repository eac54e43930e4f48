import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import { logTables } from '../../src/core/log-tables.ts';
import { evening, friday, startAt } from '../sample-vendor/asking.ts';
import { readDatabase } from '../support/duckdb.ts';
import { makeLake, type Lake } from '../support/gexlake.ts';
import { hasNoSecret as hasNone, searchFolder } from '../support/secret-search.ts';
import { startService } from '../support/service.ts';
import { long } from '../support/shares.ts';
import { settingsFor } from './at-standin.ts';

const key = 'gexbot_custom_Sesame0123456789abcdef';
const oldKey = 'OldSesame0123456789abcdef';
const [first, second] = ['2026-07-15', '2026-07-16'];
const hist = (date: string, endpoint = 'classic/gex_zero') => `gexbot:hist/SPX/${endpoint}/${date}`;

const hasNoSecret = (what: string, text: string) => hasNone(what, text, ['Sesame']);

/** What a database packs is no text in its file. */
async function searchLog(lake: Lake): Promise<void> {
  for (const { name } of logTables) {
    const rows = await readDatabase(join(lake.folder, 'gex_history.db'), `SELECT * FROM ${name}`);
    const text = JSON.stringify(rows, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    hasNoSecret(`the table ${name}`, text);
  }
}

/** The command lines of all processes of this machine that may be seen. */
async function searchProcesses(): Promise<void> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const id of ids) hasNoSecret('a process', (await readFile(`/proc/${id}/cmdline`).catch(() => '')).toString());
}

suite('the key and the signatures of links', () => {
  long('are in nothing that the program says, writes or answers', async (context) => {
    const keys = [key, oldKey].map((text) => {
      return { key: text, tier: 'quant', packages: ['classic', 'state', 'orderflow'], eod: true, hist: true } as const;
    });
    const standin = await startAt(evening, { keys });
    const env = settingsFor(standin, key);
    const lake = await makeLake(context);
    const said = async (words: readonly string[], given: Readonly<Record<string, string>> = env) => {
      const { stdout, stderr } = await lake.spawn(words, { env: given });
      hasNoSecret(words.join(' '), stdout + stderr);
    };

    await said(['vendor', '--ticker', 'SPX']);
    await said(['config', 'show']);
    await said(['vendor', '--json'], settingsFor(standin, oldKey));
    await said(['import', hist(friday), hist(friday, 'state/gamma_one'), hist('2026-07-18')]);
    await said(['import', `gexbot:eod/SPX/${friday}`, '--json']);
    await said(['enqueue', hist(second)]);
    // What goes wrong says where and why, with what the server said.
    standin.setFaults([
      { kind: 'expired', times: 2 },
      { kind: 'cut', times: 1 },
    ]);
    await said(['run']);
    standin.setFaults([{ kind: 'unavailable' }]);
    const hasty = { ...env, GEXLAKE_LIMITS: '{"download_attempts":2,"retry_base_ms":1}' };
    await said(['import', hist(second, 'classic/gex_one'), '--json'], hasty);
    standin.setFaults([{ kind: 'cut' }]);
    await said(['import', hist(second, 'classic/gex_one')], hasty);
    standin.setFaults([]);
    // A link that leads to where nothing may be fetched from.
    await said(['import', hist(first)], { ...env, GEXLAKE_SOURCE_ALLOW: '' });
    await said(['import', hist(first)], { ...env, GEXLAKE_GEXBOT_KEY: `${key}no` });
    await said(['recheck', hist(friday)]);
    await said(['jobs']);
    await said(['query', 'SELECT * FROM import_jobs']);

    const service = await startService(context, lake, { env });
    const posted = await service.post('/gex_history_url?wait=20', { url: hist(first) });
    hasNoSecret('the answer of an import', await posted.text());
    assert.equal(posted.status, 200);
    await searchProcesses();
    for (const path of ['/jobs', '/files', '/health', '/metrics', '/openapi.json', '/coverage?ticker=SPX'])
      hasNoSecret(path, await (await service.ask(path)).text());
    const { stdout, stderr } = await service.stop();
    hasNoSecret('the service', stdout + stderr);

    assert.ok((await searchFolder(lake.folder, ['Sesame'])) > 20);
    await searchLog(lake);
    hasNoSecret('the report', (await lake.spawn(['log', 'show', '--json'])).stdout);
  });
});
