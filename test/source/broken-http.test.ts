import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import type { ErrorCode } from '../../src/core/errors.ts';
import type { Limits } from '../../src/core/limits.ts';
import { startRawServer } from '../support/raw-server.ts';
import { assertFailed, fetchUrl, path, quick } from './fetcher.ts';

/** Fetches from a server that says what it is told to, and gives the outcome with how often it was asked. */
async function fetchRaw(answer: (socket: Socket) => void, given: Partial<Limits> = {}, signal?: AbortSignal) {
  const server = await startRawServer(answer);
  try {
    const extra = { allow: [server.origin], limits: { ...quick, download_attempts: 2, ...given } };
    const outcome = await fetchUrl(
      `${server.origin}${path}?sig=SECRET`,
      signal === undefined ? extra : { ...extra, signal },
    );
    return { ...outcome, asked: server.requests() };
  } finally {
    await server.close();
  }
}

const ok = 'HTTP/1.1 200 OK\r\n';
const two = 'Content-Length: 2\r\n\r\n[]';
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;

suite('an answer that no retry changes is told as what it is, and asked for once', { concurrency: 8 }, () => {
  const answers: readonly (readonly [string, string, RegExp, ErrorCode?])[] = [
    ['a status of zeros', `HTTP/1.1 000 X\r\n${two}`, /a status that no answer has/],
    ['a status below 100', `HTTP/1.1 099 X\r\n${two}`, /a status that no answer has/],
    ['a status of two digits', `HTTP/1.1 20 X\r\n${two}`, /invalid status code/],
    ['a status of four digits', `HTTP/1.1 2000 X\r\n${two}`, /invalid response status/],
    ['a status above all classes', `HTTP/1.1 999 X\r\n${two}`, /answered 999/],
    ['two equal lengths', `${ok}Content-Length: 2\r\n${two}`, /Content-Length\), or more than one/],
    ['two lengths', `${ok}Content-Length: 3\r\n${two}`, /Content-Length\), or more than one/],
    ['a list of lengths', `${ok}Content-Length: 2, 2\r\n\r\n[]`, /Content-Length\), or more than one/],
    ['a length in another notation', `${ok}Content-Length: 1e30\r\n\r\n[]`, /Content-Length\), or more than one/],
    ['a length below zero', `${ok}Content-Length: -5\r\n\r\n[]`, /invalid character in content-length/],
    ['a length that no number holds', `${ok}Content-Length: ${'9'.repeat(30)}\r\n\r\n[]`, /says no length that can be/],
    [
      'a length and chunks',
      `${ok}Transfer-Encoding: chunked\r\n${two}`,
      /Content-Length\), or more|content-length can't be present/,
    ],
    [
      'an absurd length',
      `${ok}Content-Length: 9000000000000000\r\n\r\n[`,
      /has 9000000000000000 bytes/,
      'SOURCE_TOO_LARGE',
    ],
    [
      'an unasked 100',
      `HTTP/1.1 100 Continue\r\n\r\n${ok}${two}`,
      /^http\S+ sent an interim answer that was not asked for \(100 Continue\)/,
    ],
    ['an unasked 101', 'HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', /another protocol \(101\)/],
    ['a bare 101', 'HTTP/1.1 101 X\r\n\r\n', /a status that no answer has/],
    ['an unasked 206', `HTTP/1.1 206 P\r\nContent-Range: bytes 0-1/9\r\n${two}`, /answered 206, a part of the file/],
    [
      'a 206 that is longer',
      'HTTP/1.1 206 P\r\nContent-Range: bytes 0-1/2\r\nContent-Length: 9\r\n\r\n[1,2,3,4]',
      /answered 206/,
    ],
    ['a 204', 'HTTP/1.1 204 X\r\n\r\n', /answered 204, which has no file in it/],
    ['a 204 with a body', 'HTTP/1.1 204 X\r\nContent-Length: 2\r\n\r\n[]', /answered 204/],
    ['a 205', 'HTTP/1.1 205 X\r\nContent-Length: 0\r\n\r\n', /answered 205/],
    ['a 304', 'HTTP/1.1 304 X\r\n\r\n', /answered 304, as if the file were known/],
    ['chunks without a size', `${chunked}zz\r\n[]\r\n`, /invalid character in chunk size/],
    ['a chunk that no number holds', `${chunked}${'f'.repeat(20)}\r\n[]\r\n`, /chunk size overflow/],
    ['a chunk that is longer than it says', `${chunked}2\r\n[]XX\r\n0\r\n\r\n`, /after chunk data/],
    ['a NUL in a header', `${ok}X-A: a\0b\r\n${two}`, /invalid header value char/],
    ['a NUL in a trailer', `${chunked}2\r\n[]\r\n0\r\nX: a\0\r\n\r\n`, /invalid header value char/],
    ['a header without its colon', `${ok}nonsense\r\n${two}`, /invalid header token/],
    ['a header without end', `${ok}X: ${'a'.repeat(70_000)}`, /its headers are too long/],
    ['a body without a head', '[{"timestamp":1}]', /what came is something else/],
    ['a page without a head', '<html></html>', /what came is something else/],
    ['TLS', '\x15\x03\x01\x00\x02\x02\x46', /what came is something else/],
  ];
  for (const [what, answer, says, code = 'DOWNLOAD_REFUSED'] of answers) {
    for (const isEnded of [false, true])
      test(isEnded ? `${what}, and the end` : what, async () => {
        const outcome = await fetchRaw((socket) => {
          socket.write(answer, 'latin1');
          if (isEnded) socket.end();
        });
        assert.match(assertFailed(outcome, code).message, says);
        assert.equal(outcome.asked, 1);
      });
  }
});

test('what to do about an unasked 100 is said, and nothing of broken HTTP', async () => {
  const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
  const outcome = await fetchRaw((socket) => socket.end(`${early}HTTP/1.1 100 Continue\r\n\r\n${ok}${two}`));
  const { message, hint } = assertFailed(outcome, 'DOWNLOAD_REFUSED');
  assert.doesNotMatch(`${message} ${hint}`, /proper HTTP|in HTTP:|SECRET/);
  assert.match(hint ?? '', /curl -o .*import it from the path/);
});

suite('no limit waits for what an answer does not say', { concurrency: 8 }, () => {
  const hasty = { connect_timeout_ms: 100, stall_timeout_ms: 200, download_attempts: 1 };
  const small = { framing_bytes: 50_000, connect_timeout_ms: 30_000, stall_timeout_ms: 30_000, download_attempts: 2 };

  /** Says something again and again until the connection is gone. */
  const forEver =
    (text: string, every_ms = 0) =>
    (socket: Socket) => {
      const say = () => {
        if (socket.destroyed) return;
        if (every_ms > 0) setTimeout(say, every_ms);
        else if (socket.writableNeedDrain) socket.once('drain', say);
        else setImmediate(say);
        socket.write(text, 'latin1');
      };
      say();
    };
  const after = (head: string, then: (socket: Socket) => void) => (socket: Socket) => {
    socket.write(head, 'latin1');
    then(socket);
  };
  const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
  const endless: readonly (readonly [string, (socket: Socket) => void, Partial<Limits>, ErrorCode, RegExp])[] = [
    ['interim answers in a flood', forEver(early), small, 'DOWNLOAD_REFUSED', /sent more than 16 interim answers/],
    ['one interim answer after the other', forEver(early, 50), hasty, 'DOWNLOAD_STALLED', /gave no answer in 0.3 s/],
    [
      'another kind of them',
      forEver('HTTP/1.1 102 Processing\r\n\r\n', 50),
      hasty,
      'DOWNLOAD_STALLED',
      /gave no answer/,
    ],
    ['empty lines', forEver('\r\n'.repeat(500)), small, 'DOWNLOAD_REFUSED', /bytes besides 0 bytes of a file/],
    ['a header in drops', after(ok, forEver('X: a\r\n', 50)), hasty, 'DOWNLOAD_STALLED', /gave no answer/],
    [
      'a header in a flood',
      after(ok, forEver(`X: ${'a'.repeat(500)}\r\n`)),
      small,
      'DOWNLOAD_REFUSED',
      /headers are too long/,
    ],
    [
      'chunks that are all framing',
      after(chunked, forEver(`1;${'a'.repeat(500)}\r\n[\r\n`)),
      small,
      'DOWNLOAD_REFUSED',
      /bytes besides \d+ bytes of a file/,
    ],
    [
      'a chunk that never begins',
      after(`${chunked}1;`, forEver('a'.repeat(500))),
      small,
      'DOWNLOAD_REFUSED',
      /bytes besides 0 bytes/,
    ],
    [
      'a body in drops',
      after(chunked, forEver('1\r\n[\r\n', 20)),
      { ...hasty, stall_timeout_ms: 400 },
      'DOWNLOAD_STALLED',
      /comes too slowly/,
    ],
    ['a trailer in drops', after(`${chunked}0\r\n`, forEver('X: a\r\n', 50)), hasty, 'DOWNLOAD_STALLED', /./],
  ];
  for (const [what, answer, given, code, says] of endless) {
    test(what, async () => {
      const outcome = await fetchRaw(answer, given);
      assert.match(assertFailed(outcome, code).message, says);
      assert.equal(outcome.asked, 1);
    });

    test(`${what}, until somebody gives up`, async () => {
      const controller = new AbortController();
      const patient = { ...small, framing_bytes: 1e9, interim_answers: 1e9, connect_timeout_ms: 60_000 };
      const outcome = await fetchRaw(
        (socket) => {
          answer(socket);
          setTimeout(() => controller.abort(), 30);
        },
        patient,
        controller.signal,
      );
      if (!what.startsWith('a header in a flood')) assertFailed(outcome, 'INTERRUPTED');
    });
  }

  test('the time for the whole counts while nothing but interim answers comes', async () => {
    const outcome = await fetchRaw(forEver(early, 50), { ...small, interim_answers: 1e9, download_total_ms: 300 });
    assert.match(assertFailed(outcome, 'DOWNLOAD_TOO_SLOW').message, /not there after 0.3 s \(0 bytes came\)/);
    assert.equal(outcome.asked, 1);
  });

  test('some interim answers are no harm', async () => {
    const outcome = await fetchRaw((socket) => socket.end(early.repeat(5) + ok + two));
    assert.equal(outcome.error, null);
    assert.equal(outcome.sink.bytes().toString(), '[]');
  });

  for (const isAborted of [false, true])
    test(
      isAborted ? 'a server that never begins TLS, until somebody gives up' : 'a server that never begins TLS',
      async (context) => {
        const controller = new AbortController();
        const sockets: Socket[] = [];
        const server = createServer((socket) => {
          sockets.push(socket.on('error', () => undefined));
          if (isAborted) controller.abort();
        });
        await new Promise<void>((resolve) => {
          server.listen(0, '127.0.0.1', resolve);
        });
        context.after(() => {
          for (const socket of sockets) socket.destroy();
          server.close();
        });
        // A server that listens on a port has an address with one.
        const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
        const connect = { connect_timeout_ms: isAborted ? 60_000 : 300, download_attempts: 1 };
        const extra = { allow: [origin], limits: { ...quick, ...connect }, signal: controller.signal };
        assertFailed(
          await fetchUrl(`${origin}${path}?sig=SECRET`, extra),
          isAborted ? 'INTERRUPTED' : 'DOWNLOAD_UNREACHABLE',
        );
      },
    );
});
