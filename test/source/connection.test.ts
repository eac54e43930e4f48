import assert from 'node:assert/strict';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import type { Clock } from '../../src/core/clock.ts';
import { GexlakeError, type ErrorCode } from '../../src/core/errors.ts';
import { sourcePolicy } from '../../src/source/source.ts';
import { startOrigin } from '../support/origin.ts';
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
    const outcome = await fetchServed(
      { body, stallAfter: 1000 },
      { signal: controller.signal, limits: patient, onBytes: () => controller.abort() },
    );
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
      monotonic_ms: () => 0,
      sleep: () => {
        controller.abort();
        return new Promise(() => undefined);
      },
    };
    const options = { policy, limits: quick, clock, signal: controller.signal };
    await assert.rejects(transfer(origin.url(path), memorySink(), options), {
      code: 'INTERRUPTED',
    });
  });
});

test('what the sink throws ends the download at once', async () => {
  origin.serve(path, { body });
  const policy = sourcePolicy([origin.origin], true);
  const full = new GexlakeError('DISK_FULL', 'no space left');
  const sink = { ...memorySink(), append: () => Promise.reject(full) };
  const seen = origin.requests.length;
  const options = { policy, limits: quick, clock: jumpingClock() };
  await assert.rejects(transfer(origin.url(path), sink, options), full);
  assert.equal(origin.requests.length, seen + 1);
});
