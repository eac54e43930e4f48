import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { newToken, parseTokenEntry, formatTokenEntry } from '../../src/core/tokens.ts';
import { startOrigin } from '../support/origin.ts';
import {
  asOperator,
  asViewer,
  attack,
  checkUnharmed,
  get,
  post,
  secret,
  startTarget,
  tokens,
  type HostileCase,
} from './hostile-service.ts';
import { request } from './wire.ts';

/* Requests that are not what they should be. Each gets the one answer that the tables say, and nothing comes of it. */

const origin = await startOrigin();
after(() => origin.close());
const target = await startTarget({ after }, { env: { GEXLAKE_SOURCE_ALLOW: origin.origin } });

const file = '2025-10-22_SPX_classic_gex_zero.json';
const url = `https://hist.gex.bot/${file}?sig=${secret}`;
const importPath = '/gex_history_url';
const noJob = '0'.repeat(32);
const json = 'Content-Type: application/json';

function cases(title: string, list: readonly HostileCase[]): void {
  suite(title, () => {
    for (const hostile of list) test(hostile.name, async () => attack(target, hostile));
  });
}

/** Bodies of an import that are read, but not obeyed. */
function invalid(
  name: string,
  body: unknown,
  code: HostileCase['code'] = 'REQUEST_INVALID',
  says?: RegExp,
): HostileCase {
  return { name, bytes: post(importPath, body), status: 422, code, ...(says === undefined ? {} : { says }) };
}

function unreadable(name: string, bytes: Uint8Array): HostileCase {
  return { name, bytes, status: 400, code: 'REQUEST_UNREADABLE' };
}

/** JSON of so many arrays, one in the other. */
function deep(levels: number): string {
  return `${'['.repeat(levels)}${']'.repeat(levels)}`;
}

cases('bodies that cannot be read', [
  unreadable('half of an object', post(importPath, `{"url":"${url}`)),
  unreadable('not JSON', post(importPath, `url=${url}`)),
  unreadable('JSON and more', post(importPath, `{"url":"${url}"}{"url":"${url}"}`)),
  unreadable('a comment', post(importPath, `{"url":"${url}"} // ${secret}`)),
  unreadable('NaN', post(importPath, `{"url":"${url}","x":NaN}`)),
  unreadable('a line end inside a text', post(importPath, `{"url":"https://hist.gex.bot/\r\n${file}"}`)),
  unreadable('bytes that are not UTF-8', post(importPath, Buffer.from(`{"url":"${url}","note":"\xff\xfe"}`, 'latin1'))),
  unreadable('UTF-16', post(importPath, Buffer.from(`\ufeff{"url":"${url}"}`, 'utf16le'))),
  unreadable('compressed bytes', post(importPath, Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]), ['Content-Encoding: gzip'])),
  unreadable('__proto__', post(importPath, `{"url":"${url}","__proto__":{"publish":false}}`)),
  unreadable('__proto__ in escapes', post(importPath, `{"url":"${url}","\\u005f_proto__":{"x":1}}`)),
  unreadable('__proto__ further inside', post(importPath, `{"url":"${url}","x":[{"__proto__":{"x":1}}]}`)),
  unreadable('constructor.prototype', post(importPath, `{"url":"${url}","constructor":{"prototype":{"x":1}}}`)),
  unreadable('half a surrogate as a name of __proto__', post(importPath, `{"url":"${url}","__proto__":null}`)),
]);

cases('bodies that are something else', [
  invalid('nothing', ''),
  invalid('null', 'null'),
  invalid('true', 'true'),
  invalid('a number', '1e999'),
  invalid('a text', JSON.stringify(url)),
  invalid('an array', [{ url }]),
  invalid('no URL', { ticker: 'SPX' }),
  invalid('a URL by another name', { URL: url, uri: url }),
  ...[null, 1, true, [], {}, [url], { href: url }].map((value) =>
    invalid(`the URL is ${JSON.stringify(value)}`, { url: value }, 'REQUEST_INVALID', /field "url"/),
  ),
  invalid('the URL is empty', { url: '' }),
  invalid('the URL is white space', { url: ' \n ' }, 'SOURCE_NOT_ALLOWED'),
  invalid('the URL is too long', { url: `https://hist.gex.bot/${'a'.repeat(8_192)}/${file}` }),
  ...['ticker', 'symbol', 'endpoint', 'gex_type', 'type', 'feed', 'kind', 'date', 'session_date'].flatMap((field) => [
    invalid(`${field} is a number`, { url, [field]: 1 }, 'REQUEST_INVALID', new RegExp(`field "${field}"`)),
    invalid(`${field} is an object`, { url, [field]: { toString: secret } }, 'REQUEST_INVALID'),
  ]),
  invalid('publish is a text', { url, publish: 'false' }, 'REQUEST_INVALID', /field "publish"/),
  invalid('publish is a number', { url, publish: 0 }),
  invalid('10,000 levels', `{"url":"${url}","x":${deep(10_000)}}`, 'REQUEST_INVALID', /levels deep/),
  invalid('30,000 levels', `{"url":"${url}","x":${deep(30_000)}}`, 'REQUEST_INVALID', /levels deep/),
  invalid('10,000 levels and no URL', deep(10_000)),
  invalid('17 levels', `{"url":"${url}","x":${deep(17)}}`, 'REQUEST_INVALID', /levels deep/),
]);

cases('tickers, endpoints, dates and names that lead elsewhere', [
  ...[
    '../../../etc',
    '..',
    '.',
    '/etc/passwd',
    'SPX/../NDX',
    'SPX\\..\\NDX',
    '..%2f..%2fetc',
    'SPX\u0000',
    'SPX\r\nX-Injected: 1',
    'SPX\n{"level":60,"msg":"forged"}',
    '\u001b[2J\u001b[31mSPX',
    'SPX..',
    'A'.repeat(33),
    'ＳＰＸ',
    'SPX\u202eXDN',
    '$(id)',
    "'; DROP TABLE import_jobs; --",
    '~root',
    '-rf',
  ].map((ticker) =>
    invalid(
      `ticker ${JSON.stringify(ticker)}`,
      { url: 'https://hist.gex.bot/a.json', ticker, endpoint: 'gex_zero' },
      'TICKER_INVALID',
    ),
  ),
  ...[
    '../gex_zero',
    '__proto__',
    'constructor',
    'toString',
    'gex_zero\u0000',
    'gex_zero/../..',
    'gex_zero\r\nX: 1',
    '%67ex_zero',
    '*',
  ].map((endpoint) =>
    invalid(
      `endpoint ${JSON.stringify(endpoint)}`,
      { url: 'https://hist.gex.bot/a.json', ticker: 'SPX', endpoint },
      'ENDPOINT_UNKNOWN',
    ),
  ),
  ...['2025-02-30', '2025-13-01', '0000-00-00', '../../2025', '2025-10-22T00:00', '20251022', "2025-10-22'--"].map(
    (date) =>
      invalid(
        `date ${JSON.stringify(date)}`,
        { url: 'https://hist.gex.bot/a.json', ticker: 'SPX', endpoint: 'zero', date },
        'SESSION_DATE_INVALID',
      ),
  ),
  ...[
    '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '..%5c..%5cetc',
    `..%2f${file}`,
    `a%00${file}`,
    `${file}%00.txt`,
    `a%0d%0a${file}`,
    `a%1b%5b2J${file}`,
    '.hidden.json',
    '%2e%2e',
    '..',
    '',
    `${'x'.repeat(201)}.json`,
    `${'é'.repeat(101)}.json`,
  ].map((name) =>
    invalid(
      `file name ${JSON.stringify(name.slice(0, 40))}`,
      { url: `https://hist.gex.bot/${name}`, ticker: 'SPX', endpoint: 'zero' },
      'SOURCE_NAME_UNSAFE',
    ),
  ),
  invalid(
    'a ticker that leaves, in the file name',
    { url: 'https://hist.gex.bot/2025-10-22_.._classic_gex_zero.json' },
    'TICKER_INVALID',
  ),
  invalid(
    'a day that is none, in the file name',
    { url: 'https://hist.gex.bot/2025-02-30_SPX_classic_gex_zero.json' },
    'SESSION_DATE_INVALID',
  ),
  invalid('neither name nor fields say what it is', { url: 'https://hist.gex.bot/a.json' }, 'SOURCE_UNIDENTIFIED'),
]);

cases('bodies that are too large, or lie about their size', [
  {
    name: 'one byte more than allowed',
    bytes: post(importPath, `{"url":"${url}"}`.padEnd(65_537)),
    status: 413,
    code: 'BODY_TOO_LARGE',
  },
  {
    name: 'says 10 GB and sends nothing',
    bytes: post(importPath, '', ['Content-Length: 10000000000']),
    status: 413,
    code: 'BODY_TOO_LARGE',
  },
  {
    name: 'a megabyte in chunks',
    bytes: post(importPath, `${'4000\r\n' + 'x'.repeat(0x4000)}\r\n`.repeat(64) + '0\r\n\r\n', [
      'Transfer-Encoding: chunked',
    ]),
    status: 413,
    code: 'BODY_TOO_LARGE',
  },
  {
    name: 'from somebody who is not known: not even read',
    bytes: post(importPath, '', ['Content-Length: 10000000000', 'Authorization: Bearer nobody']),
    status: 401,
    code: 'UNAUTHORIZED',
  },
]);

cases('content types', [
  ...[
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'text/html',
    'application/json-patch+json',
    'application/octet-stream',
    'json',
    `x/${secret}`,
  ].map((type): HostileCase => ({
    name: type.replace(secret, '…'),
    bytes: post(importPath, { url }, [`Content-Type: ${type}`]),
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  })),
  {
    name: 'none',
    bytes: request('POST', importPath, [asOperator], JSON.stringify({ url })),
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
]);

/** Who may not, and what they may not. */
function unknown(name: string, lines: readonly string[]): HostileCase {
  const bytes = post(
    importPath,
    { url },
    lines.some((line) => /^authorization:/i.test(line)) ? lines : [...lines, 'Authorization:'],
  );
  return { name, bytes, status: 401, code: 'UNAUTHORIZED', headers: { 'www-authenticate': 'Bearer realm="gexlake"' } };
}

const hash = parseTokenEntry(formatTokenEntry('x', 'operator', tokens.operator))?.sha256 ?? '';

cases('tokens', [
  unknown('none', []),
  unknown('one that was never given out', [`Authorization: Bearer ${newToken()}`]),
  unknown('an empty one', ['Authorization: Bearer ']),
  unknown('one with something behind it', [`Authorization: Bearer ${tokens.operator} x`]),
  unknown('one with a letter more', [`Authorization: Bearer ${tokens.operator}x`]),
  unknown('one with a letter less', [`Authorization: Bearer ${tokens.operator.slice(0, -1)}`]),
  unknown('in capitals', [`Authorization: Bearer ${tokens.operator.toUpperCase()}`]),
  unknown('its hash, which the configuration has', [`Authorization: Bearer ${hash}`]),
  unknown('its whole entry', [`Authorization: Bearer the-operator:operator:${hash}`]),
  unknown('the name of its holder', ['Authorization: Bearer the-operator']),
  unknown('by another scheme', [
    `Authorization: Basic ${Buffer.from(`the-operator:${tokens.operator}`).toString('base64')}`,
  ]),
  unknown('without a scheme', [`Authorization: ${tokens.operator}`]),
  unknown('a very long one', [`Authorization: Bearer ${'x'.repeat(8_000)}`]),
  unknown('bytes', ['Authorization: Bearer \xff\xfe']),
  unknown('two, the first unknown', ['Authorization: Bearer nobody', asOperator]),
  unknown('in a cookie', [`Cookie: token=${tokens.operator}; Authorization=Bearer ${tokens.operator}`]),
  unknown('in another header', [`X-Api-Key: ${tokens.operator}`, `Proxy-Authorization: Bearer ${tokens.operator}`]),
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

/** A request that is written out, with the operator's token. */
function raw(...lines: readonly string[]): Buffer {
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

const body = JSON.stringify({ url });

cases('requests that are none, or two', [
  unreadable('nothing that is HTTP', raw('hello', '', '')),
  unreadable('TLS', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0x0d, 0x0a, 0x0d, 0x0a])),
  unreadable('HTTP/0.9', raw('GET /jobs', '', '')),
  unreadable('HTTP/2 with its preface', raw('PRI * HTTP/2.0', '', 'SM', '', '')),
  unreadable('HTTP/9.9', raw('GET /jobs HTTP/9.9', 'Host: localhost', '', '')),
  unreadable('a method that there is not', raw('STEAL /jobs HTTP/1.1', 'Host: localhost', '', '')),
  unreadable('a method in small letters', raw('get /jobs HTTP/1.1', 'Host: localhost', '', '')),
  unreadable('no host', raw('GET /jobs HTTP/1.1', asOperator, '', '')),
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
    bytes: request('POST', '/jobs', [asOperator, json, 'X-HTTP-Method-Override: DELETE'], '{}'),
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
  },
  {
    name: 'asking to be a proxy',
    bytes: get(`http://127.0.0.1:${target.trap.port}/jobs`),
    status: 404,
    code: 'ROUTE_UNKNOWN',
  },
  {
    name: 'asking for a tunnel',
    bytes: request('CONNECT', `127.0.0.1:${target.trap.port}`, [asOperator]),
    status: 400,
    code: 'REQUEST_UNREADABLE',
  },
  {
    name: 'another protocol',
    bytes: get('/jobs', [asOperator, 'Connection: Upgrade', 'Upgrade: websocket']),
    status: 200,
    code: null,
  },
  {
    name: 'an expectation that nobody has',
    bytes: get('/jobs', [asOperator, 'Expect: 200-ok']),
    status: 417,
    code: 'REQUEST_UNREADABLE',
  },
]);

cases('paths', [
  ...[
    '/',
    '/etc/passwd',
    '/../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/docs/../../package.json',
    '/docs/static/../../../package.json',
    '/docs/static/%2e%2e/%2e%2e/package.json',
    '/docs/static/..%2f..%2f..%2fpackage.json',
    '/docs/static/..%5c..%5cpackage.json',
    '/docs/static/%00',
    '//evil.example/jobs',
    '/jobs/../files',
    '/JOBS',
    '/jobs/',
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
  ...['0', '-1', '501', '1.5', '1e400', 'NaN', 'Infinity', '', '50;drop', '0x10', '99999999999999999999'].map((limit) =>
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
  {
    name: 'a cursor that nobody gave out, but could have',
    bytes: get(`/files?cursor=${cursor([now, "../../etc/passwd' --", noJob])}`),
    status: 200,
    code: null,
    says: /"files":\[\]/,
  },
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

cases('idempotency keys', [
  ...[
    ['an empty one', ''],
    ['a very long one', 'x'.repeat(256)],
  ].map(([name = '', key = '']): HostileCase => ({
    name,
    bytes: post(importPath, { url }, [`Idempotency-Key: ${key}`]),
    status: 422,
    code: 'REQUEST_INVALID',
    says: /idempotency-key/,
  })),
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

test('a URL that is named twice is the last one, for the check and for the job', async () => {
  const good = origin.url(`/twice/${file}`);
  const bad = `http://127.0.0.1:${target.trap.port}/${file}`;
  const both = (first: string, last: string) => post(importPath, `{"url":"${first}","url":"${last}"}`);
  await attack(target, { name: '', bytes: both(good, bad), status: 422, code: 'SOURCE_NOT_ALLOWED' });
  await attack(target, { name: '', bytes: both(bad, good), status: 202, code: null, says: /\/twice\//, jobs: 1 });
});

test('names of every object are names like any other', async () => {
  const fields = {
    url: origin.url(`/names/${file}`),
    constructor: 'x',
    hasOwnProperty: 1,
    toString: null,
    then: true,
    length: -1,
  };
  const bytes = post(`${importPath}?wait=60`, fields);
  const [answer] = await target.send(bytes);
  assert.equal(answer?.status, 200, answer?.body);
  const { job_id } = JSON.parse(answer?.body ?? '') as { job_id: string };
  const job = await target.get<{ request: { fields: unknown } }>(`/jobs/${job_id}`);
  const { url: _url, ...kept } = fields;
  assert.deepEqual(job.request.fields, kept);
});

test('fields with line ends and escapes stay data: in the log of jobs, and out of the log of the service', async () => {
  const forged = '\r\n{"level":30,"msg":"forged"}\u001b[2J';
  const bytes = post(
    `${importPath}?wait=60`,
    { url: origin.url(`/forged/${file}`), ticker: `SPX${forged}`, note: forged },
    [`User-Agent: \x1b[2Jforged ${secret}`, `Idempotency-Key: \x1b[2Jforged`],
  );
  const [answer] = await target.send(bytes);
  assert.equal(answer?.status, 200, answer?.body);
  const { job_id } = JSON.parse(answer?.body ?? '') as { job_id: string };
  const { events } = await target.get<{ events: { event: string; detail: string }[] }>(`/jobs/${job_id}`);
  const noted = events.find(({ event }) => event === 'contradiction');
  assert.match(noted?.detail ?? '', /^[^\p{Cc}]+$/u);
  assert.doesNotMatch(target.log(), /^\{[^\n]*"msg":"forged"/m);
  assert.ok(!target.log().includes('\u001b'));
});

test('a key that somebody else has used is not theirs, and a key is good for one file', async () => {
  const send = (name: string) =>
    post(`${importPath}?wait=60`, { url: origin.url(`/key/${name}/${file}?sig=${secret}`) }, ['Idempotency-Key: one']);
  const [first] = await target.send(send('a'));
  assert.equal(first?.status, 200, first?.body);
  await attack(target, { name: '', bytes: send('b'), status: 422, code: 'IDEMPOTENCY_CONFLICT', says: /\/key\/a\// });
});

test('after all of that', async () => checkUnharmed(target, { failures: ['DOWNLOAD_NOT_FOUND'] }));
