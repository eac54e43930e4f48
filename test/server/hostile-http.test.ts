import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  asOperator,
  casesAgainst,
  checkUnharmed,
  get,
  importPath,
  noJob,
  post,
  secret,
  sourceOf,
  startTarget,
  unreadable,
  type HostileCase,
} from './hostile-service.ts';
import { request } from './wire.ts';

/* HTTP that is none, or two requests in one; paths, queries and cursors that nobody gave out. */

const target = await startTarget({ after });
const url = sourceOf(target);
const cases = casesAgainst(target);

/** A request that is written out. */
function raw(...lines: readonly string[]): Buffer {
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

const body = JSON.stringify({ url });

cases('requests that are none, or two', [
  unreadable('nothing that is HTTP', raw('hello', '', '')),
  unreadable('TLS', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0x0d, 0x0a, 0x0d, 0x0a])),
  unreadable('HTTP/2 with its preface', raw('PRI * HTTP/2.0', '', 'SM', '', '')),
  unreadable('HTTP/9.9', raw('GET /jobs HTTP/9.9', 'Host: localhost', '', '')),
  unreadable('a method that there is not', raw('STEAL /jobs HTTP/1.1', 'Host: localhost', '', '')),
  unreadable('a method in small letters', raw('get /jobs HTTP/1.1', 'Host: localhost', '', '')),
  unreadable('no host', raw('GET /jobs HTTP/1.1', 'Connection: close', asOperator, '', '')),
  unreadable('two hosts', get('/jobs', [asOperator, 'Host: localhost', 'Host: evil.example'])),
  unreadable('two lengths', post(importPath, body, [`Content-Length: ${body.length}`, 'Content-Length: 5'])),
  unreadable(
    'a length and chunks',
    post(importPath, `0\r\n\r\nGET /jobs HTTP/1.1\r\nHost: localhost\r\n\r\n`, [
      'Content-Length: 4',
      'Transfer-Encoding: chunked',
    ]),
  ),
  unreadable(
    'chunks and a length',
    post(importPath, `0\r\n\r\nGET /jobs HTTP/1.1\r\n\r\n`, ['Transfer-Encoding: chunked', 'Content-Length: 4']),
  ),
  unreadable('chunks by a name that is nearly theirs', post(importPath, '0\r\n\r\n', ['Transfer-Encoding: xchunked'])),
  unreadable('chunks, and then not', post(importPath, '0\r\n\r\n', ['Transfer-Encoding: chunked, identity'])),
  unreadable(
    'chunks twice',
    post(importPath, '0\r\n\r\n', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity']),
  ),
  unreadable('white space before a colon', post(importPath, '0\r\n\r\n', ['Transfer-Encoding : chunked'])),
  unreadable('a header over two lines', post(importPath, '0\r\n\r\n', ['Transfer-Encoding:', ' chunked'])),
  unreadable('a length below nothing', post(importPath, body, ['Content-Length: -1'])),
  unreadable('a length with a sign', post(importPath, body, [`Content-Length: +${body.length}`])),
  unreadable('a length in hexadecimal', post(importPath, body, ['Content-Length: 0x10'])),
  unreadable('a length beyond all numbers', post(importPath, body, [`Content-Length: ${'9'.repeat(40)}`])),
  unreadable('a chunk that is no number', post(importPath, 'zz\r\nx\r\n0\r\n\r\n', ['Transfer-Encoding: chunked'])),
  unreadable(
    'a chunk beyond all numbers',
    post(importPath, 'ffffffffffffffffff\r\nx\r\n0\r\n\r\n', ['Transfer-Encoding: chunked']),
  ),
  unreadable('lines that end in CR alone', raw('GET /jobs HTTP/1.1\rHost: localhost\r\r', '', '')),
  unreadable('NUL in a header', get('/jobs', [asOperator, 'X-Test: a\0b'])),
  unreadable('CR in a header', get('/jobs', [asOperator, 'X-Test: a\rX-Forged: b'])),
  unreadable('white space in the path', get('/jobs x')),
  unreadable('a half escape in the path', get('/jobs/%E0%A4%A')),
  {
    name: 'headers without end',
    bytes: get('/jobs', [asOperator, `X-Long: ${'x'.repeat(20_000)}`]),
    status: 431,
    code: 'HEADERS_TOO_LARGE',
  },
  {
    name: 'two thousand headers',
    bytes: get('/jobs', [asOperator, ...Array.from({ length: 2_000 }, (_, at) => `X-${at}: ${at}`)]),
    status: 431,
    code: 'HEADERS_TOO_LARGE',
  },
  { name: 'a path without end', bytes: get(`/${'x'.repeat(20_000)}`), status: 431, code: 'HEADERS_TOO_LARGE' },
  { name: 'HTTP/0.9', bytes: raw('GET /jobs', '', ''), status: 403, code: 'FORBIDDEN' },
  { name: 'HTTP/1.0', bytes: raw('GET /health HTTP/1.0', 'Host: localhost', '', ''), status: 200, code: null },
  {
    name: 'HTTP/1.0 without a host',
    bytes: raw('GET /jobs HTTP/1.0', asOperator, '', ''),
    status: 403,
    code: 'FORBIDDEN',
  },
  { name: 'HEAD', bytes: request('HEAD', '/jobs', [asOperator]), status: 200, code: null, says: /^$/ },
  { name: 'HEAD without a token', bytes: request('HEAD', '/jobs'), status: 401, code: null, says: /^$/ },
  ...['PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND'].map((method): HostileCase => ({
    name: method,
    bytes: request(method, '/jobs', [asOperator]),
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    headers: { allow: 'GET, HEAD' },
  })),
  {
    name: 'GET where only POST is',
    bytes: get(importPath),
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    headers: { allow: 'POST' },
  },
  {
    name: 'DELETE in disguise',
    bytes: request(
      'POST',
      '/jobs',
      [asOperator, 'Content-Type: application/json', 'X-HTTP-Method-Override: DELETE'],
      '{}',
    ),
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
  },
  {
    name: 'asking to be a proxy: the path alone counts',
    bytes: get(`http://127.0.0.1:${target.trap.port}/health`),
    status: 200,
    code: null,
    says: /"live":true/,
  },
  {
    name: 'another protocol',
    bytes: get('/jobs', [asOperator, 'Connection: upgrade, close', 'Upgrade: websocket']),
    status: 200,
    code: null,
  },
  {
    name: 'an expectation that nobody has',
    bytes: get('/jobs', [asOperator, 'Expect: 200-ok']),
    status: 417,
    code: null,
    says: /^$/,
  },
]);

cases('paths', [
  ...[
    '/',
    '/etc/passwd',
    '/../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/docs/../../package.json',
    '/docs/static/..%2f..%2f..%2fpackage.json',
    '//evil.example/jobs',
    '/jobs/../files',
    '/JOBS',
    '/jobs%00',
    '/jobs;/x',
    '/.git/config',
    '/.env',
    '/gex_history.db',
    '/data/gex_history.db',
    `/<script>alert(1)</script>`,
    `/${secret.replace(secret, 'x')}%0d%0aX-Forged:%201`,
  ].map((path): HostileCase => ({
    name: path,
    bytes: get(path),
    status: 404,
    code: 'ROUTE_UNKNOWN',
    headers: { 'x-forged': null },
  })),
  ...[
    '..',
    '%2e%2e%2fhealth',
    'x',
    noJob.slice(1),
    `${noJob}0`,
    noJob.replace('0', 'G'),
    "' OR 1=1 --",
    '%00',
    '1 UNION SELECT 1',
  ].map((id): HostileCase => ({
    name: `the job ${id}`,
    bytes: get(`/jobs/${id.includes('%') ? id : encodeURIComponent(id)}`),
    status: id === '..' ? 422 : 422,
    code: 'REQUEST_INVALID',
    says: /path field "id"/,
  })),
  ...['../../../package.json', '%2e%2e/%2e%2e/package.json', '..%5c..%5cpackage.json', '%00', '..%2f%00'].map((name) =>
    unreadable(`/docs/static/${name}`, get(`/docs/static/${name}`)),
  ),
  { name: 'a job without an id', bytes: get('/jobs/'), status: 422, code: 'REQUEST_INVALID' },
  { name: 'a job that there is not', bytes: get(`/jobs/${noJob}`), status: 404, code: 'JOB_NOT_FOUND' },
  ...['retry', 'cancel'].map((verb): HostileCase => ({
    name: `${verb} of a job that there is not`,
    bytes: post(`/jobs/${noJob}/${verb}`, ''),
    status: 404,
    code: 'JOB_NOT_FOUND',
  })),
  {
    name: 'a correction of a job that there is not',
    bytes: post(`/jobs/${noJob}/corrections`, { url, reason: 'because' }),
    status: 404,
    code: 'JOB_NOT_FOUND',
  },
]);

/** A query that does not fit. */
function query(path: string, code: HostileCase['code'] = 'REQUEST_INVALID'): HostileCase {
  return { name: path, bytes: get(path), status: 422, code };
}

/** A cursor as the service makes them, of anything. */
function cursor(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

const now = '2026-02-25T15:00:00.000Z';

cases('queries', [
  ...['0', '-1', '501', '1.5', '1e400', 'NaN', 'Infinity', '', '50;drop', '99999999999999999999'].map((limit) =>
    query(`/jobs?limit=${limit}`),
  ),
  query('/jobs?limit=1&limit=2'),
  query('/jobs?status=running'),
  query('/jobs?status=__proto__'),
  query('/jobs?__proto__=1'),
  query('/jobs?constructor=1'),
  query('/jobs?status[]=failed'),
  query("/jobs?ticker=';DROP%20TABLE%20import_jobs;--", 'TICKER_INVALID'),
  query('/jobs?ticker=../..', 'TICKER_INVALID'),
  query('/jobs?ticker=%00', 'TICKER_INVALID'),
  query(`/jobs?ticker=${'A'.repeat(65)}`),
  query('/jobs?endpoint=constructor', 'ENDPOINT_UNKNOWN'),
  query('/jobs?session_date=2025-02-30'),
  query("/files?session_date_from=2025-10-22'"),
  query('/files?job_id=1'),
  query(`/files?dataset=${secret}`),
  ...[
    'AAAA',
    '!!!!',
    '%00',
    cursor({}),
    cursor([]),
    cursor(['x', 'y']),
    cursor([now]),
    cursor([now, 1]),
    cursor([now, 'a', 'b']),
    cursor(["' OR 1=1 --", 'x']),
    'A'.repeat(601),
  ].map((text) => query(`/jobs?cursor=${text}`)),
  ...[
    cursor([now, 'a']),
    cursor(['1', 'a', 'b']),
    cursor(['March 7', 'a', 'b']),
    cursor(['+275760-09-13T00:00:00.000Z', 'a', 'b']),
    cursor(["2026' OR '1'='1", 'a', 'b']),
  ].map((text) => query(`/files?cursor=${text}`)),
  ...['-1', 'NaN', '3601', 'soon', '1&wait=2', ''].map((wait): HostileCase => ({
    name: `wait=${wait}`,
    bytes: post(`${importPath}?wait=${wait}`, { url }),
    status: 422,
    code: 'REQUEST_INVALID',
  })),
  ...["../../etc/passwd' --", 'a\0b'].map((path): HostileCase => ({
    name: `a cursor that nobody gave out, but could have: ${JSON.stringify(path)}`,
    bytes: get(`/files?cursor=${cursor([now, path, noJob])}`),
    status: 200,
    code: null,
    says: /"files":\[\]/,
  })),
]);

cases('corrections', [
  ...['', ' ', '\t\n', 'x'.repeat(1_001), null, 1, ['because']].map((reason): HostileCase => ({
    name: `for the reason ${JSON.stringify(reason).slice(0, 20)}`,
    bytes: post(`/jobs/${noJob}/corrections`, { url, reason }),
    status: 422,
    code: 'REQUEST_INVALID',
  })),
  {
    name: 'with a field that nobody knows',
    bytes: post(`/jobs/${noJob}/corrections`, { url, reason: 'because', actor: 'somebody else' }),
    status: 422,
    code: 'REQUEST_INVALID',
    says: /"actor"/,
  },
]);

cases('following events from a place that there is not', [
  {
    name: 'a very long one',
    bytes: get('/events', [asOperator, `Last-Event-ID: ${'9'.repeat(21)}`]),
    status: 422,
    code: 'REQUEST_INVALID',
  },
  { name: 'by POST', bytes: post('/events', {}), status: 405, code: 'METHOD_NOT_ALLOWED' },
]);

test('a tunnel is not even answered', async () => {
  assert.deepEqual(await target.send(request('CONNECT', `127.0.0.1:${target.trap.port}`, [asOperator])), []);
});

test('after all of that', async () => checkUnharmed(target));
