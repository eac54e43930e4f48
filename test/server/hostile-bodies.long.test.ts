import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  asOperator,
  attack,
  casesAgainst,
  checkUnharmed,
  file,
  importPath,
  post,
  secret,
  sourceOf,
  startTarget,
  unreadable,
  type HostileCase,
} from './hostile-service.ts';
import { request } from './wire.ts';

/* Bodies that are not what they should be: broken, too large, too deep, of other types, and with names that lead elsewhere. */

const target = await startTarget({ after });
const { origin } = target;
const url = sourceOf(target);
const cases = casesAgainst(target);

/** Bodies of an import that are read, but not obeyed. */
function invalid(
  name: string,
  body: unknown,
  code: HostileCase['code'] = 'REQUEST_INVALID',
  says?: RegExp,
): HostileCase {
  return { name, bytes: post(importPath, body), status: 422, code, ...(says === undefined ? {} : { says }) };
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
  unreadable('a line end inside a text', post(importPath, `{"url":"${origin.origin}/\r\n${file}"}`)),
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
  invalid('the URL is too long', { url: `${origin.origin}/${'a'.repeat(8_192)}/${file}` }),
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
      { url: origin.url('/a.json'), ticker, endpoint: 'gex_zero' },
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
      { url: origin.url('/a.json'), ticker: 'SPX', endpoint },
      'ENDPOINT_UNKNOWN',
    ),
  ),
  ...['2025-02-30', '2025-13-01', '0000-00-00', '../../2025', '2025-10-22T00:00', '20251022', "2025-10-22'--"].map(
    (date) =>
      invalid(
        `date ${JSON.stringify(date)}`,
        { url: origin.url('/a.json'), ticker: 'SPX', endpoint: 'zero', date },
        'SESSION_DATE_INVALID',
      ),
  ),
  ...[
    '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '..%5c..%5cetc',
    `${file}%00.txt`,
    `a%0d%0a${file}`,
    '.hidden.json',
    '%2e%2e',
    '..',
    '',
    `${'x'.repeat(201)}.json`,
    `${'é'.repeat(101)}.json`,
  ].map((name) =>
    invalid(
      `file name ${JSON.stringify(name.slice(0, 40))}`,
      { url: origin.url(`/${name}`), ticker: 'SPX', endpoint: 'zero' },
      'SOURCE_NAME_UNSAFE',
    ),
  ),
  ...[`..%2f${file}`, `a%00${file}`, `a%1b%5b2J${file}`].map((name) =>
    invalid(`ticker in the file name ${JSON.stringify(name)}`, { url: origin.url(`/${name}`) }, 'TICKER_INVALID'),
  ),
  invalid(
    'a ticker that leaves, in the file name',
    { url: origin.url('/2025-10-22_.._classic_gex_zero.json') },
    'TICKER_INVALID',
  ),
  invalid(
    'a day that is none, in the file name',
    { url: origin.url('/2025-02-30_SPX_classic_gex_zero.json') },
    'SESSION_DATE_INVALID',
  ),
  invalid('neither name nor fields say what it is', { url: origin.url('/a.json') }, 'SOURCE_UNIDENTIFIED'),
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
    name: 'a form that is one',
    bytes: post(importPath, `url=${encodeURIComponent(url)}`, ['Content-Type: application/x-www-form-urlencoded']),
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
  {
    name: 'none, and no JSON',
    bytes: request('POST', importPath, [asOperator], `url=${encodeURIComponent(url)}`),
    status: 400,
    code: 'REQUEST_UNREADABLE',
  },
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
    [`User-Agent: {"level":30,"msg":"forged"} ${secret}`, 'Idempotency-Key: {"msg":"forged"}'],
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

test('after all of that', async () => checkUnharmed(target, { failures: ['DOWNLOAD_NOT_FOUND'] }));
