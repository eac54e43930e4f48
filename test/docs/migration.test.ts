import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { columnAliases } from '../../src/legacy/columns.ts';
import { bare, codeSpans, readDocument, section, tableRows } from './documents.ts';

suite('docs/migration.md', () => {
  test('has every name that old layouts give to a column', () => {
    const rows = tableRows(section(readDocument('docs/migration.md'), 'Columns'));
    const documented = rows
      .filter((row) => row['also called'] !== undefined)
      .map((row) => [bare(row['column']), codeSpans(row['also called'] ?? '')]);
    assert.deepEqual(Object.fromEntries(documented), columnAliases);
  });
});
