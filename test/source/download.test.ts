import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { assertFailed, assertWhole, body, fetchServed, quick, type Extra } from './fetcher.ts';
import { long, test } from '../support/shares.ts';

suite('a download', () => {
  test('gives the bytes and says who it is', async () => {
    const outcome = await fetchServed({ body });
    assertWhole(outcome);
    const [request] = outcome.requests;
    assert.match(request?.headers['user-agent'] ?? '', /^gexlake\/\S+$/);
    assert.equal(request?.headers['accept-encoding'], 'identity');
    assert.equal(request?.headers.authorization, undefined);
    assert.match(request?.headers.accept ?? '', /application\/json/);
    assert.equal(request?.headers.range, undefined);
  });

  test('tells how far it is', async () => {
    const told: (readonly [number, number | null])[] = [];
    assertWhole(await fetchServed({ body }, { onBytes: (bytes, total) => told.push([bytes, total]) }));
    assert.deepEqual(told.at(-1), [body.byteLength, body.byteLength]);
    assert.ok(told.every(([bytes], index) => bytes > (told[index - 1]?.[0] ?? 0)));
  });

  test('of unknown length is whole when its last chunk has come', async () => {
    assertWhole(await fetchServed({ body, chunked: true }));
  });

  test('takes no proxy from the environment', async () => {
    const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    const old = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : 'http://127.0.0.1:9';
    try {
      assertWhole(await fetchServed({ body }));
    } finally {
      names.forEach((name, index) => {
        if (old[index] === undefined) delete process.env[name];
        else process.env[name] = old[index];
      });
    }
  });
});

suite('a download that is cut', () => {
  const resumable = { body, etag: '"v1"', ranges: true };

  test('goes on where it stopped while the ETag matches', async () => {
    const outcome = await fetchServed({ ...resumable, cutAfter: 100_000 });
    assertWhole(outcome);
    assert.equal(outcome.sink.resets, 0);
    assert.equal(outcome.requests.length, 2);
    const { range, 'if-range': ifRange } = outcome.requests[1]?.headers ?? {};
    assert.equal(ifRange, '"v1"');
    assert.match(range ?? '', /^bytes=[1-9]\d*-$/);
    assert.ok(Number(/\d+/.exec(range ?? '')?.[0]) <= 100_000);
  });

  test('goes on with length and date where there is no ETag', async () => {
    const dated = { body, lastModified: 'Wed, 25 Feb 2026 22:00:00 GMT', ranges: true };
    const outcome = await fetchServed({ ...dated, cutAfter: 100_000 });
    assertWhole(outcome);
    assert.equal(outcome.sink.resets, 0);
    assert.equal(outcome.requests[1]?.headers['if-range'], dated.lastModified);
  });

  test('goes on over several cuts', async () => {
    const outcome = await fetchServed({ ...resumable, cutAfter: 100_000, cutTimes: 2 });
    assertWhole(outcome);
    assert.equal(outcome.requests.length, 3);
  });

  test('starts anew when the ETag has changed', async () => {
    const old = Buffer.alloc(body.byteLength, 0x20);
    const versions = (request: number) => (request === 1 ? old : body);
    const outcome = await fetchServed({
      ...resumable,
      body: versions,
      etag: (request) => `"v${request}"`,
      cutAfter: 100_000,
    });
    assertWhole(outcome);
    assert.equal(outcome.sink.resets, 1);
  });

  test('starts anew when the server does not mind If-Range and gives another version', async () => {
    const versions = (request: number) => (request === 1 ? Buffer.alloc(body.byteLength, 0x20) : body);
    const changing = { ...resumable, body: versions, etag: (request: number) => `"v${request}"`, ignoresIfRange: true };
    const outcome = await fetchServed({ ...changing, cutAfter: 100_000 });
    assertWhole(outcome);
    assert.equal(outcome.requests.length, 3);
    assert.equal(outcome.requests[2]?.headers.range, undefined);
  });

  test('starts anew when the file has become shorter than what was received', async () => {
    const versions = (request: number) => (request === 1 ? Buffer.concat([body, body]) : body);
    const outcome = await fetchServed({ ...resumable, body: versions, ignoresIfRange: true, cutAfter: 400_000 });
    assertWhole(outcome);
    assert.equal(outcome.sink.resets, 1);
  });

  test('starts anew without ranges, ETag or length', async () => {
    for (const served of [
      { body },
      { body, ranges: true },
      { body, etag: 'W/"v1"', ranges: true },
      { body, etag: '"v1"' },
    ]) {
      const outcome = await fetchServed({ ...served, cutAfter: 100_000 });
      assertWhole(outcome);
      assert.equal(outcome.sink.resets, 1);
    }
  });

  test('is given up after the last attempt', async () => {
    const outcome = await fetchServed({ body, cutAfter: 10, cutTimes: 99 });
    assert.match(assertFailed(outcome, 'DOWNLOAD_CUT').message, /attempt 3 of 3$/);
    assert.equal(outcome.requests.length, 3);
    assert.deepEqual(outcome.clock.slept, [500, 1000]);
  });

  test('is noticed without a length too', async () => {
    const cut = { body, chunked: true, cutAfter: 10, cutTimes: 99 };
    assertFailed(await fetchServed(cut), 'DOWNLOAD_CUT');
    assertFailed(await fetchServed({ ...cut, headers: { connection: 'close' } }), 'DOWNLOAD_CUT');
  });

  test('is noticed when the length was a lie', async () => {
    assertFailed(await fetchServed({ body, claimLength: body.byteLength + 1 }), 'DOWNLOAD_CUT');
  });

  test('ends with SOURCE_CHANGED when the file never stays the same', async () => {
    const served = {
      body,
      etag: (request: number) => `"v${request}"`,
      ranges: true,
      ignoresIfRange: true,
      cutAfter: 1000,
      cutTimes: 99,
    };
    assertFailed(await fetchServed(served, { limits: { ...quick, download_attempts: 2 } }), 'SOURCE_CHANGED');
  });
});

// The client looks at its clock about twice a second, so these wait side by side.
suite('a download that goes silent', { concurrency: true }, () => {
  const impatient: Extra = { limits: { ...quick, stall_timeout_ms: 60 } };
  const once: Extra = { limits: { ...quick, stall_timeout_ms: 60, download_attempts: 1 } };

  test('is resumed', async () => {
    const outcome = await fetchServed({ body, etag: '"v1"', ranges: true, stallAfter: 1000 }, impatient);
    assertWhole(outcome);
    assert.equal(outcome.requests[1]?.headers.range, 'bytes=1000-');
  });

  long('is given up after the last attempt', async () => {
    assertFailed(await fetchServed({ body, stallAfter: 1000, stallTimes: 99 }, once), 'DOWNLOAD_STALLED');
  });

  long('is given up when no answer comes at all', async () => {
    assertFailed(await fetchServed({ body, muteTimes: 99 }, once), 'DOWNLOAD_STALLED');
  });
});
