import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { noteRules, problemRules } from '../../src/core/problem.ts';
import { bare, readDocument, section, tableRows } from './documents.ts';

const document = readDocument('docs/verify.md');

suite('docs/verify.md', () => {
  for (const [heading, rules] of [
    ['Problems', problemRules],
    ['Notes', noteRules],
  ] as const) {
    test(`has every code of ${heading.toLowerCase()}, in their order, with its meaning and what to do`, () => {
      const rows = tableRows(section(document, heading));
      assert.deepEqual(
        rows.map((row) => bare(row['code'])),
        Object.keys(rules),
      );
      for (const row of rows)
        for (const column of ['meaning', 'what to do']) assert.match(row[column] ?? '', /\.$/, row['code'] ?? '');
    });
  }
});
