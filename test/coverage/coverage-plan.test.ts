import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { calendarDay, endOfDay_s } from '../../src/core/calendar.ts';
import { coverageStates, type CoverageDay } from '../../src/core/coverage.ts';
import type { Job } from '../../src/core/job.ts';
import { formatDay, parseDay } from '../../src/core/session.ts';
import { countStates, coverPair, type PairFacts } from '../../src/coverage/coverage-plan.ts';
import { toScope } from '../../src/coverage/coverage-range.ts';
import type { SessionFacts } from '../../src/coverage/history.ts';

/** A session that starts and ends `late_s` and `early_s` seconds away from the hours of its day. */
function session(
  date: string,
  changes: { records?: number; late_s?: number; early_s?: number; gap_s?: number } = {},
): SessionFacts {
  const day = calendarDay(parseDay(date));
  assert.ok(day.kind !== 'closed', date);
  const { records = 20_000, late_s = 0, early_s = 1, gap_s = null } = changes;
  return { records, first_s: day.open_s + late_s, last_s: day.close_s - early_s, gap_s };
}

function job(id: string, session_date: string, status: Job['status']): Job {
  const nothing = { checksum: null, records_processed: null, last_error: null, staged_path: null, owner: null };
  const counts = { records_read: null, records_duplicate: null, records_quarantined: null };
  const times = { created_at: '', updated_at: '', heartbeat_at: null, started_at: null, finished_at: null };
  const skipping = { skipped: false, skipped_as: null, corrects_job_id: null, reason: null };
  const of = {
    ticker: 'SPX',
    endpoint: 'gex_zero',
    kind: 'import',
    url: '',
    attempts: 0,
    actor: null,
    target: null,
    error: null,
    origin: 'command',
    publish: true,
  } as const;
  return { id, session_date, status, ...nothing, ...counts, ...times, ...skipping, ...of };
}

function cover(
  sessions: Readonly<Record<string, SessionFacts>>,
  from: string,
  to: string,
  { asOf = to, jobs = [] }: { asOf?: string; jobs?: readonly Job[] } = {},
): CoverageDay[] {
  const facts: PairFacts = {
    ticker: 'SPX',
    endpoint: 'gex_zero',
    sessions: new Map(Object.entries(sessions)),
    jobs,
    withdrawn: new Map(),
    purged: new Map(),
  };
  return coverPair(facts, { first: parseDay(from), last: parseDay(to) }, endOfDay_s(asOf));
}

function codesOf(days: readonly CoverageDay[]): string[] {
  return days.map(({ state, reasons }) => [state, ...reasons.map(({ code }) => code)].join(' '));
}

/** Full sessions on `count` weekdays in the quiet October of 2025, the oldest first. */
function october(count: number, records = 20_000): Record<string, SessionFacts> {
  const days = Array.from({ length: 30 }, (_, at) => parseDay('2025-10-01') + at);
  const dates = days.filter((day) => calendarDay(day).kind === 'session').map(formatDay);
  return Object.fromEntries(dates.slice(0, count).map((date) => [date, session(date, { records })]));
}

suite('a day of a ticker and endpoint', () => {
  test('is in the state that follows from calendar, data, jobs and age', () => {
    const jobs = [
      job('1', '2025-11-04', 'pending'),
      job('2', '2025-11-05', 'started'),
      job('3', '2025-11-06', 'staged'),
      job('4', '2025-11-07', 'failed'),
      job('5', '2025-11-03', 'failed'),
    ];
    const days = cover({ '2025-11-03': session('2025-11-03') }, '2025-11-01', '2025-11-10', { jobs });
    assert.deepEqual(codesOf(days), [
      'closed closed',
      'closed closed',
      'available',
      'pending',
      'pending',
      'pending',
      'missing',
      'closed closed',
      'closed closed',
      'missing',
    ]);
    assert.deepEqual(
      days.map(({ job_id }) => job_id),
      [null, null, '5', '1', '2', '3', '4', null, null, null],
    );
    assert.deepEqual(
      days.map(({ days_left }) => days_left),
      [null, null, null, 84, 85, 86, 87, null, null, 90],
    );
  });

  test('with a job that may still bring it is pending, whatever failed after that', () => {
    const jobs = [job('1', '2025-11-04', 'pending'), job('2', '2025-11-04', 'failed')];
    const [day] = cover({}, '2025-11-04', '2025-11-04', { jobs });
    assert.deepEqual([day?.state, day?.job_id, day?.job_status], ['pending', '1', 'pending']);
  });

  test('is unknown in a year that nobody has announced, unless the data say more', () => {
    const days = cover({ '2029-01-03': session('2029-01-03') }, '2029-01-02', '2029-01-06');
    assert.deepEqual(codesOf(days), [
      'unknown not_announced',
      'available',
      'unknown not_announced',
      'unknown not_announced',
      'closed closed',
    ]);
  });

  test('that has data although the market was closed stays closed, and shows them', () => {
    const facts: SessionFacts = { records: 7, first_s: 1_764_255_600, last_s: 1_764_255_700, gap_s: null };
    const [day] = cover({ '2025-11-27': facts }, '2025-11-27', '2025-11-27');
    assert.deepEqual([day?.state, day?.records, day?.reasons[0]?.detail], ['closed', 7, 'Thanksgiving Day']);
  });

  test('has exactly one state, and days left just where something can be fetched', () => {
    const anyDate = fc.integer({ min: parseDay('2018-01-01'), max: parseDay('2030-12-31') });
    fc.assert(
      fc.property(anyDate, fc.integer({ min: 0, max: 200 }), fc.boolean(), (day, age, isHere) => {
        const date = formatDay(day);
        const isClosed = calendarDay(day).kind === 'closed';
        const found = cover(isHere && !isClosed ? { [date]: session(date) } : {}, date, date, {
          asOf: formatDay(day + age),
        });
        const only = found[0];
        assert.ok(found.length === 1 && only !== undefined && coverageStates.includes(only.state));
        assert.equal(
          Object.values(countStates(found)).reduce((sum, count) => sum + count, 0),
          1,
        );
        const expected = only.state === 'missing' ? 90 - age : null;
        assert.equal(only.days_left, expected);
        if (calendarDay(day).kind === 'session') {
          const state = isHere ? 'available' : age > 90 ? 'lost' : 'missing';
          assert.equal(only.state, state);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

suite('the vendor’s 90 days', () => {
  const ages: readonly (readonly [string, string, string])[] = [
    ['2025-11-04', '2026-02-01', 'missing 1'],
    ['2025-11-04', '2026-02-02', 'missing 0'],
    ['2025-11-04', '2026-02-03', 'lost null'],
    // over a year's end, over a leap day, and over both changes of the clocks
    ['2025-12-31', '2026-03-31', 'missing 0'],
    ['2025-12-31', '2026-04-01', 'lost null'],
    ['2023-12-29', '2024-03-28', 'missing 0'],
    ['2023-12-29', '2024-03-29', 'lost null'],
    ['2026-03-06', '2026-06-04', 'missing 0'],
    ['2026-03-06', '2026-06-05', 'lost null'],
    ['2026-10-30', '2027-01-28', 'missing 0'],
    ['2026-10-30', '2027-01-29', 'lost null'],
    ['2026-01-30', '2026-04-30', 'missing 0'],
    ['2026-01-30', '2026-05-01', 'lost null'],
  ];
  for (const [date, asOf, expected] of ages) {
    test(`${date} on ${asOf}: ${expected}`, () => {
      const [day] = cover({}, date, date, { asOf });
      assert.equal(`${day?.state} ${day?.days_left}`, expected);
    });
  }

  test('change at midnight in New York', () => {
    const facts: PairFacts = {
      ticker: 'SPX',
      endpoint: 'gex_zero',
      sessions: new Map(),
      jobs: [],
      withdrawn: new Map(),
      purged: new Map(),
    };
    const range = { first: parseDay('2025-11-04'), last: parseDay('2025-11-04') };
    const at = (iso: string) => coverPair(facts, range, Date.parse(iso) / 1000)[0]?.days_left;
    assert.equal(at('2026-02-03T04:59:59Z'), 0);
    assert.equal(at('2026-02-03T05:00:00Z'), null);
  });
});

suite('a session of one record is to be fetched', () => {
  const told = (asOf: string, records: number) => {
    const [day] = cover({ '2025-10-22': session('2025-10-22', { records }) }, '2025-10-22', '2025-10-22', { asOf });
    return `${codesOf(day === undefined ? [] : [day])[0]} ${day?.days_left} ${day?.records}`;
  };

  test('as if it were not here, as long as the vendor has it', () => {
    assert.equal(told('2025-10-22', 1), 'missing one_record 90 1');
    assert.equal(told('2026-01-20', 1), 'missing one_record 0 1');
    assert.equal(told('2026-01-21', 1), 'lost one_record null 1');
    assert.match(told('2025-10-22', 2), /^available/);
  });

  test('and is no measure for others', () => {
    const dates = ['2025-10-20', '2025-10-21', '2025-10-22'];
    const days = dates.map((date, at) => [date, session(date, { records: at === 2 ? 100 : 1 })] as const);
    const found = cover(Object.fromEntries(days), '2025-10-22', '2025-10-22');
    assert.deepEqual([codesOf(found)[0], found[0]?.records_expected], ['available', null]);
  });
});

suite('a session is partial', () => {
  const one = (changes: Parameters<typeof session>[1], date = '2025-10-22') =>
    codesOf(cover({ [date]: session(date, changes) }, date, date))[0];

  test('from 120 seconds of late start, early end, or gap on', () => {
    assert.equal(one({ late_s: 120, early_s: 120, gap_s: 120 }), 'available');
    assert.equal(one({ late_s: 121 }), 'partial late_start');
    assert.equal(one({ early_s: 121 }), 'partial early_end');
    assert.equal(one({ gap_s: 121 }), 'partial gap');
    assert.equal(one({ late_s: 300, early_s: 600, gap_s: 7200 }), 'partial late_start early_end gap');
  });

  test('and says by how much', () => {
    const [day] = cover(
      { '2025-10-22': session('2025-10-22', { late_s: 300, gap_s: 3_725 }) },
      '2025-10-22',
      '2025-10-22',
    );
    assert.deepEqual(
      day?.reasons.map(({ detail }) => detail),
      ['starts 5 min after the open', 'has a gap of 1 h 2 min 5 s'],
    );
    assert.equal(day?.days_left, 90);
  });

  test('with more than 10 % fewer records than the median of the 20 sessions before', () => {
    const sessions = october(10);
    const date = '2025-10-15';
    const with_ = (records: number) =>
      codesOf(cover({ ...sessions, [date]: session(date, { records }) }, date, date))[0];
    assert.equal(with_(18_000), 'available');
    assert.equal(with_(17_999), 'partial few_records');
    assert.equal(with_(30_000), 'available');
  });

  test('by the last 20 sessions only: a lasting change becomes the new measure', () => {
    const fewer = Object.entries(october(22)).map(([date], at) => [
      date,
      session(date, { records: at < 5 ? 23_000 : 17_000 }),
    ]);
    const days = cover(Object.fromEntries(fewer) as Record<string, SessionFacts>, '2025-10-01', '2025-10-30');
    const states = codesOf(days).filter((code) => code !== 'closed closed');
    assert.deepEqual(
      states.slice(0, 5),
      Array.from({ length: 5 }, () => 'available'),
    );
    assert.equal(states[5], 'partial few_records');
    assert.equal(states[21], 'available');
  });

  test('by no fixed number: the first session has nothing to be compared with', () => {
    assert.equal(one({ records: 5 }), 'available');
  });

  test('a half day may stop at 13:00 or run on to 16:00, with as many records as that time has', () => {
    const sessions = october(15);
    const date = '2025-11-28';
    const half = (changes: Parameters<typeof session>[1]) =>
      codesOf(cover({ ...sessions, [date]: session(date, changes) }, date, date))[0];
    const runOn_s = -3 * 3600 + 1;
    assert.equal(half({ records: 10_700 }), 'available');
    assert.equal(half({ records: 9_600 }), 'partial few_records');
    assert.equal(half({ records: 20_000, early_s: runOn_s }), 'available');
    assert.equal(half({ records: 10_700, early_s: runOn_s }), 'partial few_records');
    assert.equal(half({ records: 10_700, early_s: 600 }), 'partial early_end');
  });

  test('half days do not pull the median down', () => {
    const halves = Object.fromEntries(
      ['2025-11-28', '2025-12-24'].map((date) => [date, session(date, { records: 10_000 })]),
    );
    const [day] = cover({ ...october(1), ...halves, '2025-12-26': session('2025-12-26') }, '2025-12-26', '2025-12-26');
    assert.equal(day?.records_expected, 20_000);
  });

  test('seconds count from the open in New York, before and behind both changes of the clocks', () => {
    for (const date of ['2026-03-06', '2026-03-09', '2026-10-30', '2026-11-02']) {
      assert.equal(one({}, date), 'available', date);
      assert.equal(one({ late_s: 3_600 }, date), 'partial late_start', date);
    }
  });
});

suite('the days that are looked at', () => {
  const noon_s = Date.parse('2025-11-05T17:00:00Z') / 1000;
  const range = (request: Parameters<typeof toScope>[0], now_s = noon_s) => {
    const { first, last } = toScope(request, now_s);
    return [first === null ? null : formatDay(first), formatDay(last)];
  };

  test('end with the last session that is over', () => {
    assert.deepEqual(range({}), [null, '2025-11-04']);
    assert.deepEqual(range({}, noon_s + 4 * 3600), [null, '2025-11-05']);
    assert.deepEqual(range({ as_of: '2025-11-05' }), [null, '2025-11-05']);
    assert.deepEqual(range({ as_of: '2025-11-09' }), [null, '2025-11-07']);
    assert.deepEqual(range({ from: '2025-10-01', to: '2025-12-31' }), ['2025-10-01', '2025-11-04']);
    assert.deepEqual(range({ month: '2025-11' }), ['2025-11-01', '2025-11-04']);
    assert.deepEqual(range({ month: '2024-02' }), ['2024-02-01', '2024-02-29']);
  });

  test('must be days, in order, and not all in the future', () => {
    const code = (request: Parameters<typeof toScope>[0]) => {
      try {
        toScope(request, noon_s);
        return null;
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    assert.equal(code({ from: '2025-02-30' }), 'SESSION_DATE_INVALID');
    assert.equal(code({ as_of: 'today' }), 'SESSION_DATE_INVALID');
    for (const request of [{ month: '2025-13' }, { month: '2025' }, { month: '2025-10', to: '2025-10-05' }])
      assert.equal(code(request), 'USAGE');
    assert.equal(code({ from: '2025-11-03', to: '2025-11-02' }), 'USAGE');
    assert.equal(code({ from: '2026-01-01' }), 'USAGE');
    assert.equal(code({ ticker: '../x' }), 'TICKER_INVALID');
    assert.equal(code({ endpoint: 'zer' }), 'ENDPOINT_UNKNOWN');
  });
});
