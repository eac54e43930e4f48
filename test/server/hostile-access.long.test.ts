import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { formatTokenEntry, newToken, parseTokenEntry } from '../../src/core/tokens.ts';
import {
  asOperator,
  asViewer,
  attack,
  casesAgainst,
  checkUnharmed,
  file,
  get,
  importPath,
  noJob,
  post,
  secret,
  sourceOf,
  startTarget,
  tokens,
  type HostileCase,
} from './hostile-service.ts';
import { request } from './wire.ts';

/* Who may not, and what they may not: without a token, with one of a viewer, from pages of other sites. */

const target = await startTarget({ after });
const { origin } = target;
const url = sourceOf(target);
const cases = casesAgainst(target);

/** A request of somebody whom the service does not know. */
function notKnown(name: string, lines: readonly string[]): HostileCase {
  const hasToken = lines.some((line) => /^authorization:/i.test(line));
  const bytes = post(importPath, { url }, hasToken ? lines : [...lines, 'Authorization:']);
  return { name, bytes, status: 401, code: 'UNAUTHORIZED', headers: { 'www-authenticate': 'Bearer realm="gexlake"' } };
}

const hash = parseTokenEntry(formatTokenEntry('x', 'operator', tokens.operator))?.sha256 ?? '';

cases('tokens', [
  notKnown('none', []),
  notKnown('one that was never given out', [`Authorization: Bearer ${newToken()}`]),
  notKnown('an empty one', ['Authorization: Bearer ']),
  notKnown('one with something behind it', [`Authorization: Bearer ${tokens.operator} x`]),
  notKnown('one with a letter more', [`Authorization: Bearer ${tokens.operator}x`]),
  notKnown('one with a letter less', [`Authorization: Bearer ${tokens.operator.slice(0, -1)}`]),
  notKnown('in capitals', [`Authorization: Bearer ${tokens.operator.toUpperCase()}`]),
  notKnown('its hash, which the configuration has', [`Authorization: Bearer ${hash}`]),
  notKnown('its whole entry', [`Authorization: Bearer the-operator:operator:${hash}`]),
  notKnown('the name of its holder', ['Authorization: Bearer the-operator']),
  notKnown('by another scheme', [
    `Authorization: Basic ${Buffer.from(`the-operator:${tokens.operator}`).toString('base64')}`,
  ]),
  notKnown('without a scheme', [`Authorization: ${tokens.operator}`]),
  notKnown('a very long one', [`Authorization: Bearer ${'x'.repeat(8_000)}`]),
  notKnown('bytes', ['Authorization: Bearer \xff\xfe']),
  notKnown('two, the first unknown', ['Authorization: Bearer nobody', asOperator]),
  notKnown('in a cookie', [`Cookie: token=${tokens.operator}; Authorization=Bearer ${tokens.operator}`]),
  notKnown('in another header', [`X-Api-Key: ${tokens.operator}`, `Proxy-Authorization: Bearer ${tokens.operator}`]),
  ...['token', 'access_token', 'authorization'].map((field): HostileCase => ({
    name: `in the query, as ${field}`,
    bytes: request('GET', `/jobs?${field}=${tokens.operator}`),
    status: 401,
    code: 'UNAUTHORIZED',
  })),
  {
    name: 'in the query, beside a good one',
    bytes: get(`/jobs?token=${tokens.operator}`),
    status: 422,
    code: 'REQUEST_INVALID',
    says: /"token"/,
  },
  ...['/jobs', `/jobs/${noJob}`, '/files', '/events', '/metrics'].map((path): HostileCase => ({
    name: `none for ${path}`,
    bytes: request('GET', path),
    status: 401,
    code: 'UNAUTHORIZED',
  })),
  ...[`/jobs/${noJob}/retry`, `/jobs/${noJob}/cancel`, `/jobs/${noJob}/corrections`].map((path): HostileCase => ({
    name: `none for ${path.slice(38)}`,
    bytes: request('POST', path),
    status: 401,
    code: 'UNAUTHORIZED',
  })),
  ...[importPath, `/jobs/${noJob}/retry`, `/jobs/${noJob}/cancel`, `/jobs/${noJob}/corrections`].map(
    (path): HostileCase => ({
      name: `a viewer's for ${path.replace(noJob, '…')}`,
      bytes: post(path, { url, reason: 'because' }, [asViewer]),
      status: 403,
      code: 'FORBIDDEN',
      says: /may read only/,
    }),
  ),
  { name: 'a viewer may read', bytes: get('/jobs', [asViewer]), status: 200, code: null, says: /"jobs":/ },
]);

const localPage = `Origin: http://127.0.0.1:${target.port}`;

cases('pages of other sites', [
  ...[
    'evil.example',
    `evil.example:${target.port}`,
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'localhost@evil.example',
    '169.254.169.254',
    '0.0.0.0',
    '[::ffff:7f00:1]',
    'localhost:80:80',
    '',
  ].map((host): HostileCase => ({
    name: `a name of theirs that leads here: ${JSON.stringify(host)}`,
    bytes: get('/jobs', [asOperator, `Host: ${host}`]),
    status: 403,
    code: 'FORBIDDEN',
    says: /host name that is not this service/,
  })),
  ...[
    'https://evil.example',
    'null',
    'http://www.gexbot.com',
    'https://www.gexbot.com.evil.example',
    'https://evilgexbot.com',
    'https://www.gexbot.com:8443',
    'https://www.gexbot.com/',
    'file://',
    `https://localhost:${target.port}x`,
  ].map((from): HostileCase => ({
    name: `a POST of a page of ${from}`,
    bytes: post(importPath, { url }, [`Origin: ${from}`]),
    status: 403,
    code: 'FORBIDDEN',
    headers: { 'access-control-allow-origin': null },
  })),
  {
    name: 'a POST as a form would send it, without asking first',
    bytes: post(importPath, { url }, ['Origin: https://evil.example', 'Content-Type: text/plain']),
    status: 403,
    code: 'FORBIDDEN',
  },
  {
    name: 'reading, which the browser keeps from the page',
    bytes: get('/jobs', [asOperator, 'Origin: https://evil.example']),
    status: 200,
    code: null,
    headers: { 'access-control-allow-origin': null, 'access-control-allow-credentials': null },
  },
  {
    name: 'asking first',
    bytes: request('OPTIONS', importPath, [
      'Origin: https://evil.example',
      'Access-Control-Request-Method: POST',
      'Access-Control-Request-Private-Network: true',
    ]),
    status: 204,
    code: null,
    headers: { 'access-control-allow-origin': null, 'access-control-allow-private-network': null },
  },
  {
    name: 'a host name from a header that only proxies set',
    bytes: get('/jobs', [asOperator, 'Host: evil.example', 'X-Forwarded-Host: localhost']),
    status: 403,
    code: 'FORBIDDEN',
  },
  {
    name: 'our own page may',
    bytes: post(importPath, { url: 'file:///x' }, [localPage, `Host: 127.0.0.1:${target.port}`]),
    status: 422,
    code: 'SOURCE_NOT_ALLOWED',
  },
]);

cases(
  'idempotency keys',
  ['', 'x'.repeat(256)].map((key): HostileCase => ({
    name: `of ${key.length} letters`,
    bytes: post(importPath, { url }, [`Idempotency-Key: ${key}`]),
    status: 422,
    code: 'REQUEST_INVALID',
    says: /idempotency-key/,
  })),
);

test('a key that somebody else has used is not theirs, and a key is good for one file', async () => {
  const send = (name: string) =>
    post(`${importPath}?wait=60`, { url: origin.url(`/key/${name}/${file}?sig=${secret}`) }, ['Idempotency-Key: one']);
  const [first] = await target.send(send('a'));
  assert.equal(first?.status, 200, first?.body);
  await attack(target, { name: '', bytes: send('b'), status: 422, code: 'IDEMPOTENCY_CONFLICT', says: /\/key\/a\// });
});

test('after all of that', async () => checkUnharmed(target, { failures: ['DOWNLOAD_NOT_FOUND'] }));
