import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startRawServer } from '../support/raw-server.ts';
import { assertFailed, assertWhole, body, fetchUrl, path } from './fetcher.ts';

/** Fetches from a server that answers the n-th request with the n-th of the texts, the last one again and again. */
async function fetchAnswers(...answers: readonly string[]) {
  const server = await startRawServer((socket, request) => {
    const answer = answers[Math.min(request, answers.length) - 1] ?? '';
    socket.write(answer);
    if (answer.endsWith('\r\n\r\n') && answer.includes('length: ' + body.byteLength)) socket.write(body);
  });
  try {
    const outcome = await fetchUrl(`${server.origin}${path}?sig=SECRET`, { allow: [server.origin] });
    return { ...outcome, asked: server.requests() };
  } finally {
    await server.close();
  }
}

const whole = `HTTP/1.1 200 OK\r\ncontent-length: ${body.byteLength}\r\n\r\n`;
const denied = (said: string) => `HTTP/1.1 403 X\r\ncontent-length: ${said.length}\r\n\r\n${said}`;

suite('answers that servers give and RFC 9110 does not foresee', () => {
  test('a partial answer that nobody asked for is taken where it is all of the file', async () => {
    const range = `content-range: bytes 0-${body.byteLength - 1}/${body.byteLength}`;
    const partial = `HTTP/1.1 206 X\r\n${range}\r\ncontent-length: ${body.byteLength}\r\n\r\n`;
    assertWhole(await fetchAnswers(partial));
    const first = partial.replace(`-${body.byteLength - 1}/`, `-${body.byteLength - 2}/`);
    assert.match(assertFailed(await fetchAnswers(first), 'DOWNLOAD_REFUSED').message, /answered 206, a part/);
  });

  test('a 403 in the words of throttling is asked again, and believed at the third time', async () => {
    assertWhole(await fetchAnswers(denied('{"error":"Forbidden"}'), whole));
    const outcome = await fetchAnswers(denied('{"error":"Forbidden"}'));
    assertFailed(outcome, 'DOWNLOAD_DENIED');
    assert.equal(outcome.asked, 3);
    assert.equal((await fetchAnswers(denied('<Error><Code>AuthenticationFailed</Code></Error>'))).asked, 1);
  });

  test('an address that wants cookies is told to want them', async () => {
    const redirect = `HTTP/1.1 302 X\r\nset-cookie: seen=1\r\nlocation: ${path}\r\ncontent-length: 0\r\n\r\n`;
    const error = assertFailed(await fetchAnswers(redirect), 'DOWNLOAD_REFUSED');
    assert.match(error.message, /redirects more than \d times, and sets cookies/);
    assert.match(error.hint ?? '', /behind a login/);
  });
});
