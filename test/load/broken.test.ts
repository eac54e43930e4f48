import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readLenientJson } from '../../src/load/lenient-json.ts';
import { runs, test } from '../support/shares.ts';
import {
  anyRecord,
  anything,
  kinds,
  loneBackslash,
  printArray,
  spacer,
  spaces,
  vendorRecord,
  type Print,
} from './arbitraries.ts';
import { assertSame, failure, given, open_s, type Options } from './loaded.ts';
import { modelOf } from './model.ts';

/** A text with one of its characters left out, changed, doubled, or one more put in. */
const broken = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      text,
      fc.nat(),
      fc.constantFrom(
        '',
        ',',
        ':',
        '"',
        '0',
        '9',
        '-',
        '.',
        'e',
        '[',
        ']',
        '{',
        '}',
        '\\',
        ' ',
        '\n',
        'u',
        'n',
        '\u0000',
        'é',
      ),
      fc.nat(2),
    )
    .map(([whole, where, piece, cut]) => {
      const at = where % (whole.length + 1);
      return whole.slice(0, at) + piece + whole.slice(at + (piece === '' ? 1 : Math.min(1, cut)));
    })
    .filter((written) => !loneBackslash.test(written));

const values = fc.tuple(anything, spaces).map(([print, pieces]) => print(spacer(pieces)));

function parsed(text: string): { readonly value: unknown } | { readonly message: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { message: (error as Error).message };
  }
}

test('the slow reader reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(values, (text) => assert.deepStrictEqual(readLenientJson(text), parsed(text))),
    { numRuns: 400 },
  );
});

test('the slow reader finds a text wrong where JSON.parse does', () => {
  // A beginning of NaN or Infinity is wrong where it goes on otherwise, not where it begins.
  const withoutBareWords = broken(values).filter((text) => !/[NI]/.test(text));
  const property = fc.property(withoutBareWords, (text) => {
    const expected = parsed(text);
    const found = readLenientJson(text);
    if ('value' in expected) return assert.deepStrictEqual(found, expected);
    assert.ok('wrongAt' in found, `read as ${JSON.stringify(found)}`);
    const position = /in JSON at position (\d+) \(line \d+ column \d+\)$/.exec(expected.message)?.[1];
    if (position !== undefined) assert.equal(found.wrongAt, Number(position));
    if (expected.message.startsWith('Unexpected end of JSON')) assert.equal(found.wrongAt, text.length);
    // The message that has no position shows the text around it, with the wrong character's own token first.
    const token = /^Unexpected token '(.+?)', /su.exec(expected.message)?.[1];
    if (token !== undefined) assert.ok(text.slice(found.wrongAt).startsWith(token));
  });
  fc.assert(property, { numRuns: 1500 });
});

test('the slow reader reads NaN and Infinity as values, and as nothing else', () => {
  assert.deepStrictEqual(readLenientJson('{"a":NaN,"b":[-Infinity,Infinity],"NaN":"NaN"}'), {
    value: { a: Number.NaN, b: [-Infinity, Infinity], NaN: 'NaN' },
  });
  for (const [text, wrongAt] of [
    ['{NaN:1}', 1],
    ['[-NaN]', 2],
    ['[1NaN]', 2],
    ['[NaNa]', 4],
    ['[+Infinity]', 1],
    ['[Inf]', 4],
  ] as const) {
    assert.deepEqual(readLenientJson(text), { wrongAt });
  }
});

for (const [trial, numRuns] of runs(15, 200))
  trial(`a file with one character wrong fails, or is read as JSON.parse reads it: ${numRuns} files`, async () => {
    const file = kinds.chain((kind) => {
      const records: fc.Arbitrary<Print[]> = fc.tuple(
        vendorRecord(kind, given.ticker, open_s),
        anyRecord(kind, given.ticker, open_s + 1),
        vendorRecord(kind, given.ticker, open_s + 2),
      );
      const text = fc.tuple(records, spaces).map(([prints, pieces]) => printArray(prints, pieces));
      return fc.tuple(fc.constant(kind), broken(text), fc.boolean());
    });
    const property = fc.asyncProperty(file, async ([kind, content, small]) => {
      const options: Options = { kind, ...(small ? { block_bytes: Math.ceil(content.length / 50) } : {}) };
      const expected = parsed(content);
      if ('value' in expected && Array.isArray(expected.value)) {
        await assertSame(content, modelOf(expected.value, { ...given, kind }), options);
        return;
      }
      const error = await failure(content, options);
      assert.notEqual(error.code, 'INTERNAL');
      assert.equal(error.details.file, 'source.json');
    });
    await fc.assert(property, { numRuns });
  });
