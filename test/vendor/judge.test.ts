import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { judge } from '../../src/vendor/vendor.ts';
import { test } from '../support/shares.ts';

/** Monday, a week and a day after Thanksgiving's week began; 18:00 in New York. */
const now = '2026-11-30T23:00:00Z';

/** Status, words, day, moment, and what it means. */
const cases: readonly (readonly [number, string | null, string | null, string, string])[] = [
  [401, 'Unauthorized', '2026-11-27', now, 'VENDOR_KEY_REFUSED'],
  [403, 'Forbidden', '2026-11-27', now, 'VENDOR_NOT_IN_PLAN'],
  [403, null, null, now, 'VENDOR_NOT_IN_PLAN'],
  [429, 'Rate limit exceeded.', '2026-11-27', now, 'VENDOR_THROTTLED'],
  [200, 'Rate limit exceeded.', null, now, 'VENDOR_THROTTLED'],
  [404, 'Not found', '2026-11-30', now, 'VENDOR_NOT_PUBLISHED'],
  [404, null, '2026-11-27', now, 'VENDOR_NOT_PUBLISHED'],
  [200, 'Data not found for that date', '2026-11-27', now, 'VENDOR_NOT_PUBLISHED'],
  [404, null, '2026-12-01', now, 'VENDOR_NOT_PUBLISHED'],
  // a half day counts from 13:00 on
  [404, null, '2026-11-27', '2026-12-04T17:59:59Z', 'VENDOR_NOT_PUBLISHED'],
  [404, null, '2026-11-27', '2026-12-04T18:00:00Z', 'VENDOR_ABSENT'],
  [404, null, '2026-11-26', now, 'VENDOR_NO_SESSION'],
  [404, null, '2026-11-29', now, 'VENDOR_NO_SESSION'],
  [404, null, '2026-11-10', now, 'VENDOR_ABSENT'],
  [404, null, '2026-09-01', now, 'VENDOR_ABSENT'],
  [404, null, '2026-08-31', now, 'VENDOR_TOO_OLD'],
  [404, null, '2025-11-27', now, 'VENDOR_NO_SESSION'],
  [404, null, null, now, 'VENDOR_ANSWER'],
  [500, null, '2026-11-27', now, 'VENDOR_UNREACHABLE'],
  [503, 'upstream', null, now, 'VENDOR_UNREACHABLE'],
  [400, 'User-Agent required', '2026-11-27', now, 'VENDOR_ANSWER'],
  [200, 'no JSON', '2026-11-27', now, 'VENDOR_ANSWER'],
  [302, null, '2026-11-27', now, 'VENDOR_ANSWER'],
];

suite('what an answer of the API means', () => {
  for (const [status, said, date, at, expected] of cases)
    test(`${status} ${said ?? ''} for ${date ?? 'no day'} at ${at}: ${expected}`, () => {
      assert.equal(judge({ status, said }, { date, now_ms: Date.parse(at) }), expected);
    });
});
