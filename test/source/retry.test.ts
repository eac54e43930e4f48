import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { continuedTotal, rangeHeaders, versionOf } from '../../src/source/resume.ts';
import { backoff_ms, retryAfter_ms } from '../../src/source/retry.ts';

const limits = { retry_base_ms: 500, retry_cap_ms: 3000 };

function head(values: Readonly<Record<string, string | readonly string[]>>, url = 'https://hist.gex.bot/a.json') {
  return { url: new URL(url), fields: (name: string) => [values[name] ?? []].flat() };
}

suite('waiting between attempts', () => {
  test('the longest wait doubles up to the cap', () => {
    const waits = [1, 2, 3, 4, 5, 50].map((attempt) => backoff_ms(attempt, limits, () => 1));
    assert.deepEqual(waits, [500, 1000, 2000, 3000, 3000, 3000]);
  });

  test('the jitter is full', () => {
    assert.equal(
      backoff_ms(3, limits, () => 0),
      0,
    );
    assert.equal(
      backoff_ms(3, limits, () => 0.25),
      500,
    );
  });

  test('Retry-After is honoured in seconds and as a date, within the cap', () => {
    const now_ms = Date.parse('2026-02-25T15:00:00Z');
    const asked = [
      '2',
      '0',
      '600',
      'Wed, 25 Feb 2026 15:00:01 GMT',
      'Wed, 25 Feb 2026 14:00:00 GMT',
      'soon',
      '-1',
      null,
    ];
    assert.deepEqual(
      asked.map((header) => retryAfter_ms(header, now_ms, limits)),
      [2000, 0, 3000, 1000, 0, null, 0, null],
    );
  });
});

suite('resuming', () => {
  const modified = 'Wed, 25 Feb 2026 21:00:00 GMT';
  const date = 'Wed, 25 Feb 2026 21:01:00 GMT';
  const length = { 'content-length': '100' };
  const strong = versionOf(head({ etag: '"a"', 'last-modified': modified, ...length }));
  const dated = versionOf(head({ etag: 'W/"a"', 'last-modified': modified, date, ...length }));

  test('a strong ETag makes a range, and so does a date that is a minute older than the answer, with a length', () => {
    assert.deepEqual(rangeHeaders(strong, 10), { range: 'bytes=10-', 'if-range': '"a"' });
    assert.deepEqual(rangeHeaders(dated, 10), { range: 'bytes=10-', 'if-range': modified });
    assert.equal(rangeHeaders(strong, 0), null);
  });

  const weak: readonly Readonly<Record<string, string | readonly string[]>>[] = [
    { etag: 'W/"a"', ...length },
    { etag: 'w/"a"', ...length },
    { etag: '""', ...length },
    { etag: 'a', ...length },
    { etag: ['"a"', '"b"'], ...length },
    { 'last-modified': modified, date },
    { 'last-modified': modified, ...length },
    { 'last-modified': modified, date: modified, ...length },
    { 'last-modified': modified, date: 'Wed, 25 Feb 2026 21:00:59 GMT', ...length },
    { 'last-modified': date, date: modified, ...length },
    { 'last-modified': [modified, modified], date, ...length },
    { 'last-modified': '1', date, ...length },
    { 'last-modified': modified, date: '2030', ...length },
  ];
  for (const values of weak) {
    test(`${JSON.stringify(values)} makes none`, () => {
      assert.equal(rangeHeaders(versionOf(head(values)), 10), null);
    });
  }

  const rest = { 'content-range': 'bytes 10-99/100', etag: '"a"' };
  const answers: readonly (readonly [string, Readonly<Record<string, string>>, boolean])[] = [
    ['the rest of the same version', rest, true],
    ['the rest with its length', { ...rest, 'content-length': '90', 'last-modified': modified }, true],
    ['another version', { ...rest, etag: '"b"' }, false],
    ['the same version, now weak', { ...rest, etag: 'W/"a"' }, false],
    ['no version', { 'content-range': 'bytes 10-99/100', 'last-modified': modified }, false],
    ['the same version of another time', { ...rest, 'last-modified': date }, false],
    ['another encoding', { ...rest, 'content-encoding': 'gzip' }, false],
    ['another start', { ...rest, 'content-range': 'bytes 0-99/100' }, false],
    ['another total', { ...rest, 'content-range': 'bytes 10-100/101' }, false],
    ['not to the end', { ...rest, 'content-range': 'bytes 10-50/100' }, false],
    ['an unknown total', { ...rest, 'content-range': 'bytes 10-99/*' }, false],
    ['more than its range', { ...rest, 'content-length': '91' }, false],
    ['no range', { etag: '"a"' }, false],
    ['several ranges', { etag: '"a"', 'content-type': 'multipart/byteranges; boundary=x' }, false],
  ];
  for (const [what, values, expected] of answers) {
    test(`${what} ${expected ? 'goes on' : 'does not go on'}`, () => {
      assert.equal(continuedTotal(head(values), strong, 10), expected ? 100 : null);
    });
  }

  test('from another address does not go on, unless only its signature differs', () => {
    const azure = (query: string) => `https://hist.gex.bot/a.json?sv=1&${query}`;
    const first = versionOf(head({ etag: '"a"', ...length }, azure('se=2026-02-25&sig=A')));
    assert.equal(continuedTotal(head(rest, azure('se=2026-02-26&sig=B')), first, 10), 100);
    assert.equal(continuedTotal(head(rest, azure('se=2026-02-25&sig=A&snapshot=2')), first, 10), null);
    assert.equal(continuedTotal(head(rest, 'https://hist.gex.bot/b.json?sv=1'), first, 10), null);
    assert.equal(continuedTotal(head(rest, 'https://hist.gexbot.com/a.json?sv=1'), first, 10), null);
  });

  test('by its date the date has to be the same', () => {
    const range = { 'content-range': 'bytes 10-99/100', date };
    assert.equal(continuedTotal(head({ ...range, 'last-modified': modified }), dated, 10), 100);
    assert.equal(continuedTotal(head({ ...range, 'last-modified': date }), dated, 10), null);
    assert.equal(continuedTotal(head(range), dated, 10), null);
    assert.equal(continuedTotal(head({ ...range, 'last-modified': modified, etag: 'W/"b"' }), dated, 10), null);
  });

  test('a length that was not known before is known by the range', () => {
    assert.equal(continuedTotal(head(rest), versionOf(head({ etag: '"a"' })), 10), 100);
  });
});
