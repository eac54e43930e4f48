import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { failure, load, open_s, quarantineOf } from './loaded.ts';

/*
 * Without a date, the previous close at the head of a file must not become a session of its own.
 */

const day_s = 86_400;
/** 16:00 in New York on the day before. */
const close_s = open_s - day_s + 6.5 * 3600;

function record(timestamp: number, fields = ''): string {
  return `{"timestamp":${timestamp},"ticker":"SPX","spot":6000.25,"strikes":[[${timestamp},1,2,[0,0,0,0,0]]]${fields}}`;
}

const session = Array.from({ length: 30 }, (_, at) => record(open_s + at));
const dateless = { sessionDate: null };

function file(...records: readonly string[]): string {
  return `[${records.join(',')}]`;
}

for (const [what, records] of [
  ['at the head', [record(close_s), ...session]],
  ['in the midst', [...session.slice(0, 9), record(close_s), ...session.slice(9)]],
  ['at the end', [...session, record(close_s)]],
  ['of the month before', [record(close_s - 40 * day_s), ...session]],
  ['at any time of its day', [record(open_s - day_s + 60), ...session]],
] as const) {
  test(`a lone second of an earlier session, ${what}: set aside, and the rest is as without it`, async () => {
    const loaded = await load(file(...records), dateless);
    assert.deepEqual(
      [loaded.counts.records_processed, loaded.counts.records_quarantined, loaded.counts.records_read],
      [30, 1, 31],
    );
    assert.deepEqual(loaded.sessionDates, ['2025-10-22']);
    const at = records.findIndex((text) => !session.includes(text));
    const [found] = await quarantineOf(loaded);
    assert.deepEqual([found?.record, found?.reason, found?.source], [at, 'other_session', records[at]]);
    assert.match(found?.detail ?? '', /is the only second of 2025-\d\d-\d\d in New York, in a file of 2025-10-22$/);
    const alone = await load(file(...session), { sessionDate: '2025-10-22' });
    assert.equal(loaded.files.length, alone.files.length);
    for (const [index, { path }] of loaded.files.entries())
      assert.deepEqual(await readFile(path), await readFile(alone.files[index]?.path ?? ''));
    assert.deepEqual(
      loaded.notices.map(({ event }) => event).filter((event) => event !== 'sorted'),
      ['set_aside'],
    );
  });
}

test('three times the same close, differing or not, is one lone second', async () => {
  const loaded = await load(file(record(close_s), record(close_s), record(close_s, ',"a":1'), ...session), dateless);
  const { records_processed, records_duplicate, records_quarantined } = loaded.counts;
  assert.deepEqual([records_processed, records_duplicate, records_quarantined], [30, 1, 2]);
  assert.deepEqual(loaded.sessionDates, ['2025-10-22']);
});

for (const [what, records, sessions] of [
  ['a single second and nothing else', [record(close_s)], ['2025-10-21']],
  [
    'single seconds of three days',
    [2, 1, 0].map((back) => record(open_s - back * day_s)),
    ['2025-10-20', '2025-10-21', '2025-10-22'],
  ],
  ['two seconds of the day before', [record(close_s - 1), record(close_s), ...session], ['2025-10-21', '2025-10-22']],
  ['a single second of a later day', [...session, record(open_s + day_s)], ['2025-10-22', '2025-10-23']],
] as const) {
  test(`${what}: all are published`, async () => {
    const loaded = await load(file(...records), dateless);
    assert.deepEqual([loaded.sessionDates, loaded.counts.records_quarantined], [sessions, 0]);
  });
}

test('with its session given, a lone second is no other than any', async () => {
  const loaded = await load(file(record(close_s), ...session), { sessionDate: '2025-10-22' });
  assert.equal((await quarantineOf(loaded))[0]?.detail, 'timestamp 2025-10-21T20:00:00Z is of 2025-10-21 in New York');
  assert.equal(
    (await failure(file(record(close_s), ...session), { sessionDate: '2025-10-21' })).code,
    'TOO_MANY_SET_ASIDE',
  );
});

test('seconds that are live already count as the session that they are', async () => {
  const alreadyLive = new Set(session.map((_, at) => open_s + at));
  const loaded = await load(file(record(close_s), ...session), { ...dateless, alreadyLive });
  assert.deepEqual([loaded.counts.records_quarantined, loaded.counts.records_duplicate, loaded.files], [1, 30, []]);
});

test('lone seconds of several days, and of a ladderless file, are set aside alike', async () => {
  const stale = [4, 3, 1].map((back) => record(close_s - (back - 1) * day_s));
  const loaded = await load(file(...stale, ...session), dateless);
  assert.deepEqual([loaded.counts.records_quarantined, loaded.sessionDates], [3, ['2025-10-22']]);
  const flat = await load(file(...stale, ...session), { ...dateless, kind: 'flat' });
  assert.deepEqual([flat.counts.records_quarantined, flat.sessionDates], [3, ['2025-10-22']]);
});

test('a close that is of another form than the vendor’s, and a session of two seconds behind it', async () => {
  const odd = record(close_s, ',"seq":9007199254740993');
  const two = [record(open_s, ',"seq":1.0'), record(open_s + 1), record(open_s + 1)];
  const loaded = await load(file(odd, ...two), dateless);
  assert.deepEqual([loaded.counts.records_processed, loaded.counts.records_quarantined], [2, 1]);
  assert.deepEqual(
    (await loaded.rows('snapshots')).map((row) => row['extra']),
    ['{"seq":1.0}', null],
  );
});
