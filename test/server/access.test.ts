import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, suite } from 'node:test';
import { errorOf, lastFirst, makeLake } from '../support/gexlake.ts';
import { name } from '../support/records.ts';
import { follow, problemOf, startService } from '../support/service.ts';
import { long, test } from '../support/shares.ts';

const owner = lastFirst({ after });
const lake = await makeLake(owner);
type Made = { readonly token: string; readonly entry: string };
const viewer = await lake.json<Made>(['token', 'ana', '--role', 'viewer']);
const operator = await lake.json<Made>(['token', 'bo', '--role', 'operator']);
const tokensFile = join(lake.desk, 'tokens');
await writeFile(tokensFile, `# who may what\n\n${operator.entry}\n`);
// The host that the vendor's files come from is not asked: nothing is worked off while its address cannot be found.
const body = { url: `https://hist.gex.bot/${name}` };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

suite('a service with tokens', async () => {
  const limits = {
    requests_per_minute: 60,
    imports_per_minute: 3,
    event_clients: 1,
    connect_timeout_ms: 50,
    download_attempts: 1,
  };
  const service = await startService(owner, lake, {
    env: { GEXLAKE_TOKENS: viewer.entry, GEXLAKE_TOKENS_FILE: tokensFile, GEXLAKE_LIMITS: JSON.stringify(limits) },
  });

  test('tells nobody anything who has none, but that it lives and how it can be asked', async () => {
    for (const path of ['/jobs', `/jobs/${'0'.repeat(32)}`, '/files', '/events', '/metrics']) {
      const answer = await service.ask(path);
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
      await problemOf(answer, 401, 'UNAUTHORIZED');
      await problemOf(await service.ask(path, { headers: bearer('wrong') }), 401, 'UNAUTHORIZED');
    }
    await problemOf(await service.post('/gex_history_url', body), 401, 'UNAUTHORIZED');
    for (const path of ['/health', '/openapi.json', '/docs/'])
      assert.equal((await service.ask(path)).status, 200, path);
  });

  test('lets a viewer read only, and an operator ask for work, whose name the log has', async () => {
    assert.equal((await service.ask('/jobs', { headers: bearer(viewer.token) })).status, 200);
    await problemOf(await service.post('/gex_history_url', body, bearer(viewer.token)), 403, 'FORBIDDEN');
    for (const verb of ['retry', 'cancel', 'corrections'])
      await problemOf(
        await service.post(`/jobs/${'0'.repeat(32)}/${verb}`, {}, bearer(viewer.token)),
        403,
        'FORBIDDEN',
      );
    const answer = await service.post('/gex_history_url', body, bearer(operator.token));
    assert.equal(answer.status, 202);
    assert.equal(((await answer.json()) as { actor: string }).actor, 'bo');
  });

  long('limits the requests of each client', async () => {
    let last = await service.post('/gex_history_url', { url: 'x' }, bearer(operator.token));
    for (let count = 0; count < 5 && last.status !== 429; count++)
      last = await service.post('/gex_history_url', { url: 'x' }, bearer(operator.token));
    assert.match(last.headers.get('retry-after') ?? '', /^\d+$/);
    await problemOf(last, 429, 'RATE_LIMITED');
    assert.equal((await service.ask('/jobs', { headers: bearer(operator.token) })).status, 200);
    for (let count = 0; count < 70; count++) await service.ask('/jobs', { headers: bearer('guess') });
    await problemOf(await service.ask('/jobs', { headers: bearer('guess') }), 429, 'RATE_LIMITED');
    assert.equal((await service.ask('/jobs', { headers: bearer(viewer.token) })).status, 200);
  });

  long('caps the clients that follow its events', async () => {
    const headers = bearer(viewer.token);
    const abort = new AbortController();
    assert.equal((await service.ask('/events', { headers, signal: abort.signal })).status, 200);
    await problemOf(await service.ask('/events', { headers }), 503, 'TOO_MANY_CLIENTS');
    abort.abort();
  });

  test('never says a token, nor its hash', () => {
    for (const secret of [viewer.token, operator.token, viewer.entry, operator.entry])
      assert.ok(!service.running.heard().includes(secret));
  });
});

suite('a service on this machine, without tokens', async () => {
  const own = await makeLake(owner);
  const service = await startService(owner, own);
  const { port } = new URL(service.url);

  /** A request with headers that fetch does not let one choose. */
  async function raw(headers: Readonly<Record<string, string>>, method = 'GET', path = '/jobs') {
    return new Promise<{ status: number; headers: Readonly<Record<string, unknown>> }>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
        answer.resume();
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers });
      });
      sent.on('error', reject);
      sent.end(method === 'POST' ? JSON.stringify(body) : undefined);
    });
  }

  test('answers only where it is asked by a name of this machine', async () => {
    for (const host of ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'])
      assert.equal((await raw({ host: `${host}:${port}` })).status, 200, host);
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil.example'])
      assert.equal((await raw({ host })).status, 403, host);
  });

  test('takes work from the vendor’s pages and from no other', async () => {
    const text = { host: `localhost:${port}`, 'content-type': 'text/plain' };
    for (const origin of ['https://www.gexbot.com', 'https://gexbot.com', `http://localhost:${port}`])
      assert.equal((await raw({ ...text, origin }, 'POST', '/gex_history_url')).status, 202, origin);
    for (const origin of ['https://evil.example', 'null', 'https://gexbot.com.evil.example', 'http://gexbot.com'])
      assert.equal((await raw({ ...text, origin }, 'POST', '/gex_history_url')).status, 403, origin);
  });

  test('lets the vendor’s pages ask first, and read the answer', async () => {
    const asking = {
      host: `127.0.0.1:${port}`,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
      'access-control-request-private-network': 'true',
    };
    const allowed = await raw({ ...asking, origin: 'https://www.gexbot.com' }, 'OPTIONS', '/gex_history_url');
    assert.equal(allowed.status, 204);
    assert.equal(allowed.headers['access-control-allow-origin'], 'https://www.gexbot.com');
    assert.equal(allowed.headers['access-control-allow-private-network'], 'true');
    assert.match(String(allowed.headers['access-control-allow-headers']), /content-type/);
    const other = await raw({ ...asking, origin: 'https://evil.example' }, 'OPTIONS', '/gex_history_url');
    assert.equal(other.headers['access-control-allow-origin'], undefined);
    assert.equal(other.headers['access-control-allow-private-network'], undefined);
    const read = await raw({ host: `127.0.0.1:${port}`, origin: 'https://gexbot.com' });
    assert.equal(read.headers['access-control-allow-origin'], 'https://gexbot.com');
    assert.equal(
      (await raw({ host: `127.0.0.1:${port}`, origin: 'https://evil.example' })).headers['access-control-allow-origin'],
      undefined,
    );
  });

  test('sends the headers that keep browsers from guessing and framing', async () => {
    const { headers } = await service.ask('/jobs');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('x-powered-by'), null);
  });

  test('starts a client that comes from another log from a snapshot', async () => {
    const follower = await follow(service, 999_999);
    assert.equal((await follower.until(({ id }) => id !== null)).name, 'snapshot');
    follower.close();
  });
});

test('entries that are no tokens are refused, and not shown', async () => {
  const secret = 'gexlake_this-is-a-token-in-the-wrong-place';
  for (const GEXLAKE_TOKENS of [secret, `ana:root:${'0'.repeat(64)}`, 'ana:viewer:00', `ana:viewer:${secret}`]) {
    const ran = await lake.run(['serve', '--json'], { env: { GEXLAKE_TOKENS } });
    assert.deepEqual([ran.exitCode, errorOf(ran).code], [2, 'CONFIG_INVALID']);
    assert.ok(!ran.stderr.includes(secret));
  }
  await writeFile(tokensFile, `${viewer.entry}\n${secret}\n`);
  const ran = await lake.run(['serve', '--json'], { env: { GEXLAKE_TOKENS_FILE: tokensFile } });
  assert.match(errorOf(ran).message, /tokens, line 2: expected entries/);
  assert.ok(!ran.stderr.includes(secret));
  const twice = await lake.run(['serve', '--json'], { env: { GEXLAKE_TOKENS: `${viewer.entry},${viewer.entry}` } });
  assert.match(errorOf(twice).message, /two tokens have the name ana/);
});
