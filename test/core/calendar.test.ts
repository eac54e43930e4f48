import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { announcedYears, calendarDay, daysBetween, endOfDay_s, lastCompletedSession } from '../../src/core/calendar.ts';
import { datedClosings } from '../../src/core/market-holidays.ts';
import { isWeekend, weekdayOf } from '../../src/core/new-york.ts';
import { formatDay, NewYorkDays, parseDay } from '../../src/core/session.ts';
import { readDocument, section, tableRows, type TableRow } from '../docs/documents.ts';

const page = readDocument('docs/calendar.md');
const years = Array.from(
  { length: announcedYears.last - announcedYears.first + 1 },
  (_, at) => announcedYears.first + at,
);
const names = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const newYork = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/New_York',
  dateStyle: 'short',
  timeStyle: 'medium',
  hourCycle: 'h23',
});
const wallClock = (second: number) => newYork.format(second * 1000).replace(', ', ' ');

function rowsOf(year: number): TableRow[] {
  return tableRows(section(page, String(year)));
}

/** A day of the calendar as the page would list it; null for an ordinary session. */
function asRow(day: number): TableRow | null {
  const found = calendarDay(day);
  const date = formatDay(day);
  const weekday = names[weekdayOf(day)] ?? '';
  if (found.kind === 'closed') return { date, weekday, market: 'closed', why: found.why };
  assert.equal(found.kind, 'session', date);
  return found.early === null
    ? null
    : { date, weekday, market: wallClock(found.close_s).slice(11, 16), why: found.early };
}

suite('the market calendar', () => {
  for (const year of years) {
    test(`of ${year} has the closings and early closes that were published, and no other`, () => {
      const days = daysBetween(`${year}-01-01`, `${year}-12-31`).filter((day) => !isWeekend(day));
      const computed = days.map(asRow).filter((row) => row !== null);
      assert.ok(computed.length >= 10);
      assert.deepEqual(computed, rowsOf(year));
    });
  }

  test('has every dated closing on the page, with its source', () => {
    assert.deepEqual(
      datedClosings.map(({ date }) => date),
      ['2018-12-05', '2025-01-09'],
    );
    const sources = tableRows(section(page, 'Sources')).map((row) => row['years'] ?? '');
    for (const { date, source } of datedClosings) {
      assert.ok(sources.includes(date), date);
      assert.match(source, /NYSE.*Cboe/);
    }
    for (const year of years)
      assert.ok(
        sources.some((text) => text.includes(String(year))),
        String(year),
      );
  });

  test('a weekday is a session or closed, never both; a weekend is closed', () => {
    const anyDay = fc.integer({ min: parseDay('2018-01-01'), max: parseDay('2028-12-31') });
    fc.assert(
      fc.property(anyDay, (day) => {
        const found = calendarDay(day);
        assert.notEqual(found.kind, 'unknown');
        if (isWeekend(day)) assert.deepEqual(found, { kind: 'closed', why: 'weekend' });
        if (found.kind === 'closed') return;
        assert.equal(wallClock(found.open_s), `${formatDay(day)} 09:30:00`);
        assert.match(wallClock(found.close_s), found.early === null ? / 16:00:00$/ : / 13:00:00$/);
        assert.equal(new NewYorkDays().dayOf(found.close_s), day);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a weekday of a year that was not announced is unknown, with ordinary hours', () => {
    for (const date of ['2017-12-29', '2029-01-01', '2029-07-04', '2035-03-14']) {
      const found = calendarDay(parseDay(date));
      assert.ok(found.kind === 'unknown', date);
      assert.equal(wallClock(found.open_s), `${date} 09:30:00`);
      assert.equal(wallClock(found.close_s), `${date} 16:00:00`);
    }
    assert.equal(calendarDay(parseDay('2029-01-06')).kind, 'closed');
  });

  test('opens and closes an hour earlier in UTC behind the change to daylight time, and later behind the change back', () => {
    const utc = (date: string) => {
      const found = calendarDay(parseDay(date));
      assert.ok(found.kind === 'session');
      return [found.open_s, found.close_s].map((second) => new Date(second * 1000).toISOString().slice(11, 16));
    };
    assert.deepEqual(utc('2026-03-06'), ['14:30', '21:00']);
    assert.deepEqual(utc('2026-03-09'), ['13:30', '20:00']);
    assert.deepEqual(utc('2026-10-30'), ['13:30', '20:00']);
    assert.deepEqual(utc('2026-11-02'), ['14:30', '21:00']);
    assert.deepEqual(utc('2025-11-28'), ['14:30', '18:00']);
  });

  test('a session is the last completed one from the second of its close', () => {
    const at = (iso: string) => formatDay(lastCompletedSession(Date.parse(iso) / 1000));
    assert.equal(at('2026-03-09T19:59:59Z'), '2026-03-06');
    assert.equal(at('2026-03-09T20:00:00Z'), '2026-03-09');
    assert.equal(at('2026-11-27T17:59:59Z'), '2026-11-25');
    assert.equal(at('2026-11-27T18:00:00Z'), '2026-11-27');
    assert.equal(at('2025-01-09T23:00:00Z'), '2025-01-08');
    assert.equal(at('2026-01-01T04:59:59Z'), '2025-12-31');
  });

  test('a day ends at midnight in New York, on the days of both changes, too', () => {
    for (const date of ['2026-03-07', '2026-03-08', '2026-10-31', '2026-11-01', '2026-12-31'])
      assert.equal(wallClock(endOfDay_s(date)), `${date} 23:59:59`);
  });
});
