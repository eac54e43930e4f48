import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doubtClock, doubtClockUnasked, type LogTimes } from '../../src/core/clock-doubt.ts';

const at = (date: string) => Date.parse(`${date}T12:00:00Z`);
const log = (newest: string, resumed: string | null = null): LogTimes => ({
  newest_ms: at(newest),
  resumed_ms: resumed === null ? null : at(resumed),
});

test('a clock is believed where nothing speaks against it', () => {
  assert.equal(doubtClock(at('2026-02-25'), null), null);
  assert.equal(doubtClock(at('2026-02-25'), log('2026-02-25')), null);
  assert.equal(doubtClock(at('2026-02-25'), log('2025-12-01')), null);
  // Machines differ by minutes, and a laptop may have been away for months.
  assert.equal(doubtClock(at('2026-02-25'), log('2026-02-26')), null);
  assert.equal(doubtClock(at('2026-12-25'), log('2026-01-01')), null);
});

test('a clock that is earlier than the version or the log is wrong for sure', () => {
  for (const [now, times] of [
    ['1970-01-01', null],
    ['2016-11-29', log('2026-11-29')],
    ['2025-11-29', log('2026-11-29')],
  ] as const) {
    const doubt = doubtClock(at(now), times);
    assert.equal(doubt?.certain, true);
    assert.match(doubt?.message ?? '', new RegExp(`^the clock of this machine says ${now}, and`));
  }
});

test('a clock that is years ahead may be right', () => {
  assert.equal(doubtClock(at('2028-03-01'), log('2026-11-29'))?.certain, false);
  assert.equal(doubtClock(at('2036-01-01'), null)?.certain, false);
});

test('what is done by itself waits after a pause of years', () => {
  const resumed = log('2028-03-02', '2028-03-01');
  assert.equal(doubtClock(at('2028-03-02'), resumed), null);
  assert.match(doubtClockUnasked(at('2028-03-02'), resumed, 14)?.message ?? '', /on 2028-03-01 after a pause/);
  assert.equal(doubtClockUnasked(at('2028-03-16'), resumed, 14), null);
});
