import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import type { VendorReport } from '../../src/app/app.ts';
import { classic, evening, quant, startAt } from '../sample-vendor/asking.ts';
import { errorOf, makeLake } from '../support/gexlake.ts';
import { put } from '../support/records.ts';
import { long, test } from '../support/shares.ts';
import { settingsFor } from './at-standin.ts';

const standin = await startAt(evening);

type Shown = Pick<VendorReport, 'bundle' | 'tickers'> & {
  readonly key: string | null;
  readonly tier: string | null;
  readonly endpoints: readonly string[] | null;
  readonly hist: boolean | null;
  readonly eod: boolean | null;
};

suite('gexlake vendor', () => {
  test('says what a key may have, which tickers there are, and which bundle is the latest', async (context) => {
    const lake = await makeLake(context);
    const env = settingsFor(standin, classic);
    const shown = await lake.json<Shown>(['vendor', '--ticker', 'spx'], { env });
    assert.deepEqual(
      [shown.key, shown.tier, shown.endpoints, shown.hist, shown.eod, shown.tickers.indexes],
      [`…${classic.slice(-4)}`, 'classic', ['gex_full', 'gex_zero', 'gex_one'], false, true, ['SPX']],
    );
    assert.deepEqual([shown.bundle?.name, shown.bundle?.date], ['eod_report_SPX_2026-07-17.zip', '2026-07-17']);
    const table = await lake.run(['vendor'], { env: settingsFor(standin, quant) });
    assert.match(table.stdout, /single days \(\/hist\) +yes/);
    assert.match(table.stdout, /of a session +classic, state, orderflow/);
    assert.doesNotMatch(table.stdout, new RegExp(quant));
  });

  long('says what is public without a key, and why a wrong one gets nothing', async (context) => {
    const lake = await makeLake(context);
    const without = await lake.json<Shown>(['vendor'], { env: { ...settingsFor(standin), GEXLAKE_GEXBOT_KEY: '' } });
    assert.deepEqual([without.key, without.endpoints, without.tickers.futures], [null, null, ['NQ_NDX']]);
    const wrong = await lake.run(['vendor', '--json'], { env: settingsFor(standin, 'gexbot_custom_nobody') });
    assert.deepEqual([errorOf(wrong).code, wrong.exitCode], ['VENDOR_KEY_REFUSED', 1]);
  });

  long(
    'says of a ticker that the vendor does not know where the known ones are listed, and of a bundle that it is no file',
    async (context) => {
      const lake = await makeLake(context);
      const ran = await lake.run(['vendor', '--ticker', 'ZZZ', '--json'], { env: settingsFor(standin, quant) });
      assert.equal(ran.exitCode, 1);
      assert.match(errorOf(ran).message, /^GEXBot does not have the bundle of ZZZ /);
      assert.match(errorOf(ran).hint ?? '', /lists the tickers/);
      const bundle = await lake.run(['recheck', 'gexbot:eod/SPX/2026-07-17'], { env: settingsFor(standin, quant) });
      assert.match(bundle.stderr, /is a bundle of files, and no file itself \[SOURCE_NOT_ALLOWED\]/);
    },
  );
});

suite('the key of the API', () => {
  const { GEXLAKE_GEXBOT_KEY: _, ...keyless } = settingsFor(standin);

  test('may lie in a file that nobody else may read', async (context) => {
    const lake = await makeLake(context);
    const file = join(lake.desk, 'key');
    await writeFile(file, `${quant}\n`, { mode: 0o600 });
    const env = { ...keyless, GEXLAKE_GEXBOT_KEY_FILE: file };
    assert.equal((await lake.json<Shown>(['vendor'], { env })).tier, 'quant');
    await chmod(file, 0o640);
    const open = await lake.run(['vendor', '--json'], { env });
    assert.deepEqual([errorOf(open).code, open.exitCode], ['CONFIG_INVALID', 2]);
    const missing = await lake.run(['vendor', '--json'], { env: { ...env, GEXLAKE_GEXBOT_KEY_FILE: `${file}s` } });
    assert.match(errorOf(missing).message, /which is not there/);
  });

  test('in gexlake.toml is refused where others may read it, and shown by its end', async (context) => {
    const lake = await makeLake(context);
    const file = await put(lake.desk, 'gexlake.toml', `gexbot_key = "${quant}"\n`);
    await chmod(file, 0o644);
    const open = await lake.run(['config', 'show', '--json']);
    assert.equal(errorOf(open).code, 'CONFIG_INVALID');
    assert.match(errorOf(open).message, /others than its owner may read it/);
    await chmod(file, 0o600);
    const shown = await lake.run(['config', 'show']);
    assert.match(shown.stdout, /gexbot_key +…uant +gexlake\.toml/);
    assert.doesNotMatch(shown.stdout, new RegExp(quant));
  });
});
