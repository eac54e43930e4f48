import assert from 'node:assert/strict';
import { after, suite } from 'node:test';
import { GexlakeError, type ErrorCode } from '../../src/core/errors.ts';
import { limits } from '../../src/core/limits.ts';
import { parseEndpoint } from '../../src/core/names.ts';
import { sourcePolicy } from '../../src/source/source.ts';
import { openVendor, type VendorOptions, type VendorSettings } from '../../src/vendor/vendor.ts';
import { jumpingClock, memorySink } from '../source/fetcher.ts';
import { startOrigin } from '../support/origin.ts';
import { test } from '../support/shares.ts';

const key = 'gexbot_custom_Secret0123456789abcdef';
const [api, blobs] = [await startOrigin(), await startOrigin()];
after(() => Promise.all([api.close(), blobs.close()]));

const file = { kind: 'hist', ticker: 'SPX', endpoint: parseEndpoint('gex_zero'), date: '2026-02-24' } as const;
const linkPath = '/v2/hist/SPX/classic/gex_zero/2026-02-24';
const blobPath = '/raw/2026-02-24_SPX_classic_gex_zero.json';
const signed = (count: number) => blobs.url(`${blobPath}?se=2026-02-25T15%3A10%3A00Z&sig=Signature${count}`);

function open(more: Partial<VendorSettings> = {}) {
  const clock = jumpingClock();
  const settings = { url: `${api.origin}/v2`, key, key_file: null, fallback_host: null, pace_ms: 1100, ...more };
  let calls = 0;
  const pace = async () => (calls += 1);
  const policy = sourcePolicy([blobs.origin], false);
  const options: VendorOptions = { settings, policy, limits, clock, pace };
  return { vendor: openVendor(options), clock, calls: () => calls };
}

async function fails(act: Promise<unknown>, code: ErrorCode): Promise<GexlakeError> {
  const error = await act.then(
    () => assert.fail(`expected ${code}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof GexlakeError, String(error));
  assert.equal(error.code, code, error.message);
  for (const text of [error.message, error.hint ?? '', String(error.cause)]) {
    assert.doesNotMatch(text, /sig=|Signature\d/);
    assert.ok(!text.includes(key));
  }
  return error;
}

suite('a link', () => {
  test('is asked for with the key, which its host never gets', async () => {
    const { vendor, calls } = open();
    api.serve(linkPath, { body: (count) => JSON.stringify({ url: signed(count) }) });
    blobs.serve(blobPath, { body: '[{}]' });
    const sink = memorySink();
    const receipt = await vendor.open(file).transferInto(sink, () => undefined);
    const asked = api.requests.at(-1)?.headers;
    assert.equal(asked?.authorization, `Bearer ${key}`);
    assert.match(asked?.['user-agent'] ?? '', /^gexlake\//);
    assert.equal(asked?.['content-type'], 'application/json');
    assert.equal(blobs.requests.at(-1)?.headers.authorization, undefined);
    assert.equal(sink.bytes().toString(), '[{}]');
    assert.equal(receipt.location, blobs.url(blobPath));
    assert.equal(calls(), 1);
  });

  test('that is refused is signed again, and no oftener than helps', async () => {
    const { vendor, calls } = open();
    api.serve(linkPath, { body: (count) => JSON.stringify({ url: signed(count) }) });
    blobs.serve(blobPath, { body: '[{}]', statuses: [403] });
    await vendor.open(file).transferInto(memorySink(), () => undefined);
    assert.equal(calls(), 2);
    blobs.serve(blobPath, { statuses: [403, 403, 403, 403, 403] });
    await fails(
      open()
        .vendor.open(file)
        .transferInto(memorySink(), () => undefined),
      'DOWNLOAD_DENIED',
    );
  });

  test('is signed again before what was cut goes on, where it stopped', async () => {
    const { vendor, calls } = open();
    api.serve(linkPath, { body: (count) => JSON.stringify({ url: signed(count) }) });
    const body = `[${'1234567890,'.repeat(20_000)}0]`;
    blobs.serve(blobPath, { body, etag: '"one"', ranges: true, cutAfter: 100_000 });
    const sink = memorySink();
    await vendor.open(file).transferInto(sink, () => undefined);
    assert.equal(sink.bytes().toString(), body);
    assert.equal(calls(), 2);
    assert.match(blobs.requests.at(-1)?.headers.range ?? '', /^bytes=\d+-$/);
  });

  test('whose host cannot be reached is taken to the other one', async () => {
    const { vendor, calls } = open({ fallback_host: blobs.origin });
    const gone = await startOrigin();
    await gone.close();
    api.serve(linkPath, {
      body: JSON.stringify({
        url: `${api.origin.replace(/\d+$/, '')}${new URL(gone.origin).port}${blobPath}?sig=Signature1`,
      }),
    });
    blobs.serve(blobPath, { body: '[{}]' });
    // The host of the link is local, and allowed only where somebody says so.
    await fails(
      vendor.open(file).transferInto(memorySink(), () => undefined),
      'SOURCE_NOT_ALLOWED',
    );
    const policy = sourcePolicy([blobs.origin, gone.origin], false);
    const settings = { url: `${api.origin}/v2`, key, key_file: null, fallback_host: blobs.origin, pace_ms: 0 };
    let paced = 0;
    const again = openVendor({ settings, policy, limits, clock: jumpingClock(), pace: async () => (paced += 1) });
    const sink = memorySink();
    await again.open(file).transferInto(sink, () => undefined);
    assert.equal(sink.bytes().toString(), '[{}]');
    assert.deepEqual([paced, calls()], [1, 1]);
  });

  test('is also where the API leads on to', async () => {
    api.serve(linkPath, { redirectTo: signed(1) });
    assert.equal((await open().vendor.link(file)).href, signed(1));
  });
});

suite('a refusal', () => {
  test('that looks like one of the plan is asked about three times', async () => {
    const { vendor, clock, calls } = open();
    api.serve(linkPath, { statuses: [403, 403, 403, 403] });
    await fails(vendor.link(file), 'VENDOR_NOT_IN_PLAN');
    assert.deepEqual([clock.slept, calls()], [[15_000, 30_000], 3]);
    const passing = open();
    api.serve(linkPath, { statuses: [403], body: JSON.stringify({ url: signed(1) }) });
    await passing.vendor.link(file);
    assert.deepEqual(passing.clock.slept, [15_000]);
  });

  test('says when to ask again', async () => {
    const { vendor, calls } = open();
    api.serve(linkPath, { statuses: [429], headers: { 'retry-after': '3600' } });
    const error = await fails(vendor.link(file), 'VENDOR_THROTTLED');
    assert.deepEqual(
      [error.details.askAgainAt, error.details.httpStatus, calls()],
      ['2026-02-25T16:00:00.000Z', 429, 1],
    );
  });

  test('of the key ends it at once, and a missing key before it', async () => {
    const { vendor, calls } = open();
    api.serve(linkPath, { statuses: [401, 401] });
    await fails(vendor.link(file), 'VENDOR_KEY_REFUSED');
    assert.equal(calls(), 1);
    await fails(open({ key: null }).vendor.link(file), 'VENDOR_KEY_MISSING');
  });

  test('that repeats the key does not show it', async () => {
    const old = 'OldKeyWithoutAnyForm';
    api.serve(linkPath, { body: JSON.stringify({ error: `no such key: ${old}` }) });
    const error = await fails(open({ key: old }).vendor.link(file), 'VENDOR_ANSWER');
    assert.ok(!error.message.includes(old));
    assert.equal(api.requests.at(-1)?.headers.authorization, `Basic ${old}`);
  });

  test('of a server for a moment is tried again', async () => {
    const { vendor, calls } = open();
    api.serve(linkPath, { statuses: [502, 503], body: JSON.stringify({ url: signed(1) }) });
    await vendor.link(file);
    assert.equal(calls(), 3);
  });

  test('in words that nobody understands is told', async () => {
    api.serve(linkPath, { body: '<html>' });
    await fails(open().vendor.link(file), 'VENDOR_ANSWER');
    api.serve(linkPath, { body: '{"link":1}' });
    await fails(open().vendor.link(file), 'VENDOR_ANSWER');
  });
});

suite('a bundle', () => {
  const path = '/v2/hist/eod/SPY';

  test('comes with the key, which goes nowhere else', async () => {
    const { vendor, calls } = open();
    api.serve(path, { redirectTo: blobs.url('/eod.zip') });
    blobs.serve('/eod.zip', { body: 'PK\u0003\u0004…' });
    const sink = memorySink();
    await vendor.bundle({ ticker: 'SPY', date: null }, { sink, onBytes: () => undefined });
    assert.equal(sink.bytes().toString(), 'PK\u0003\u0004…');
    assert.equal(api.requests.at(-1)?.headers.authorization, `Bearer ${key}`);
    assert.equal(blobs.requests.at(-1)?.headers.authorization, undefined);
    assert.equal(calls(), 1);
  });

  test('that is not there, or not in the plan, is told as that', async () => {
    const into = { sink: memorySink(), onBytes: () => undefined };
    api.serve(path, { statuses: [404, 404] });
    await fails(open().vendor.bundle({ ticker: 'SPY', date: '2026-02-25' }, into), 'VENDOR_NOT_PUBLISHED');
    const { vendor, clock } = open();
    api.serve(path, { statuses: [403, 403, 403, 403] });
    await fails(vendor.bundle({ ticker: 'SPY', date: null }, into), 'VENDOR_NOT_IN_PLAN');
    assert.deepEqual(
      clock.slept.filter((ms) => ms >= 15_000),
      [15_000, 30_000],
    );
    api.serve(path, { body: '{"error":"Rate limit exceeded."}' });
    await fails(open().vendor.bundle({ ticker: 'SPY', date: null }, into), 'VENDOR_THROTTLED');
  });
});

suite('a pool that is used up', () => {
  test('is told at once by a bundle, too, with the time that the vendor says', async () => {
    const { vendor, clock, calls } = open();
    api.serve('/v2/hist/eod/SPY', { statuses: [429], headers: { 'retry-after': '36000' } });
    const into = { sink: memorySink(), onBytes: () => undefined };
    const error = await fails(vendor.bundle({ ticker: 'SPY', date: null }, into), 'VENDOR_THROTTLED');
    assert.deepEqual([error.details.askAgainAt, clock.slept, calls()], ['2026-02-26T01:00:00.000Z', [], 1]);
  });
});

suite('what is asked besides', () => {
  test('is looked into only so deep', async () => {
    const nested = `${'['.repeat(100_000)}"classic"${']'.repeat(100_000)}`;
    api.serve('/v2/whoami', { body: `{"tier":"classic","entitlements":${nested}}` });
    const account = await open().vendor.whoami();
    assert.deepEqual([account.tier, account.endpoints?.length], ['classic', 3]);
  });

  test('says what the key may do, and never the key', async () => {
    api.serve('/v2/whoami', { body: JSON.stringify({ tier: 'classic', entitlements: ['classic', 'eod'], key }) });
    const account = await open().vendor.whoami();
    assert.deepEqual(
      [account.tier, account.endpoints?.length, account.hist, account.eod, account.maskedKey],
      ['classic', 3, false, true, '…cdef'],
    );
  });

  test('is public where it needs no key', async () => {
    api.serve('/v2/tickers', { body: '{"stocks":["SPY"],"indexes":["SPX"],"futures":["ES_SPX"]}' });
    api.serve('/state/categories', { body: '["gex_full"]' });
    const { vendor } = open({ key: null });
    assert.deepEqual(await vendor.tickers(), { stocks: ['SPY'], indexes: ['SPX'], futures: ['ES_SPX'] });
    assert.deepEqual(await vendor.categories('state'), ['gex_full']);
    assert.equal(api.requests.at(-1)?.headers.authorization, undefined);
  });
});
