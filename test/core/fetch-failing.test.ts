import assert from 'node:assert/strict';
import { fetchFailing } from '../../src/core/fetch-failing.ts';
import type { VendorAnswer } from '../../src/core/vendor-answer.ts';
import type { VendorCall } from '../../src/core/vendor-call.ts';
import { test } from '../support/shares.ts';

function call(answer: VendorAnswer, first: string, last: string): VendorCall {
  const asked = { first_asked_at: `2026-01-27T${first}:00.000Z`, last_asked_at: `2026-01-27T${last}:00.000Z` };
  const none = { endpoint: null, http_status: null, ask_again_at: null, wire_bytes: null, took_ms: null };
  return {
    source: `${answer} ${first}`,
    ticker: 'SPX',
    session_date: '2026-01-27',
    answer,
    detail: 'no',
    calls: 1,
    ...none,
    ...asked,
  };
}

const now = (time: string) => Date.parse(`2026-01-27T${time}:00Z`);

test('fetching fails when no answer about a file has come for three hours', () => {
  const calls = [call('given', '08:00', '08:00'), call('unreachable', '10:00', '13:00'), call('odd', '07:00', '12:00')];
  assert.equal(fetchFailing(calls, now('12:59')), false);
  assert.deepEqual(fetchFailing(calls, now('13:00')), { since: '2026-01-27T10:00:00.000Z', why: 'no' });
  assert.equal(fetchFailing([...calls, call('not_published', '13:30', '13:30')], now('14:00')), false);
  assert.equal(
    fetchFailing([call('given', '01:00', '01:00'), call('key_refused', '00:00', '13:00')], now('13:30')),
    false,
  );
  assert.equal(fetchFailing([], now('13:30')), false);
});
