import assert from 'node:assert/strict';
import dns from 'node:dns';
import { createServer, type AddressInfo } from 'node:net';
import { syncBuiltinESMExports } from 'node:module';
import { suite, test, type TestContext } from 'node:test';
import { limits } from '../../src/core/limits.ts';
import { openHttp } from '../../src/platform/http.ts';

/*
 * A name that leads to another address each time somebody asks, as an attacker's name server lets it. The address that is looked at
 * must be the one that is connected to. What stands in for that server is the system call for names (there is none on this machine
 * that could be asked to lie); the client, its checks and its connections are real. 127.0.0.1 is forbidden here, 127.0.0.2, which is
 * this machine, too, stands for the public internet.
 */

type Found = { readonly address: string; readonly family: number };

/** Lets names lead to one list of addresses after the other; the last one stays. Gives how often somebody has asked. */
function lead(context: TestContext, ...answers: readonly (readonly string[])[]): () => number {
  const system = dns.lookup;
  let asked = 0;
  const lookup = (_name: string, _options: unknown, answer: (error: null, found: readonly Found[]) => void) => {
    const addresses = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    setImmediate(() =>
      answer(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      ),
    );
  };
  Object.assign(dns, { lookup });
  syncBuiltinESMExports();
  context.after(() => {
    Object.assign(dns, { lookup: system });
    syncBuiltinESMExports();
  });
  return () => asked;
}

/** A server on both addresses that says where it was reached, and remembers it. */
async function serve(context: TestContext) {
  const reached: string[] = [];
  const server = createServer((socket) => {
    reached.push(socket.localAddress ?? '');
    socket.on('error', () => undefined);
    socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\nX-At: ${socket.localAddress}\r\nContent-Length: 0\r\n\r\n`);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '0.0.0.0', resolve);
  });
  context.after(() => server.close());
  // A server that listens on a port has an address with one.
  return { reached, url: new URL(`http://changing.example:${(server.address() as AddressInfo).port}/`) };
}

async function openClient(context: TestContext) {
  const asked: string[] = [];
  const mayConnect = (address: string) => {
    asked.push(address);
    return address === '127.0.0.2';
  };
  const http = await openHttp({ ...limits, mayConnect, proxyFor: () => null });
  context.after(() => http.close());
  return { http, asked };
}

const onLinux = process.platform === 'linux' ? {} : { skip: 'only Linux has all of 127.0.0.0/8' };

suite('a name that changes', onLinux, () => {
  test('between the check and the connection: it is asked for once, and what was checked is connected to', async (context) => {
    const { reached, url } = await serve(context);
    const asked = lead(context, ['127.0.0.2'], ['127.0.0.1']);
    const { http, asked: checked } = await openClient(context);
    const answer = await http.get(url, {});
    assert.equal(answer.fields('x-at')[0], '127.0.0.2');
    answer.discard();
    assert.deepEqual([asked(), checked, reached], [1, ['127.0.0.2'], ['127.0.0.2']]);
  });

  test('between one request and the next: the next is refused', async (context) => {
    const { reached, url } = await serve(context);
    lead(context, ['127.0.0.2'], ['127.0.0.1']);
    const { http } = await openClient(context);
    const answer = await http.get(url, {});
    for await (const _ of answer.body);
    await assert.rejects(http.get(url, {}), { code: 'SOURCE_NOT_ALLOWED' });
    assert.deepEqual(reached, ['127.0.0.2']);
  });

  for (const addresses of [
    ['127.0.0.2', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.2'],
  ]) {
    test(`that has both addresses, ${addresses.join(' first, then ')}, is refused whole`, async (context) => {
      const { reached, url } = await serve(context);
      lead(context, addresses);
      const { http } = await openClient(context);
      await assert.rejects(http.get(url, {}), { code: 'SOURCE_NOT_ALLOWED' });
      assert.deepEqual(reached, []);
    });
  }
});
