import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { errorRules, type Blame } from '../../src/core/errors.ts';
import { bare, readDocument, section, tableRows } from './documents.ts';

const blames: readonly Blame[] = ['input', 'upstream', 'environment', 'bug'];
const document = readDocument('docs/errors.md');

suite('docs/errors.md', () => {
  test('has every code once, with its exit code, HTTP status, retry and blame', () => {
    const documented = blames.flatMap((blame) =>
      tableRows(section(document, `Blame: ${blame}`)).map((row) => ({
        code: bare(row['code']),
        exit: Number(row['exit']),
        http: row['HTTP'] === '–' ? null : Number(row['HTTP']),
        transient: row['retry'] === 'transient',
        blame,
      })),
    );
    const rules = Object.entries(errorRules).map(([code, { exit, http, transient, blame }]) => {
      return { code, exit, http, transient, blame };
    });
    const byCode = (left: { code: string }, right: { code: string }) => (left.code < right.code ? -1 : 1);
    assert.deepEqual(documented.sort(byCode), rules.sort(byCode));
  });

  test('says of every code what it means and what to do', () => {
    for (const row of tableRows(document.text)) {
      for (const column of ['meaning', 'what to do'])
        assert.match(row[column] ?? '', /[.:]$/, `${row['code']}: ${column}`);
      assert.match(row['retry'] ?? '', /^(?:transient|terminal)$/);
    }
  });
});
