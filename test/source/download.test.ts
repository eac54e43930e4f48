import assert from 'node:assert/strict';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { inspect } from 'node:util';
import { GexlakeError, type ErrorCode } from '../../src/core/errors.ts';
import { limits, type Limits } from '../../src/core/limits.ts';
import type { Clock } from '../../src/core/clock.ts';
import { allowSource, sourcePolicy, transferSource, type ByteSink } from '../../src/source/source.ts';
import { startOrigin, type Origin, type Served } from '../support/origin.ts';

const body = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 251));
const quick: Limits = { ...limits, stall_timeout_ms: 60, connect_timeout_ms: 2000, download_attempts: 3 };
const path = '/2026-02-25_SPX_state_gex_zero.json';

/** A sink that remembers what it was given, and how often it had to forget. */
function memorySink() {
  let parts: Buffer[] = [];
  const sink = {
    resets: 0,
    bytes: () => Buffer.concat(parts),
    append: async (bytes: Uint8Array) => {
      parts.push(Buffer.from(bytes));
    },
    reset: async () => {
      sink.resets += 1;
      parts = [];
    },
  };
  return sink satisfies ByteSink;
}

/** A clock that jumps forward instead of waiting, and remembers what it was asked to wait for. */
function jumpingClock() {
  let now_ms = Date.parse('2026-02-25T15:00:00Z');
  const slept: number[] = [];
  const clock: Clock = {
    now_ms: () => now_ms,
    sleep: async (delay_ms) => {
      slept.push(delay_ms);
      now_ms += delay_ms;
    },
  };
  return { ...clock, slept, advance: (by_ms: number) => (now_ms += by_ms) };
}

let origin: Origin;
before(async () => {
  origin = await startOrigin();
});
after(() => origin.close());

type Extra = { limits?: Limits; signal?: AbortSignal; onBytes?: (bytes: number, total: number | null) => void; allow?: readonly string[] };

async function fetchServed(served: Served, extra: Extra = {}) {
  origin.serve(path, served);
  return fetchUrl(`${origin.url(path)}?sv=1&sig=SECRET`, extra);
}

async function fetchUrl(url: string, extra: Extra = {}) {
  const policy = sourcePolicy(extra.allow ?? [origin.origin], true);
  const sink = memorySink();
  const clock = jumpingClock();
  const seen = origin.requests.length;
  const options = { limits: quick, random: () => 1, ...extra, policy, clock };
  const outcome = await transferSource(allowSource(url, policy), sink, options).then(
    (size) => ({ size, error: null }),
    (error: unknown) => ({ size: null, error }),
  );
  return { ...outcome, sink, clock, requests: origin.requests.slice(seen) };
}

type Outcome = Awaited<ReturnType<typeof fetchUrl>>;

function assertWhole({ error, size, sink }: Outcome): void {
  assert.equal(error, null);
  assert.equal(size, body.byteLength);
  assert.ok(sink.bytes().equals(body));
}

function assertFailed({ error }: Outcome, code: ErrorCode): GexlakeError {
  assert.ok(error instanceof GexlakeError, inspect(error));
  assert.equal(error.code, code, inspect(error));
  assert.doesNotMatch(inspect(error, { depth: 20, showHidden: true }), /SECRET|sig=/);
  assert.ok((error.hint ?? '') !== '' || code === 'INTERRUPTED');
  return error;
}

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
    const outcome = await fetchServed({ ...resumable, body: versions, etag: (request) => `"v${request}"`, cutAfter: 100_000 });
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
    for (const served of [{ body }, { body, ranges: true }, { body, etag: 'W/"v1"', ranges: true }, { body, etag: '"v1"' }]) {
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
    const served = { body, etag: (request: number) => `"v${request}"`, ranges: true, ignoresIfRange: true, cutAfter: 1000, cutTimes: 99 };
    assertFailed(await fetchServed(served, { limits: { ...quick, download_attempts: 2 } }), 'SOURCE_CHANGED');
  });
});

suite('a download that goes silent', () => {
  test('is resumed', async () => {
    const outcome = await fetchServed({ body, etag: '"v1"', ranges: true, stallAfter: 1000 });
    assertWhole(outcome);
    assert.equal(outcome.requests[1]?.headers.range, 'bytes=1000-');
  });

  test('is given up after the last attempt', async () => {
    assertFailed(await fetchServed({ body, stallAfter: 1000, stallTimes: 99 }), 'DOWNLOAD_STALLED');
  });

  test('is given up when no answer comes at all', async () => {
    assertFailed(await fetchServed({ body, muteTimes: 99 }), 'DOWNLOAD_STALLED');
  });
});

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
    assert.match(assertFailed(outcome, 'DOWNLOAD_UNAVAILABLE').message, /answered 503, at attempt 3 of 3/);
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
      assert.match(assertFailed(outcome, code).message, new RegExp(`answered ${status}$`));
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

  test('an encoding that was not asked for is refused, except gzip', async () => {
    assertFailed(await fetchServed({ body, headers: { 'content-encoding': 'br' } }), 'DOWNLOAD_REFUSED');
    assertWhole(await fetchServed({ body, headers: { 'content-encoding': 'gzip' } }));
  });
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
    const outcome = await fetchServed({ body, statuses: [503, 503, 503] }, { limits: { ...quick, download_total_ms: 1200 } });
    assertFailed(outcome, 'DOWNLOAD_TOO_SLOW');
    assert.equal(outcome.requests.length, 2);
  });

  test('a body that comes too slowly is given up', async () => {
    const clock = jumpingClock();
    const policy = sourcePolicy([origin.origin], true);
    origin.serve(path, { body });
    const options = { policy, limits: quick, clock, onBytes: () => clock.advance(quick.download_total_ms) };
    await assert.rejects(transferSource(allowSource(origin.url(path), policy), memorySink(), options), { code: 'DOWNLOAD_TOO_SLOW' });
  });
});

suite('redirects', () => {
  test('are followed as far as the limit, with the range', async () => {
    origin.serve('/end.json', { body, etag: '"v1"', ranges: true, cutAfter: 1000 });
    origin.serve('/2', { redirectTo: `${origin.origin}/end.json?sig=SECRET`, redirectStatus: 307 });
    origin.serve('/1', { redirectTo: '/2', redirectStatus: 301 });
    const outcome = await fetchServed({ redirectTo: '/1' });
    assertWhole(outcome);
    assert.equal(outcome.sink.resets, 0);
    assert.equal(outcome.requests.length, 8);
  });

  test('are not followed for ever', async () => {
    const outcome = await fetchServed({ redirectTo: path });
    assertFailed(outcome, 'DOWNLOAD_REFUSED');
    assert.equal(outcome.requests.length, limits.redirects + 1);
  });

  const elsewhere = ['http://127.0.0.1:9/a?sig=SECRET', 'https://evil.example/?sig=SECRET', 'file:///etc/passwd', 'http://hist.gex.bot/', '//169.254.169.254/'];
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

suite('connecting', () => {
  test('a closed port is tried again, then unreachable', async () => {
    const gone = await startOrigin();
    await gone.close();
    const outcome = await fetchUrl(gone.url(`${path}?sig=SECRET`), { allow: [gone.origin] });
    assertFailed(outcome, 'DOWNLOAD_UNREACHABLE');
    assert.equal(outcome.clock.slept.length, 2);
  });

  test('a name that leads to a private address is refused before any byte is sent', async () => {
    const outcome = await fetchUrl(`https://localhost${path}?sig=SECRET`, { allow: ['localhost'] });
    assert.match(assertFailed(outcome, 'SOURCE_NOT_ALLOWED').message, /localhost leads to (?:127\.0\.0\.1|::1)/);
    assert.deepEqual(outcome.clock.slept, []);
  });

  test('an origin that was opened in full is reached by its name too', async () => {
    origin.serve(path, { body });
    const named = origin.origin.replace('127.0.0.1', 'localhost');
    assertWhole(await fetchUrl(`${named}${path}`, { allow: [named] }));
  });

  const babble: readonly (readonly [string, string, ErrorCode])[] = [
    ['something that is not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'DOWNLOAD_REFUSED'],
    ['nothing', '', 'DOWNLOAD_CUT'],
  ];
  for (const [what, words, code] of babble) {
    for (const scheme of ['http', 'https']) {
      test(`a server that says ${what} to ${scheme}`, async (context) => {
        const server = createTcpServer((socket) => socket.on('error', () => undefined).end(words));
        await new Promise<void>((resolve) => {
          server.listen(0, '127.0.0.1', resolve);
        });
        context.after(() => server.close());
        // A server that listens on a port has an address with one.
        const base = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
        assertFailed(await fetchUrl(`${base}/?sig=SECRET`, { allow: [base] }), code);
      });
    }
  }
});

suite('an interrupted download', () => {
  test('stops before it starts', async () => {
    const outcome = await fetchServed({ body }, { signal: AbortSignal.abort() });
    assertFailed(outcome, 'INTERRUPTED');
    assert.equal(outcome.requests.length, 0);
  });

  test('stops in the middle', async () => {
    const controller = new AbortController();
    const patient = { ...quick, stall_timeout_ms: 60_000 };
    const outcome = await fetchServed({ body, stallAfter: 1000 }, { signal: controller.signal, limits: patient, onBytes: () => controller.abort() });
    assertFailed(outcome, 'INTERRUPTED');
    assert.equal(outcome.requests.length, 1);
  });

  test('stops waiting for an answer', async () => {
    const controller = new AbortController();
    origin.serve(path, { muteTimes: 1 });
    setTimeout(() => controller.abort(), 20);
    const patient = { ...quick, stall_timeout_ms: 60_000 };
    assertFailed(await fetchUrl(origin.url(path), { signal: controller.signal, limits: patient }), 'INTERRUPTED');
  });

  test('stops waiting for its next attempt', async () => {
    const controller = new AbortController();
    const policy = sourcePolicy([origin.origin], true);
    origin.serve(path, { statuses: [503] });
    const clock: Clock = {
      now_ms: () => 0,
      sleep: () => {
        controller.abort();
        return new Promise(() => undefined);
      },
    };
    const options = { policy, limits: quick, clock, signal: controller.signal };
    await assert.rejects(transferSource(allowSource(origin.url(path), policy), memorySink(), options), { code: 'INTERRUPTED' });
  });
});

test('what the sink throws ends the download at once', async () => {
  origin.serve(path, { body });
  const policy = sourcePolicy([origin.origin], true);
  const full = new GexlakeError('DISK_FULL', 'no space left');
  const sink = { append: () => Promise.reject(full), reset: async () => undefined };
  const seen = origin.requests.length;
  const options = { policy, limits: quick, clock: jumpingClock() };
  await assert.rejects(transferSource(allowSource(origin.url(path), policy), sink, options), full);
  assert.equal(origin.requests.length, seen + 1);
});
