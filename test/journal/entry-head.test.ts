import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { encodeEntry, noHash, type Entry } from '../../src/journal/entry.ts';
import { readEntryHead } from '../../src/journal/entry-head.ts';
import { suite } from 'node:test';
import { test } from '../support/shares.ts';

const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constant('"prev":"'),
  fc.constant('\\","seq":1,"kind":"whole"'),
  fc.constant('"rows":{'),
);

suite('The head of an entry', () => {
  test('is what parsing the entry gives, whatever stands in its texts', () => {
    const entries: fc.Arbitrary<Entry> = fc.record({
      kind: fc.constantFrom('change' as const, 'whole' as const),
      committed_at: fc.constant('2025-01-02T03:04:05.678Z'),
      actor: texts,
      what: fc.array(texts),
      rows: fc.oneof(
        fc.constant({ sha256: noHash, size_bytes: 7 }),
        fc.array(fc.record({ table: texts, row: fc.dictionary(texts, texts) })),
      ),
      seq: fc.nat(),
      prev: fc.constant(noHash),
    });
    const before = { size: 7, head: noHash, root: { origin: 'gexlake/1', size: 7, root: '' } };
    const begun = fc
      .tuple(entries, texts, texts)
      .map(([entry, reason, nonce]) => Object.assign({}, entry, { before, reason, nonce }));
    fc.assert(
      fc.property(fc.oneof(entries, begun), (entry) => {
        const { kind, committed_at, seq, prev, rows } = entry;
        const head = readEntryHead(encodeEntry(entry));
        assert.deepEqual(head, { kind, committed_at, prev, seq, hasPayload: !Array.isArray(rows) });
      }),
    );
  });

  test('of bytes that are no entry is an error', () => {
    assert.throws(() => readEntryHead(Buffer.from('{"seq":1}')), SyntaxError);
  });
});
