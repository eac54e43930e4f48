import assert from 'node:assert/strict';
import test from 'node:test';
import { formatDay, parseDay } from '../../src/core/session.ts';
import { daysToNextExpiry, previousSession, sessionOpen } from '../../src/sample/hours.ts';

test('sessions open at 09:30 by the time-zone database, every day from 2007 to 2036', () => {
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'America/New_York',
    dateStyle: 'short',
    timeStyle: 'short',
  });
  for (let day = parseDay('2007-01-01'); day < parseDay('2037-01-01'); day += 1) {
    const date = formatDay(day);
    assert.equal(clock.format(new Date(sessionOpen(date) * 1000)), `${date} 09:30`);
  }
});

test('the session before a Monday is the Friday, across a change of clocks too', () => {
  assert.equal(previousSession('2025-10-22'), '2025-10-21');
  assert.equal(previousSession('2025-11-03'), '2025-10-31');
});

test('the next expiry is a weekend away on a Friday', () => {
  assert.deepEqual(['2025-10-23', '2025-10-24'].map(daysToNextExpiry), [1, 3]);
});
