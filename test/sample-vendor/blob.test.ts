import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite } from 'node:test';
import { endpoints, parseEndpoint } from '../../src/core/names.ts';
import { download, evening, friday, sign, sourceOf, startAt } from './asking.ts';
import { test } from '../support/shares.ts';

suite('the blob store', () => {
  test('HEAD and GET say what the bytes are', async () => {
    const vendor = await startAt(evening, { size: { form: 'plain' } });
    const url = await sign(vendor);
    const json = await sourceOf(vendor);
    const head = await fetch(url, { method: 'HEAD' });
    const got = await fetch(url);
    for (const { headers, status } of [head, got]) {
      assert.equal(status, 200);
      assert.equal(headers.get('content-length'), String(json.length));
      assert.equal(headers.get('content-md5'), createHash('md5').update(json).digest('base64'));
      assert.equal(headers.get('last-modified'), new Date('2026-07-17T20:00:00-04:00').toUTCString());
      assert.match(headers.get('etag') ?? '', /^"0x[0-9A-F]{15}"$/);
      assert.equal(headers.get('date'), new Date(evening).toUTCString());
    }
    assert.deepEqual(Buffer.from(await got.arrayBuffer()), json);
  });

  test('a part is given of the same bytes, and all where If-Range names others', async () => {
    const vendor = await startAt(evening, { size: { form: 'plain' } });
    const url = await sign(vendor);
    const json = await sourceOf(vendor);
    const etag = (await fetch(url, { method: 'HEAD' })).headers.get('etag') ?? '';
    const part = await fetch(url, { headers: { range: 'bytes=100-', 'if-range': etag } });
    assert.deepEqual(
      [part.status, part.headers.get('content-range')],
      [206, `bytes 100-${json.length - 1}/${json.length}`],
    );
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), json.subarray(100));
    assert.deepEqual(await download(url, { range: 'bytes=0-9' }), json.subarray(0, 10));
    assert.deepEqual(await download(url, { range: 'bytes=-7' }), json.subarray(-7));
    assert.equal((await fetch(url, { headers: { range: 'bytes=9999999-' } })).status, 416);
    vendor.restate({ ticker: 'SPX', category: 'gex_zero', date: friday });
    const again = await fetch(url, { headers: { range: 'bytes=100-', 'if-range': etag } });
    assert.equal(again.status, 200);
    assert.notDeepEqual(Buffer.from(await again.arrayBuffer()), json);
  });

  test('it opens to the signature of the path alone, until that expires, and never to a key', async () => {
    const vendor = await startAt(evening, { signature_life_s: 60 });
    const url = await sign(vendor);
    const status = async (from: string, headers: Record<string, string> = {}) => {
      const response = await fetch(from, { headers });
      return [response.status, /<Code>(\w+)</.exec(await response.text())?.[1] ?? ''];
    };
    assert.deepEqual(await status(url), [200, '']);
    assert.deepEqual(await status(url, { authorization: 'Bearer x' }), [400, 'InvalidAuthenticationInfo']);
    assert.deepEqual(await status(url.replace('gex_zero', 'gex_one')), [403, 'AuthenticationFailed']);
    assert.deepEqual(await status(url.replace(/se=[^&]+/, 'se=2030-01-01T00%3A00%3A00.000Z')), [
      403,
      'AuthenticationFailed',
    ]);
    assert.deepEqual(await status(url.split('?')[0] ?? ''), [403, 'AuthenticationFailed']);
    assert.deepEqual(await status(url.replace(vendor.blobUrl, vendor.fallbackUrl)), [200, '']);
    vendor.advance(60_000);
    assert.deepEqual(await status(url), [403, 'AuthenticationFailed']);
    vendor.advance(91 * 86_400_000);
    assert.deepEqual(await status(url), [403, 'AuthenticationFailed']);
  });

  test('names and bytes agree or not, as the vendor’s do', async () => {
    const forms = new Set<string>();
    const vendor = await startAt(evening);
    for (const { package: pack, category } of endpoints) {
      const url = await sign(vendor, friday, `${pack}/${category}`);
      const bytes = await download(url);
      forms.add(`${/\.json(?:\.gz)?(?=\?)/.exec(url)?.[0]} ${bytes[0] === 0x1f ? 'gzip' : 'json'}`);
    }
    assert.deepEqual([...forms].sort(), ['.json json', '.json.gz gzip', '.json.gz json']);
  });

  test('equal seeds make equal bytes, others do not', async () => {
    const session = { ticker: 'SPX', endpoint: parseEndpoint('state_gex_one'), date: friday };
    const of = async (seed: number) => (await startAt(evening, { seed })).sourceOf(session);
    assert.deepEqual(await of(7), await of(7));
    assert.notDeepEqual(await of(7), await of(8));
  });
});
