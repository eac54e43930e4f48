import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ArchivedSource } from '../../src/core/job.ts';
import { archivePathOf, findDue } from '../../src/retention/retention-plan.ts';
import { isTrashDue } from '../../src/maintenance/trash.ts';
import type { KeptSource } from '../../src/joblog/joblog.ts';
import { archivedSourcePath, stagedPath } from '../../src/core/kept-places.ts';

const day_ms = 86_400_000;
const zones = ['UTC', 'America/New_York', 'Asia/Tokyo'] as const;

/** Moments at which a calendar would go wrong: both changes of New York's clocks, ends of months and years, a leap day. */
const moments = [
  '2025-11-02T05:59:59.999Z',
  '2025-11-02T06:00:00.000Z',
  '2026-03-08T07:00:00.000Z',
  '2026-03-09T00:30:00.000Z',
  '2025-12-31T23:59:59.999Z',
  '2026-01-01T00:00:00.000Z',
  '2026-03-01T00:00:00.000Z',
  '2028-02-29T12:00:00.000Z',
];

function source(staged_ms: number, changes: Partial<KeptSource> = {}): KeptSource {
  return {
    job_id: 'a'.repeat(32),
    staged_path: stagedPath('2025-10-22_SPX_classic_gex_zero.json', null),
    checksum: 'b'.repeat(64),
    session_date: '2025-10-22',
    records_read: 20,
    records_quarantined: 0,
    staged_at: new Date(staged_ms).toISOString(),
    ...changes,
  };
}

function archived({ job_id, staged_path, checksum }: KeptSource, state: ArchivedSource['state']): ArchivedSource {
  const archive_path = archivedSourcePath('2025-10-22', '2025-10-22_SPX_classic_gex_zero.json', null);
  const sizes = { size_bytes: 10, archived_checksum: 'c'.repeat(64), archived_size_bytes: 5 };
  const times = { archived_at: '2025-11-05T00:00:00.000Z', removed_at: null };
  return { job_id, staged_path, archive_path, checksum, ...sizes, state, ...times };
}

/** Runs `act` in each time zone; the results must be equal. */
function inEveryZone<T>(act: () => T): T {
  const before = process.env['TZ'];
  try {
    const results = zones.map((zone) => {
      process.env['TZ'] = zone;
      return act();
    });
    for (const result of results) assert.deepEqual(result, results[0]);
    return results[0] as T;
  } finally {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  }
}

suite('retention by age', () => {
  for (const moment of moments) {
    test(`at ${moment}, whatever the time zone`, () => {
      const now_ms = Date.parse(moment);
      const rules = { staged_days: 14, raw_days: 90, now_ms };
      const dueAt = (days: number, more_ms: number, state?: ArchivedSource['state']) => {
        const kept = source(now_ms - days * day_ms - more_ms);
        const rows = state === undefined ? [] : [archived(kept, state)];
        return findDue([kept], rows, rules).map(({ archive, trash }) => ({ archive, trash }));
      };
      const found = inEveryZone(() => ({
        staged: [13, 14, 15].map((days) => [days, dueAt(days, 0)]),
        justNot: dueAt(14, -1),
        archived: [14, 89, 90, 91].map((days) => [days, dueAt(days, 0, 'archived')]),
        rawJustNot: dueAt(90, -1, 'archived'),
        both: dueAt(91, 0),
        removed: dueAt(400, 0, 'removed'),
      }));
      const archive = [{ archive: true, trash: false }];
      const trash = [{ archive: false, trash: true }];
      assert.deepEqual(found, {
        staged: [
          [13, []],
          [14, archive],
          [15, archive],
        ],
        justNot: [],
        archived: [
          [14, []],
          [89, []],
          [90, trash],
          [91, trash],
        ],
        rawJustNot: [],
        both: [{ archive: true, trash: true }],
        removed: [],
      });
    });
  }

  test('raw JSON stays for ever by default; records that were set aside make no difference to its age', () => {
    const now_ms = Date.parse('2026-06-01T00:00:00Z');
    const old = source(now_ms - 1_000 * day_ms);
    const rows = [archived(old, 'archived')];
    assert.deepEqual(findDue([old], rows, { staged_days: 14, raw_days: 0, now_ms }), []);
    const setAside = { ...old, records_quarantined: 1 };
    const [due] = findDue([setAside], rows, { staged_days: 14, raw_days: 90, now_ms });
    assert.deepEqual([due?.archive, due?.trash], [false, true]);
  });

  test('the archive has the month of the session, else of staging in UTC, and a folder of the job where the name is taken', () => {
    const kept = source(Date.parse('2025-12-31T23:30:00Z'));
    const name = '2025-10-22_SPX_classic_gex_zero.json.zst';
    const paths = inEveryZone(() => [
      archivePathOf(kept, new Set()),
      archivePathOf({ ...kept, session_date: null }, new Set()),
      archivePathOf(kept, new Set([`archive/gex/2025/10/${name}`])),
    ]);
    assert.deepEqual(paths, [
      `archive/gex/2025/10/${name}`,
      `archive/gex/2025/12/${name}`,
      `archive/gex/2025/10/${kept.job_id}/${name}`,
    ]);
  });

  test('a day of the trash goes when all of it is 7 days ago', () => {
    const dueAt = (moment: string) => inEveryZone(() => isTrashDue('2025-12-28', Date.parse(moment)));
    assert.equal(dueAt('2026-01-04T23:59:59.999Z'), false);
    assert.equal(dueAt('2026-01-05T00:00:00.000Z'), true);
  });
});
