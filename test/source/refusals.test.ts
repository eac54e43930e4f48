import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startRawServer } from '../support/raw-server.ts';
import { assertFailed, fetchUrl, path, quick } from './fetcher.ts';

/** The message and hint of a download that is refused with a body. */
async function refusal(status: number, body: string | Buffer, fields = ''): Promise<{ message: string; hint: string }> {
  const bytes = Buffer.from(body);
  const server = await startRawServer((socket) => {
    socket.write(`HTTP/1.1 ${status} X\r\n${fields}Content-Length: ${bytes.byteLength}\r\n\r\n`);
    socket.end(bytes);
  });
  try {
    const extra = { allow: [server.origin], limits: { ...quick, download_attempts: 1 } };
    const outcome = await fetchUrl(`${server.origin}${path}?sig=SECRET`, extra);
    assert.ok(outcome.error !== null);
    const code = status === 403 ? 'DOWNLOAD_DENIED' : status === 404 ? 'DOWNLOAD_NOT_FOUND' : 'DOWNLOAD_REFUSED';
    const { message, hint } = assertFailed(outcome, status === 429 ? 'DOWNLOAD_UNAVAILABLE' : code);
    return { message: message.replace(/^http:\S+ /, ''), hint: hint ?? '' };
  } finally {
    await server.close();
  }
}

const azure = (code: string, message: string, detail = '') =>
  `\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}\nRequestId:0a-0b\nTime:2026</Message>${detail}</Error>`;

suite('a refusal is quoted', () => {
  const expiry = 'Signed expiry time [Wed, 22 Oct 2025 00:00:00 GMT] must be after signed start time';
  const said: readonly (readonly [string, number, string | Buffer, string])[] = [
    [
      'the error of JSON',
      429,
      '{"error":"Rate limit exceeded."}',
      'answered 429: "Rate limit exceeded.", at attempt 1 of 1',
    ],
    ['other JSON', 400, '{"detail":[1]}', 'answered 400: "{"detail":[1]}"'],
    [
      'code and message of Azure',
      404,
      azure('BlobNotFound', 'The specified blob does not exist.'),
      'answered 404: "BlobNotFound: The specified blob does not exist."',
    ],
    [
      'why a signature is over',
      403,
      azure(
        'AuthenticationFailed',
        'Server failed.',
        `<AuthenticationErrorDetail>${expiry}</AuthenticationErrorDetail>`,
      ),
      `answered 403: "AuthenticationFailed: Server failed. ${expiry}"`,
    ],
    [
      'nothing of what was signed',
      403,
      azure(
        'AuthenticationFailed',
        'Server failed.',
        '<AuthenticationErrorDetail>String to sign used was r\n2025 SECRET</AuthenticationErrorDetail>',
      ),
      'answered 403: "AuthenticationFailed: Server failed."',
    ],
    [
      'the title of a page',
      403,
      '<!doctype html><html><head><title>403  Forbidden</title></head><body>x</body></html>',
      'answered 403: "403 Forbidden"',
    ],
    [
      'the text of a page',
      403,
      '<html><style>p {}</style><body><p>Go <b>away</b></p></body></html>',
      'answered 403: "Go away"',
    ],
    ['plain words', 400, '  no\r\n\u001b[31mway\u0000 ', 'answered 400: "no [31mway"'],
    ['gzip', 400, gzipSync('{"error":"no"}'), 'answered 400: "no"'],
    ['nothing', 403, '', 'answered 403'],
  ];
  for (const [what, status, body, message] of said) {
    test(`with ${what}`, async () => {
      assert.equal((await refusal(status, body)).message, message);
    });
  }

  test('in 200 characters and without secrets', async () => {
    const long = await refusal(400, `see https://hist.gex.bot/a?sig=SECRET token=SECRET ${'x'.repeat(500)}`);
    assert.ok(long.message.length < 230, long.message);
    assert.match(long.message, /see https:\/\/hist\.gex\.bot\/a/);
  });

  test('with the advice that fits: a signature that does not hold is not one that is over', async () => {
    assert.match((await refusal(403, azure('AuthenticationFailed', 'Server failed.'))).hint, /signature does not hold/);
    assert.match((await refusal(403, '')).hint, /Signed URLs expire/);
  });
});

test('a refusal that does not end is one without words', async () => {
  const server = await startRawServer((socket) => socket.write('HTTP/1.1 403 X\r\nContent-Length: 100\r\n\r\nno'));
  try {
    const extra = { allow: [server.origin], limits: { ...quick, error_body_ms: 50 } };
    const outcome = await fetchUrl(`${server.origin}${path}?sig=SECRET`, extra);
    assert.match(assertFailed(outcome, 'DOWNLOAD_DENIED').message, /answered 403$/);
  } finally {
    await server.close();
  }
});
