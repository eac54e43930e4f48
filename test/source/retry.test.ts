import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { continues, rangeHeaders, versionOf } from '../../src/source/resume.ts';
import { backoff_ms, retryAfter_ms } from '../../src/source/retry.ts';

const limits = { retry_base_ms: 500, retry_cap_ms: 3000 };

function headers(values: Readonly<Record<string, string>>) {
  return { header: (name: string) => values[name] ?? null };
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
  const strong = versionOf(headers({ etag: '"a"', 'content-length': '100' }));
  const dated = versionOf(headers({ etag: 'W/"a"', 'last-modified': 'Mon', 'content-length': '100' }));

  test('a strong ETag, or length and date, make a range; anything less does not', () => {
    assert.deepEqual(rangeHeaders(strong, 10), { range: 'bytes=10-', 'if-range': '"a"' });
    assert.deepEqual(rangeHeaders(dated, 10), { range: 'bytes=10-', 'if-range': 'Mon' });
    assert.equal(rangeHeaders(strong, 0), null);
    assert.equal(rangeHeaders(versionOf(headers({ etag: 'W/"a"', 'content-length': '100' })), 10), null);
    assert.equal(rangeHeaders(versionOf(headers({ 'last-modified': 'Mon' })), 10), null);
  });

  const answers: readonly (readonly [string, Readonly<Record<string, string>>, boolean])[] = [
    ['the rest of the same version', { 'content-range': 'bytes 10-99/100', etag: '"a"' }, true],
    ['another version', { 'content-range': 'bytes 10-99/100', etag: '"b"' }, false],
    ['no version', { 'content-range': 'bytes 10-99/100' }, false],
    ['another start', { 'content-range': 'bytes 0-99/100', etag: '"a"' }, false],
    ['another length', { 'content-range': 'bytes 10-100/101', etag: '"a"' }, false],
    ['not to the end', { 'content-range': 'bytes 10-50/100', etag: '"a"' }, false],
    ['an unknown length', { 'content-range': 'bytes 10-99/*', etag: '"a"' }, false],
    ['no range', { etag: '"a"' }, false],
  ];
  for (const [what, values, expected] of answers) {
    test(`${what} ${expected ? 'goes on' : 'does not go on'}`, () => {
      assert.equal(continues(headers(values), strong, 10), expected);
    });
  }

  test('without an ETag the date has to be the same', () => {
    assert.equal(continues(headers({ 'content-range': 'bytes 10-99/100', 'last-modified': 'Mon' }), dated, 10), true);
    assert.equal(continues(headers({ 'content-range': 'bytes 10-99/100', 'last-modified': 'Tue' }), dated, 10), false);
  });
});
