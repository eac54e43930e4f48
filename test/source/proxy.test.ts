import assert from 'node:assert/strict';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { after, suite, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { sourcePolicy } from '../../src/source/source.ts';
import { certificate, createTlsServer } from '../support/tls.ts';
import { assertFailed, body, fetchUrl, jumpingClock, memorySink, origin, path, quick, transfer } from './fetcher.ts';

setDefaultCACertificates([...getCACertificates(), certificate]);

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  after(() => server.close());
  // A server that listens on a port has an address with one.
  return (server.address() as AddressInfo).port;
}

/** What `files.example` is: not an address that this machine could find, so that only a proxy leads to it. */
const hidden = await listen(createTlsServer((_request, response) => response.end(body)));
const url = `https://files.example${path}?sig=SECRET`;

/** A proxy that says `answer` to CONNECT; without one it opens the way to the hidden server. */
async function startProxy(answer?: string | ((socket: Socket) => void)): Promise<{ port: number; heard: string[] }> {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      heard.push(bytes.toString('latin1'));
      if (typeof answer === 'string') socket.end(answer);
      else if (answer !== undefined) answer(socket);
      else {
        const inner = connect(hidden, '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
          socket.pipe(inner).pipe(socket);
        });
        inner.on('error', () => socket.destroy());
        socket.on('close', () => inner.destroy());
      }
    });
  });
  return { port: await listen(server), heard };
}

async function fetchThrough(proxy: string, signal?: AbortSignal) {
  const sink = memorySink();
  const policy = sourcePolicy(['files.example', '10.0.0.5', origin.origin], true, proxy);
  const options = {
    policy,
    limits: { ...quick, connect_timeout_ms: signal === undefined ? 300 : 60_000, download_attempts: 1 },
    clock: jumpingClock(),
  };
  const outcome = await transfer(url, sink, signal === undefined ? options : { ...options, signal }).then(
    (receipt) => ({ receipt, size: receipt.wire_bytes, error: null }),
    (error: unknown) => ({ receipt: null, size: null, error }),
  );
  return { ...outcome, sink, policy, options };
}

suite('a proxy', () => {
  test('opens the way to a host, and learns its name and no more', async () => {
    const { port, heard } = await startProxy();
    const { error, sink } = await fetchThrough(`http://127.0.0.1:${port}`);
    assert.equal(error, null);
    assert.ok(sink.bytes().equals(body));
    assert.match(heard[0] ?? '', /^CONNECT files\.example:443 HTTP\/1\.1\r\n/);
    assert.doesNotMatch(heard.join(''), /SECRET|proxy-authorization|2026/i);
  });

  test('is given its user name and password', async () => {
    const { port, heard } = await startProxy();
    const { error } = await fetchThrough(`http://me:p%40ss@127.0.0.1:${port}/`);
    assert.equal(error, null);
    const given = /^proxy-authorization: Basic (\S+)/im.exec(heard[0] ?? '')?.[1] ?? '';
    assert.equal(Buffer.from(given, 'base64').toString(), 'me:p@ss');
  });

  const refusals: readonly (readonly [
    string,
    string,
    'DOWNLOAD_REFUSED' | 'DOWNLOAD_UNREACHABLE' | 'DOWNLOAD_UNAVAILABLE',
    RegExp,
  ])[] = [
    [
      'wants a password',
      'HTTP/1.1 407 X\r\nContent-Length: 0\r\n\r\n',
      'DOWNLOAD_REFUSED',
      /wants a user name and password \(407\)/,
    ],
    ['does not let it pass', 'HTTP/1.1 403 X\r\n\r\n', 'DOWNLOAD_REFUSED', /answered 403 for files\.example:443/],
    ['answers in between', 'HTTP/1.1 103 X\r\n\r\n', 'DOWNLOAD_REFUSED', /answered 103/],
    ['cannot reach it', 'HTTP/1.1 502 X\r\n\r\n', 'DOWNLOAD_UNAVAILABLE', /answered 502/],
    ['is none', 'SSH-2.0-x\r\n', 'DOWNLOAD_REFUSED', /did not answer in HTTP/],
    ['says nothing', '', 'DOWNLOAD_UNREACHABLE', /cannot be reached/],
  ];
  for (const [what, answer, code, says] of refusals) {
    test(`that ${what} is named, and its secrets are not`, async () => {
      const { port } = await startProxy(answer);
      const outcome = await fetchThrough(`http://SECRET:SECRET@127.0.0.1:${port}`);
      const { message, hint } = assertFailed({ ...outcome, clock: jumpingClock(), requests: [] }, code);
      assert.match(message, new RegExp(`the proxy 127\\.0\\.0\\.1:${port} `));
      assert.match(message, says);
      assert.match(hint ?? '', /GEXLAKE_PROXY/);
    });
  }

  test('that never answers is given up', async () => {
    const { port } = await startProxy(() => undefined);
    const outcome = await fetchThrough(`http://127.0.0.1:${port}`);
    const error = assertFailed({ ...outcome, clock: jumpingClock(), requests: [] }, 'DOWNLOAD_UNREACHABLE');
    assert.match(error.message, /gave no connection to files\.example:443 in 0\.3 s/);
  });

  test('that never answers is left at once by whoever gives up', async () => {
    const controller = new AbortController();
    const { port } = await startProxy(() => controller.abort());
    const outcome = await fetchThrough(`http://127.0.0.1:${port}`, controller.signal);
    assertFailed({ ...outcome, clock: jumpingClock(), requests: [] }, 'INTERRUPTED');
  });

  test('is no way to an address of its own network, and not asked for an origin that is written in full', async () => {
    const { port, heard } = await startProxy();
    const { policy, options } = await fetchThrough(`http://127.0.0.1:${port}`);
    const seen = heard.length;
    await assert.rejects(transfer(`https://10.0.0.5${path}`, memorySink(), options), { code: 'SOURCE_NOT_ALLOWED' });
    origin.serve(path, { body });
    const sink = memorySink();
    await transfer(origin.url(path), sink, { ...options, policy });
    assert.ok(sink.bytes().equals(body));
    assert.equal(heard.length, seen);
  });
});

test('a proxy that only the environment knows is named where the connection fails', async (context) => {
  process.env['HTTPS_PROXY'] = 'http://SECRET:SECRET@127.0.0.1:9';
  context.after(() => delete process.env['HTTPS_PROXY']);
  const gone = createServer();
  const port = await listen(gone);
  await new Promise((resolve) => gone.close(resolve));
  const outcome = await fetchUrl(`http://127.0.0.1:${port}${path}`, { allow: [`http://127.0.0.1:${port}`] });
  assert.match(
    assertFailed(outcome, 'DOWNLOAD_UNREACHABLE').hint ?? '',
    /HTTPS_PROXY is set and not used.*GEXLAKE_PROXY/,
  );
});
