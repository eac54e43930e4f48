import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { after, suite, test } from 'node:test';
import { clientAddress } from '../../src/server/client-key.ts';
import { lastFirst } from '../support/gexlake.ts';
import { asOperator, asViewer, checkAnswer, get, importPath, post, startTarget, tokens } from './hostile-service.ts';
import { exchange, open, parseAnswers, readToEnd, request, type Lines } from './wire.ts';

/* What one client takes, another still gets. All addresses here are this machine's own. */

const owner = lastFirst({ after });
const limits = {
  connections: 30,
  connections_each: 10,
  connections_reserved: 4,
  event_clients: 6,
  event_clients_each: 3,
  requests_at_once: 12,
};
const target = await startTarget(owner, { limits });
const other = '127.0.0.2';

/** Opens a stream of events and waits for its first bytes. */
async function followEvents(
  lines: Lines,
  from?: string,
): Promise<{ readonly socket: Socket; readonly status: number }> {
  const socket = await open(target.port, from);
  socket.on('error', () => undefined);
  socket.write(get('/events', lines));
  const [first] = (await once(socket, 'data')) as [Buffer];
  return { socket, status: Number(/^HTTP\/1.1 (\d{3})/.exec(first.toString())?.[1]) };
}

async function statusOf(path: string, lines: Lines, from?: string): Promise<number | undefined> {
  const [answer] = await exchange(target.port, get(path, lines), from);
  return answer?.status;
}

/** A request that the service is at, and whose body never comes. */
async function begin(from?: string): Promise<Socket> {
  const socket = await open(target.port, from);
  socket.on('error', () => undefined);
  socket.write(post(importPath, '', ['Content-Length: 100', 'Expect: 100-continue']));
  await once(socket, 'data');
  return socket;
}

/** Until the service has noticed what was closed. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}

async function closed(sockets: readonly Socket[]): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await until(async () => {
    const { socket, status } = await followEvents([asViewer]);
    socket.destroy();
    return status === 200;
  });
}

suite('connections', () => {
  test('that only stay keep nobody out, from whatever address', async () => {
    const idle: Socket[] = [];
    for (let count = 0; count < 100; count++) {
      const socket = await open(target.port);
      socket.on('error', () => undefined);
      idle.push(socket);
    }
    for (const from of ['127.0.0.1', other]) {
      assert.equal(await statusOf('/health', [], from), 200);
      assert.equal(await statusOf('/jobs', [asViewer], from), 200);
    }
    for (const socket of idle) socket.destroy();
  });

  test('that have had a request and stay are idle again', async () => {
    const kept: Socket[] = [];
    for (let count = 0; count < 40; count++) {
      const socket = await open(target.port);
      socket.on('error', () => undefined);
      socket.write(get('/health', ['Connection: keep-alive']));
      await once(socket, 'data');
      kept.push(socket);
    }
    assert.equal(await statusOf('/jobs', [asViewer]), 200);
    for (const socket of kept) socket.destroy();
  });

  test('of one address at work: it is told how the service is, others get everything', async () => {
    const busy: Socket[] = [];
    // Bodies that do not come, of requests that are let in.
    for (let count = 0; count < 10; count++) {
      busy.push(await begin());
    }
    assert.equal(await statusOf('/health', []), 200);
    const [refused] = await exchange(target.port, get('/jobs', [asViewer]));
    assert.ok(refused !== undefined);
    checkAnswer(refused, { name: '', bytes: Buffer.of(), status: 503, code: 'TOO_MANY_CLIENTS', says: /connections/ });
    assert.equal(refused.headers.get('connection'), 'close');
    assert.equal(await statusOf('/jobs', [asViewer], other), 200);
    for (const socket of busy) socket.destroy();
    await closed([]);
  });

  test('of whom nobody knows are closed with the answer', async () => {
    const socket = await open(target.port);
    socket.write(
      request('POST', importPath, ['Connection: keep-alive', 'Authorization: Bearer wrong', 'Content-Length: 100']),
    );
    const [answer] = parseAnswers(await readToEnd(socket));
    assert.equal(answer?.status, 401);
    assert.equal(answer?.headers.get('connection'), 'close');
  });
});

suite('streams of events', () => {
  test('of one client leave some for the others', async () => {
    const taken = [];
    for (let count = 0; count < 3; count++) taken.push(await followEvents([asViewer], count === 0 ? other : undefined));
    assert.deepEqual(
      taken.map(({ status }) => status),
      [200, 200, 200],
    );
    const [fourth] = await exchange(target.port, get('/events', [asViewer]));
    assert.ok(fourth !== undefined);
    const refused = { name: '', bytes: Buffer.of(), status: 503, code: 'TOO_MANY_CLIENTS' } as const;
    checkAnswer(fourth, { ...refused, says: /3 times already/ });
    for (let count = 0; count < 3; count++) taken.push(await followEvents([asOperator]));
    assert.ok(taken.every(({ status }) => status === 200));
    await closed(taken.map(({ socket }) => socket));
  });
});

suite('requests', () => {
  test('of one client at one time have a limit, and how the service is can be asked all the same', async () => {
    const waiting: Socket[] = [];
    for (let count = 0; count < 12; count++) {
      waiting.push(await begin(count % 2 === 0 ? other : undefined));
    }
    assert.equal(await statusOf('/jobs', [asOperator]), 429);
    assert.equal(await statusOf('/health', [asOperator]), 200);
    assert.equal(await statusOf('/jobs', [asViewer]), 200);
    for (const socket of waiting) socket.destroy();
    await until(async () => (await statusOf('/jobs', [asOperator])) === 200);
  });

  const twice: readonly (readonly [string, Lines])[] = [
    ['two tokens', [asViewer, asOperator]],
    ['one token twice', [asViewer, asViewer]],
    [
      'two tokens in other letters',
      [asViewer, asOperator.toLowerCase().replace(tokens.operator.toLowerCase(), tokens.operator)],
    ],
    ['two origins', [asViewer, 'Origin: https://gexbot.com', 'Origin: https://www.gexbot.com']],
    ['two hosts', [asViewer, 'Host: localhost', 'Host: 127.0.0.1']],
    ['two types', [asViewer, 'Content-Type: application/json', 'Content-Type: text/plain']],
    ['two keys', [asViewer, 'Idempotency-Key: a', 'Idempotency-Key: b']],
    ['two lengths', [asViewer, 'Content-Length: 0', 'Content-Length: 1']],
    ['one length twice', [asViewer, 'Content-Length: 0', 'Content-Length: 0']],
  ];
  for (const [name, lines] of twice)
    test(`that say something twice are refused: ${name}`, async () => {
      const [answer] = await exchange(target.port, get('/jobs', lines));
      assert.ok(answer !== undefined);
      const isToken = /^(?:two tokens|one token)/.test(name);
      const expected = isToken
        ? ({ status: 401, code: 'UNAUTHORIZED' } as const)
        : ({ status: 400, code: 'REQUEST_UNREADABLE' } as const);
      checkAnswer(answer, { name, bytes: Buffer.of(), ...expected });
    });
});

test('an address is one client, however it is written', () => {
  const same: readonly (readonly string[])[] = [
    ['10.1.2.3', '::ffff:10.1.2.3', '::FFFF:10.1.2.3', '::ffff:0a01:0203', '0:0:0:0:0:ffff:a01:203'],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:0db8:0001:0002:0:0:0:5', '2001:DB8:1:2::1%eth0'],
    ['fe80::1', 'fe80::2%lo'],
    ['::1', '::2'],
  ];
  for (const addresses of same) assert.equal(new Set(addresses.map(clientAddress)).size, 1, addresses.join(' '));
  assert.equal(
    new Set([...same.map(([first]) => clientAddress(first)), clientAddress('2001:db8:1:3::1')]).size,
    same.length + 1,
  );
  assert.equal(clientAddress('::ffff:10.1.2.3'), '10.1.2.3');
});
