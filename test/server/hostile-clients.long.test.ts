import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, suite, test } from 'node:test';
import {
  asOperator,
  asViewer,
  attack,
  checkAnswer,
  checkUnharmed,
  get,
  importPath,
  post,
  startTarget,
} from './hostile-service.ts';
import { exchange, open, parseAnswers, readToEnd, request } from './wire.ts';

/* Clients that take their time, that come too often, and that never go. The limits here are small ones. */

const limits = { header_timeout_ms: 1_500, request_timeout_ms: 2_500, event_clients: 2, connections: 30 };
const target = await startTarget({ after }, { limits });

suite('slow clients', { concurrency: true }, () => {
  const slow: readonly (readonly [string, string])[] = [
    ['says nothing after its first line', 'GET /jobs HTTP/1.1\r\n'],
    ['stops in the middle of a header', `GET /jobs HTTP/1.1\r\nHost: localhost\r\n${asOperator.slice(0, 30)}`],
    ['never ends its headers', `GET /jobs HTTP/1.1\r\nHost: localhost\r\n${asOperator}\r\n`],
    ['never sends its body', post(importPath, '', ['Content-Length: 100']).toString()],
    ['stops in the middle of its body', post(importPath, '{"url":"', ['Content-Length: 100']).toString()],
    ['never ends its chunks', post(importPath, '8\r\n{"url":"\r\n', ['Transfer-Encoding: chunked']).toString()],
  ];
  for (const [name, text] of slow) {
    test(name, async () => {
      const [answer] = await exchange(target.port, Buffer.from(text));
      assert.ok(answer !== undefined);
      checkAnswer(answer, { name, bytes: Buffer.of(), status: 408, code: 'REQUEST_TOO_SLOW' });
    });
  }

  test('sends a header from time to time, for ever', async () => {
    const socket = await open(target.port);
    socket.write('GET /jobs HTTP/1.1\r\nHost: localhost\r\n');
    const answered = readToEnd(socket);
    const drip = setInterval(() => socket.write('X: y\r\n'), 100);
    const [answer] = parseAnswers(await answered.finally(() => clearInterval(drip)));
    assert.equal(answer?.status, 408);
  });
});

suite('clients that never go', () => {
  test('more than may follow events are told so, until one goes', async () => {
    const follow = async () => {
      const socket = await open(target.port);
      socket.on('error', () => undefined);
      socket.write(get('/events', [asViewer]));
      await new Promise((resolve) => socket.once('data', resolve));
      return socket;
    };
    const followers = [await follow(), await follow()];
    const tooMany = { bytes: get('/events', [asViewer]), status: 503, code: 'TOO_MANY_CLIENTS' } as const;
    await attack(target, { name: 'the third', ...tooMany, headers: { 'retry-after': '2' } });
    followers[0]?.destroy();
    for (;;) {
      const socket = await open(target.port);
      socket.on('error', () => undefined);
      socket.write(get('/events', [asViewer]));
      const first = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
      socket.destroy();
      if (first.toString().startsWith('HTTP/1.1 200')) break;
      await sleep(50);
    }
    followers[1]?.destroy();
  });

  const places = ['abc', '-1', '1e3', '99999999999999', '', '0x1', "1' OR '1'='1", '1, 2', '１'];
  for (const place of places) {
    test(`a place in the events that there is not: ${JSON.stringify(place)}`, async () => {
      const socket = await open(target.port);
      socket.on('error', () => undefined);
      const line = Buffer.from(`Last-Event-ID: ${place}`).toString('latin1');
      socket.write(get('/events', [asViewer, line]));
      let text = '';
      for await (const chunk of socket) {
        text += String(chunk);
        if (/\r\n0\r\n|event: |HTTP\/1.1 [345]/.test(text)) break;
      }
      socket.destroy();
      assert.match(text, /^HTTP\/1.1 200 [^]*id: \d+\nevent: snapshot\ndata: \{"jobs":\[\]/);
    });
  }

  test('connections that only stay are not let in without end', async () => {
    const sockets = await Promise.all(Array.from({ length: 60 }, () => open(target.port)));
    const closed = await Promise.all(
      sockets.map(async (socket) => {
        const text = await readToEnd(socket);
        return text.byteLength;
      }),
    );
    // Those over the limit are closed without a word, the others as slow ones.
    assert.ok(closed.filter((length) => length === 0).length >= 30, String(closed));
    const [answer] = await target.send(get('/health'));
    assert.equal(answer?.status, 200);
  });
});

suite('clients that come too often', () => {
  test('asking for work: 429 with the time to wait, for each client by itself', async (context) => {
    const small = await startTarget(context, { limits: { imports_per_minute: 3, requests_per_minute: 100 } });
    // Asking for what cannot be done counts like everything else.
    const ask = (lines: readonly string[] = []) => small.send(post(importPath, { url: 'file:///etc/passwd' }, lines));
    for (const _ of [1, 2, 3]) assert.equal((await ask())[0]?.status, 422);
    const [answer] = await ask(['X-Forwarded-For: 10.1.2.3', 'Forwarded: for=10.1.2.3', 'X-Real-IP: 10.1.2.3']);
    assert.ok(answer !== undefined);
    checkAnswer(answer, { name: '', bytes: Buffer.of(), status: 429, code: 'RATE_LIMITED' });
    assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d?$/);
    // Reading goes on, and so does another client.
    assert.equal((await small.send(get('/jobs')))[0]?.status, 200);
    assert.equal((await ask([asViewer]))[0]?.status, 403);
    await checkUnharmed(small);
  });

  test('guessing tokens: 429 before the next guess is looked at', async (context) => {
    const small = await startTarget(context, { limits: { requests_per_minute: 5 } });
    const guess = (at: number) => small.send(request('GET', '/jobs', [`Authorization: Bearer guess-${at}`]));
    for (const at of [1, 2, 3, 4, 5]) assert.equal((await guess(at))[0]?.status, 401);
    assert.equal((await guess(6))[0]?.status, 429);
    assert.equal((await small.send(request('GET', '/nothing')))[0]?.status, 429);
    assert.equal((await small.send(get('/jobs')))[0]?.status, 200, 'who has a token is not kept out by it');
  });
});

test('after all of that', async () => checkUnharmed(target));
