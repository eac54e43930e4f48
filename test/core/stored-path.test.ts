import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  formatCanonicalFolder,
  formatCanonicalPath,
  formatPublishedName,
  formatRetiredPath,
  parseCanonicalFolder,
  parseCanonicalPath,
  parsePublishedName,
  parseRetiredPath,
} from '../../src/core/canonical-path.ts';
import { newJobId } from '../../src/core/ids.ts';
import { trashDayOf, trashPath } from '../../src/core/kept-places.ts';
import { archivedSources, importJobs, parquetFiles } from '../../src/core/log-tables.ts';
import { endpoints } from '../../src/core/names.ts';
import { folderOf, isStoredPath, parseStoredPath } from '../../src/core/stored-path.ts';

const jobId = newJobId(0);
const path = 'parquet/gex/2025/10/NQ_NDX/gex_zero/strikes.parquet';

suite('a stored path', () => {
  test('is any relative path that stays in the data folder, as it is written', () => {
    const composed = 'source/gexbot/caf\u00e9.json';
    for (const text of [
      path,
      'gex_history.db',
      'a b/ü~2',
      'a\\b',
      '...',
      '.trash/x',
      composed,
      composed.normalize('NFD'),
    ])
      assert.equal(parseStoredPath(text), text);
  });

  test('is nothing that could lie elsewhere', () => {
    for (const text of ['', '/', '/etc/passwd', '..', '../x', 'a/../../x', 'a//b', 'a/', './a', 'a/.', 'a\0b'])
      assert.throws(() => parseStoredPath(text), { code: 'PATH_INVALID' }, text);
  });

  test('is what the job log has for every kept file, and a row with anything else is damaged', () => {
    const columns = [importJobs.columns.staged_path, parquetFiles.columns.path, archivedSources.columns.archive_path];
    for (const column of columns) {
      assert.equal(column.read(path), path);
      assert.throws(() => column.read('../outside'), { code: 'DATABASE_DAMAGED' });
    }
  });

  test('has a folder, but for what lies in the data folder itself', () => {
    assert.equal(folderOf(parseStoredPath(path)), 'parquet/gex/2025/10/NQ_NDX/gex_zero');
    assert.throws(() => folderOf(parseStoredPath('gex_history.db')), { code: 'PATH_INVALID' });
  });
});

const folders = fc.record(
  {
    month: fc.tuple(fc.integer({ min: 2000, max: 2099 }), fc.integer({ min: 1, max: 12 })).map(([year, month]) => {
      return `${year}-${String(month).padStart(2, '0')}`;
    }),
    ticker: fc.stringMatching(/^[A-Z][A-Z0-9_.-]{0,8}[A-Z0-9]$/).filter((ticker) => !ticker.includes('..')),
    endpoint: fc.constantFrom(...endpoints.map(({ name }) => name)),
  },
  { noNullPrototype: true },
);
const names = fc.record(
  { dataset: fc.constantFrom('strikes', 'snapshots'), jobId: fc.option(fc.constant(jobId)) },
  { noNullPrototype: true },
);

suite('a canonical path', () => {
  test('is read as it was written: folder, file, name, and retired', () => {
    fc.assert(
      fc.property(folders, names, fc.constantFrom('superseded', 'withdrawn'), (folder, name, why) => {
        const canonical = { ...folder, file: formatPublishedName(name) };
        const live = formatCanonicalPath(canonical);
        const retired = formatRetiredPath(live, { why, by: jobId });
        assert.deepEqual(parseCanonicalFolder(formatCanonicalFolder(folder)), folder);
        assert.deepEqual(parseCanonicalPath(live), canonical);
        assert.deepEqual(parsePublishedName(canonical.file), name);
        assert.deepEqual(parseRetiredPath(retired), { live: canonical, why, by: jobId });
        assert.deepEqual([parseCanonicalPath(retired), parseRetiredPath(live)], [null, null]);
        assert.ok([live, retired].every(isStoredPath));
      }),
    );
  });

  test('is written as users know it', () => {
    const canonical = { month: '2025-10', ticker: 'NQ_NDX', endpoint: 'gex_zero', file: 'strikes' };
    assert.equal(formatCanonicalPath(canonical), path);
    const archived = `archive/parquet/gex/2025/10/NQ_NDX/gex_zero/strikes.superseded_by_${jobId}.parquet`;
    assert.equal(formatRetiredPath(parseStoredPath(path), { why: 'superseded', by: jobId }), archived);
  });

  test('is no other path', () => {
    const folder = 'parquet/gex/2025/10/NQ_NDX/gex_zero';
    for (const text of [
      folder,
      `${folder}/strikes.json`,
      `${folder}/x/strikes.parquet`,
      `x/${path}`,
      `${folder}/.parquet`,
      '',
    ])
      assert.equal(parseCanonicalPath(text), null, text);
    for (const text of [
      'parquet/gex/25/10/A/gex_zero',
      'parquet/gex/2025/1/A/gex_zero',
      'parquet/gex/2025/10//gex_zero',
    ])
      assert.equal(parseCanonicalFolder(text), null, text);
    for (const file of ['strikes_1', 'strikes_', 'other', `strikes_${jobId}x`])
      assert.equal(parsePublishedName(file), null);
    for (const by of ['', 'x', `${jobId}.parquet`])
      assert.equal(parseRetiredPath(`archive/${folder}/strikes.superseded_by_${by}.parquet`), null);
  });
});

test('a path in the trash says its day, and no other path does', () => {
  assert.equal(trashDayOf(trashPath('2025-10-31', parseStoredPath(path))), '2025-10-31');
  for (const text of [path, '.trash/x/2025-10-31', '.trash/2025-10-31x/a'])
    assert.equal(trashDayOf(parseStoredPath(text)), null);
});
