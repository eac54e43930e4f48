import assert from 'node:assert/strict';
import { after, suite } from 'node:test';
import type { FetchPlan } from '../../src/core/fetch-plan.ts';
import { parseEndpoint } from '../../src/core/names.ts';
import { lastSessions } from '../../src/fetch/schedule.ts';
import { startSampleVendor } from '../../src/sample-vendor/sample-vendor.ts';
import { makeLake } from '../support/gexlake.ts';
import { put } from '../support/records.ts';
import { long } from '../support/shares.ts';

const vendor = await startSampleVendor({ tickers: ['SPX'], pace: { spacing_ms: 0 } });
after(vendor.close);
const [first = '', last = ''] = lastSessions(2, Date.now());

/** How other downloaders lay out what they have got; their manifests and half files lie beside it. */
const layouts: Readonly<Record<string, (date: string, category: string) => string>> = {
  'DATE/TICKER/package/category.json': (date, category) => `${date}/SPX/classic/${category}.json`,
  'TICKER/package/category/DATE.json': (date, category) => `SPX/classic/${category}/${date}.json`,
  'the vendor’s own names in one folder': (date, category) => `${date}_SPX_classic_${category}.json`,
};

suite('a tree that another downloader keeps', () => {
  for (const [layout, pathOf] of Object.entries(layouts))
    long(`is imported as it is, and nothing of it is fetched again: ${layout}`, async (context) => {
      const lake = await makeLake(context);
      const endpoint = parseEndpoint('gex_zero');
      for (const date of [first, last]) {
        const content = await vendor.sourceOf({ ticker: 'SPX', endpoint, date });
        assert.ok(content !== null);
        await put(`${lake.desk}/tree`, pathOf(date, 'gex_zero'), Buffer.from(content));
      }
      await put(`${lake.desk}/tree`, 'manifest.csv', 'date,status\n');
      const results = await lake.import([`${lake.desk}/tree`]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['completed', 'completed'],
      );
      const env = {
        GEXLAKE_GEXBOT_URL: vendor.apiUrl,
        GEXLAKE_GEXBOT_KEY: 'gexbot_custom_sample_quant',
        GEXLAKE_GEXBOT_PACE_MS: '0',
        GEXLAKE_SUBSCRIBE: JSON.stringify([{ tickers: ['SPX'], endpoints: ['gex_zero'], from: first }]),
      };
      const plan = await lake.json<FetchPlan>(['fetch', '--plan'], { env });
      assert.deepEqual([plan.counts.here, plan.items], [2, []]);
      const before = vendor.calls().filter(({ route }) => route === 'hist').length;
      assert.equal((await lake.run(['fetch'], { env })).exitCode, 0);
      assert.equal(vendor.calls().filter(({ route }) => route === 'hist').length, before);
      assert.ok(
        (await lake.files('..')).some((path) => path.includes('manifest.csv')),
        'the tree stays as it is',
      );
    });
});
