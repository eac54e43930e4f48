import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ErrorCode } from '../../src/core/errors.ts';
import { limits } from '../../src/core/limits.ts';
import { sourcePolicy } from '../../src/source/source.ts';
import {
  assertFailed,
  assertWhole,
  body,
  fetchServed,
  fetchUrl,
  jumpingClock,
  memorySink,
  origin,
  path,
  quick,
  transfer,
} from './fetcher.ts';

suite('statuses', () => {
  for (const status of [408, 429, 500, 502, 503, 504]) {
    test(`${status} is tried again`, async () => {
      const outcome = await fetchServed({ body, statuses: [status, status] });
      assertWhole(outcome);
      assert.deepEqual(outcome.clock.slept, [500, 1000]);
    });
  }

  test('503 for ever is given up', async () => {
    const outcome = await fetchServed({ body, statuses: [503, 503, 503] });
    assert.match(
      assertFailed(outcome, 'DOWNLOAD_UNAVAILABLE').message,
      /answered 503: "status 503", at attempt 3 of 3/,
    );
  });

  const terminal: readonly (readonly [number, ErrorCode])[] = [
    [404, 'DOWNLOAD_NOT_FOUND'],
    [410, 'DOWNLOAD_NOT_FOUND'],
    [401, 'DOWNLOAD_DENIED'],
    [403, 'DOWNLOAD_DENIED'],
    [400, 'DOWNLOAD_REFUSED'],
    [405, 'DOWNLOAD_REFUSED'],
    [204, 'DOWNLOAD_REFUSED'],
    [206, 'DOWNLOAD_REFUSED'],
    [304, 'DOWNLOAD_REFUSED'],
  ];
  for (const [status, code] of terminal) {
    test(`${status} is final`, async () => {
      const outcome = await fetchServed({ body, statuses: [status] });
      assert.match(assertFailed(outcome, code).message, new RegExp(`answered ${status}\\b`));
      assert.equal(outcome.requests.length, 1);
    });
  }

  test('a signed URL that expires on the way asks for a new one', async () => {
    const outcome = await fetchServed({ body, etag: '"v1"', ranges: true, cutAfter: 10, expiresAt: 2 });
    assert.match(assertFailed(outcome, 'DOWNLOAD_DENIED').hint ?? '', /expire.*new one/);
  });

  test('Retry-After is waited for, up to the cap', async () => {
    const patient = await fetchServed({ body, statuses: [429], headers: { 'retry-after': '7' } });
    assert.deepEqual(patient.clock.slept, [7000]);
    const endless = await fetchServed({ body, statuses: [503], headers: { 'retry-after': '86400' } });
    assert.deepEqual(endless.clock.slept, [limits.retry_cap_ms]);
  });

  test('an encoding that cannot be undone is refused', async () => {
    for (const coding of ['compress', 'gzip, X-Compress', 'aes128gcm']) {
      const outcome = await fetchServed({ body, headers: { 'content-encoding': coding } });
      assert.match(assertFailed(outcome, 'DOWNLOAD_REFUSED').message, /is packed as (?:x-)?(?:compress|aes128gcm) /);
      assert.equal(outcome.requests.length, 1);
    }
  });

  const codings: readonly (readonly [string, readonly string[]])[] = [
    ['utf-8', []],
    ['none', []],
    ['binary', []],
    ['identity', []],
    ['aws-chunked', []],
    ['', []],
    [' , ', []],
    ['GZIP', []],
    ['gzip, identity', []],
    ['x-gzip', []],
    ['zstd', []],
    ['gzip, Br', ['br']],
    ['deflate , aws-chunked', ['deflate']],
    ['br, deflate', ['deflate', 'br']],
  ];
  for (const [named, undone] of codings) {
    test(`content encoding ${JSON.stringify(named)} leaves ${undone.join(' in ') || 'nothing'} to undo`, async () => {
      const outcome = await fetchServed({ body, headers: { 'content-encoding': named } });
      assertWhole(outcome);
      assert.deepEqual(outcome.sink.expected, { codings: undone, bytes_total: body.byteLength, name: null });
    });
  }
});

suite('limits', () => {
  test('a length over the limit is refused before its body', async () => {
    const outcome = await fetchServed({ body }, { limits: { ...quick, source_bytes: 1000 } });
    assertFailed(outcome, 'SOURCE_TOO_LARGE');
    assert.equal(outcome.sink.bytes().byteLength, 0);
  });

  test('a body over the limit is stopped', async () => {
    const outcome = await fetchServed({ body, chunked: true }, { limits: { ...quick, source_bytes: 100_000 } });
    assertFailed(outcome, 'SOURCE_TOO_LARGE');
    assert.ok(outcome.sink.bytes().byteLength <= 100_000);
    assert.equal(outcome.requests.length, 1);
  });

  test('waits and attempts end with the time for the whole', async () => {
    const outcome = await fetchServed(
      { body, statuses: [503, 503, 503] },
      { limits: { ...quick, download_total_ms: 1200 } },
    );
    assertFailed(outcome, 'DOWNLOAD_TOO_SLOW');
    assert.equal(outcome.requests.length, 2);
  });

  test('a body that comes too slowly is given up', async () => {
    const clock = jumpingClock();
    const policy = sourcePolicy([origin.origin], true);
    origin.serve(path, { body });
    const options = { policy, limits: quick, clock, onBytes: () => clock.advance(quick.download_total_ms) };
    await assert.rejects(transfer(origin.url(path), memorySink(), options), {
      code: 'DOWNLOAD_TOO_SLOW',
    });
  });
});

suite('redirects', () => {
  test('are followed as far as the limit, with the range', async () => {
    origin.serve('/end.json', { body, etag: '"v1"', ranges: true, cutAfter: 1000 });
    origin.serve('/2', { redirectTo: `${origin.origin}/end.json?sig=SECRET`, redirectStatus: 307 });
    origin.serve('/1', { redirectTo: '/2', redirectStatus: 301 });
    origin.serve('/0', { redirectTo: '/1' });
    const outcome = await fetchUrl(origin.url('/0?sig=SECRET'));
    assertWhole(outcome);
    assert.equal(outcome.sink.resets, 0);
    assert.equal(outcome.requests.length, 8);
  });

  test('are not followed for ever', async () => {
    origin.serve('/round', { redirectTo: '/round' });
    const outcome = await fetchUrl(origin.url('/round?sig=SECRET'));
    assertFailed(outcome, 'DOWNLOAD_REFUSED');
    assert.equal(outcome.requests.length, limits.redirects + 1);
  });

  const elsewhere = [
    'http://127.0.0.1:9/a?sig=SECRET',
    'https://evil.example/?sig=SECRET',
    'file:///etc/passwd',
    'http://hist.gex.bot/',
    '//169.254.169.254/',
  ];
  for (const target of elsewhere) {
    test(`to ${target} are refused`, async () => {
      const outcome = await fetchServed({ redirectTo: target });
      assert.match(assertFailed(outcome, 'SOURCE_NOT_ALLOWED').message, /redirects to where it may not/);
      assert.equal(outcome.requests.length, 1);
    });
  }

  test('without a target are refused', async () => {
    assertFailed(await fetchServed({ statuses: [302] }), 'DOWNLOAD_REFUSED');
  });
});
