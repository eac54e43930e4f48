import assert from 'node:assert/strict';
import { request } from 'node:http';
import { suite } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parseEndpoint } from '../../src/core/names.ts';
import {
  ask,
  classic,
  download,
  evening,
  friday,
  pathOf,
  quant,
  said,
  sign,
  sourceOf,
  startAt,
  statusOf,
} from './asking.ts';
import { long, test } from '../support/shares.ts';

suite('who may ask', () => {
  test('no key and no User-Agent are 400, a key that is none 401', async () => {
    const vendor = await startAt(evening);
    assert.equal((await ask(vendor, '/whoami', null)).status, 400);
    assert.equal((await ask(vendor, '/whoami', 'gexbot_custom_other')).status, 401);
    const plain = await new Promise<number | undefined>((resolve) => {
      request(`${vendor.apiUrl}/tickers`, (response) => resolve(response.resume().statusCode)).end();
    });
    assert.equal(plain, 400);
  });

  test('whoami says tier and entitlements, and never the whole key; older keys come as Basic', async () => {
    const vendor = await startAt(evening);
    const text = await (await ask(vendor, '/whoami')).text();
    assert.deepEqual(JSON.parse(text), {
      key: 'gexbot_custom_…uant',
      tier: 'quant',
      entitlements: ['classic', 'state', 'orderflow', 'eod', 'hist'],
    });
    const basic = await fetch(`${vendor.apiUrl}/whoami`, { headers: { authorization: `Basic ${classic}` } });
    assert.deepEqual(await said(basic), {
      key: 'gexbot_custom_…ssic',
      tier: 'classic',
      entitlements: ['classic', 'eod'],
    });
  });

  test('tickers and categories are public, and are not counted', async () => {
    const vendor = await startAt(evening, { tickers: ['SPY', 'SPX', 'NQ_NDX'], pace: { spacing_ms: 60_000, day: 0 } });
    assert.deepEqual(await said(await ask(vendor, '/tickers', null)), {
      stocks: ['SPY'],
      indexes: ['SPX'],
      futures: ['NQ_NDX'],
    });
    const categories = await said(await ask(vendor, '/classic/categories', null));
    assert.deepEqual(categories, ['gex_full', 'gex_zero', 'gex_one']);
    assert.equal((await ask(vendor, '/nothing/categories', null)).status, 404);
    assert.equal(((await said(await fetch(vendor.apiUrl.replace('v2', 'state/categories')))) as []).length, 11);
  });

  test('files are for quant alone, bundles for every plan with history', async () => {
    const vendor = await startAt(evening);
    const statuses = await Promise.all(
      [quant, classic, 'gexbot_custom_sample_live'].map(async (key) => [
        await statusOf(vendor, pathOf(friday), key),
        await statusOf(vendor, '/hist/eod/SPX', key),
      ]),
    );
    assert.deepEqual(statuses, [
      [200, 200],
      [403, 200],
      [403, 403],
    ]);
  });
});

suite('the files of a session', () => {
  test('a signed URL comes as JSON or as a redirect, and opens the session’s bytes without a key', async () => {
    const vendor = await startAt(evening, { size: { form: 'gzip' } });
    const redirect = await ask(vendor, `/hist/SPX/classic/gex_zero/${friday}`);
    assert.equal(redirect.status, 302);
    const json = await sourceOf(vendor);
    for (const url of [await sign(vendor), redirect.headers.get('location') ?? '']) {
      assert.ok(url.startsWith(`${vendor.blobUrl}/hist/SPX/classic/gex_zero/${friday}_SPX_classic_gex_zero.json.gz?`));
      assert.deepEqual(gunzipSync(await download(url)), json);
    }
    const records = JSON.parse(json.toString()) as { readonly timestamp: number; readonly ticker: string }[];
    assert.equal(records.length, 30);
    assert.deepEqual([records[0]?.timestamp, records[0]?.ticker], [Date.parse('2026-07-17T13:30:00Z') / 1000, 'SPX']);
  });

  test('they come out at 20:00 New York, in summer and in winter, and go after 90 days', async () => {
    for (const [day, zone] of [
      ['2026-07-17', '-04:00'],
      ['2026-01-16', '-05:00'],
    ] as const) {
      const vendor = await startAt(`${day}T19:59:59${zone}`);
      assert.equal(await statusOf(vendor, pathOf(day)), 404);
      vendor.advance(1_000);
      assert.equal(await statusOf(vendor, pathOf(day)), 200);
      vendor.advance(90 * 86_400_000);
      assert.equal(await statusOf(vendor, pathOf(day)), 200);
      vendor.advance(86_400_000);
      assert.equal(await statusOf(vendor, pathOf(day)), 404);
    }
  });

  test('there are none of weekends, holidays, days to come and names that are not the vendor’s', async () => {
    const vendor = await startAt(evening);
    for (const path of [
      pathOf('2026-07-12'),
      pathOf('2026-07-03'),
      pathOf('2026-07-20'),
      pathOf('2026-02-30'),
      pathOf(friday, 'classic/zero'),
      pathOf(friday, 'classic/gex_zero', 'AAPL'),
      '/hist/SPX/classic/gex_zero',
    ])
      assert.equal(await statusOf(vendor, path), 404, path);
    const session = { ticker: 'SPX', endpoint: parseEndpoint('gex_zero'), date: '2026-07-03' };
    assert.equal(await vendor.sourceOf(session), null);
  });

  long(
    'a half day ends at 13:00; every endpoint has its file; the first session and the times can be set',
    async () => {
      const vendor = await startAt('2026-11-30T12:00:00-05:00', {
        schedule: { first: '2026-11-24', hist_minute: 12 * 60 },
        size: { records: 390, span_s: 23_400, form: 'plain' },
      });
      const last = JSON.parse((await download(await sign(vendor, '2026-11-27'))).toString()) as { timestamp: number }[];
      assert.ok((last.at(-1)?.timestamp ?? 0) < Date.parse('2026-11-27T13:00:00-05:00') / 1000);
      for (const endpoint of ['state/gamma_one', 'state/gex_full', 'orderflow/orderflow'])
        assert.ok((await download(await sign(vendor, '2026-11-27', endpoint))).length > 1_000);
      assert.equal(await statusOf(vendor, pathOf('2026-11-30')), 200);
      assert.equal(await statusOf(vendor, pathOf('2026-11-23')), 404);
    },
  );
});
