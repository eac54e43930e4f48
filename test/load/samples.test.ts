import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { assertSame, given, load, loadFile, quarantineOf, type Options } from './loaded.ts';
import { modelOf } from './model.ts';

/** Real captured records, beside the project; see their README. */
const folder = join(import.meta.dirname, '../../../shared/samples');
const skip = existsSync(folder) ? false : `the real samples are not at ${folder}`;

for (const [ticker, processed, duplicate, setAside, strikeRows] of [
  ['SPX', 30, 2, 1, 3054],
  ['QQQ', 30, 2, 1, 3366],
  ['SPY', 30, 2, 1, 3338],
  ['IWM', 30, 2, 1, 2214],
  ['AAPL', 30, 2, 1, 1221],
  ['NDX', 29, 3, 1, 3294],
] as const) {
  const path = join(folder, `2026-02-25_${ticker}_state_gex_zero.json`);
  const options: Options = { ticker, endpoint: 'state_gex_zero', sessionDate: '2026-02-25' };

  test(`${ticker}: the counts of its README, and every value as in the source`, { skip }, async () => {
    const content = await readFile(path);
    const records = JSON.parse(content.toString('utf8')) as { strikes: unknown[] }[];
    assert.equal(
      records.reduce((rows, { strikes }) => rows + strikes.length, 0),
      strikeRows,
    );
    const expected = modelOf(records, { ...given, ...options });
    assert.ok(typeof expected === 'object');
    await assertSame(content, expected, options);
    const loaded = await loadFile(path, options);
    assert.deepEqual(loaded.counts, {
      records_read: 33,
      records_processed: processed,
      records_duplicate: duplicate,
      records_quarantined: setAside,
    });
    assert.deepEqual(loaded.sessionDates, ['2026-02-25']);
    const [stale] = await quarantineOf(loaded);
    assert.equal(stale?.reason, 'other_session');
    assert.equal(stale.timestamp_s, Date.parse('2026-02-24T21:00:00Z') / 1000);
    assert.deepEqual(JSON.parse(stale.source), records[stale.record]);
  });

  test(`${ticker}: indented, the same files to the byte`, { skip }, async () => {
    const content = await readFile(path, 'utf8');
    const plain = await load(content, options);
    const indented = await load(JSON.stringify(JSON.parse(content), null, 2), options);
    assert.deepEqual(indented.counts, plain.counts);
    assert.deepEqual(
      indented.files.map(({ checksum }) => checksum),
      plain.files.map(({ checksum }) => checksum),
    );
  });
}
