import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseAskedTimes, parseMoment } from '../../src/core/as-of.ts';
import { GexlakeError } from '../../src/core/errors.ts';

function fails(code: string, words: RegExp, act: () => unknown): void {
  assert.throws(act, (error) => error instanceof GexlakeError && error.code === code && words.test(error.message));
}

suite('a time that is asked about', () => {
  const moments: Readonly<Record<string, string>> = {
    '2025-11-03T14:30:00Z': '2025-11-03T14:30:00.000Z',
    '2025-11-03T09:30:00-05:00': '2025-11-03T14:30:00.000Z',
    '2025-11-03t14:30z': '2025-11-03T14:30:00.000Z',
    '2025-11-03 14:30:00.123456Z': '2025-11-03T14:30:00.123Z',
    '2024-02-29T23:59:59.5+00:00': '2024-02-29T23:59:59.500Z',
    '2025-12-31T20:00:00-05:00': '2026-01-01T01:00:00.000Z',
  };
  for (const [text, at] of Object.entries(moments)) test(text, () => assert.equal(parseMoment(text), at));

  const refused: Readonly<Record<string, RegExp>> = {
    '2025-11-03': /a day has many/,
    '2025-11-03T14:30:00': /its zone is missing/,
    '2025-11-03T14:30': /its zone is missing/,
    '2025-11-03T14:30:00 00:00': /%2B/,
    '2025-02-30T14:30:00Z': /no calendar or clock/,
    '2025-11-03T24:30:00Z': /no calendar or clock/,
    '2025-11-03T14:61:00Z': /no calendar or clock/,
    '2025-11-03T14:30:00+99:00': /no calendar or clock/,
    yesterday: /expected a time as of RFC 3339/,
    '1762180200': /expected a time as of RFC 3339/,
    '': /expected a time as of RFC 3339/,
  };
  for (const [text, words] of Object.entries(refused))
    test(`${text} is refused`, () => fails('AS_OF_INVALID', words, () => parseMoment(text)));

  test('several have names', () => {
    const at = '2025-11-03T14:30:00Z';
    const [iso] = Object.values(moments);
    assert.deepEqual(parseAskedTimes([at, `a=${at}`, `B_2=${at}`]), [
      { name: null, at: iso },
      { name: 'a', at: iso },
      { name: 'B_2', at: iso },
    ]);
    fails('USAGE', /two times have no name/, () => parseAskedTimes([at, at]));
    fails('USAGE', /two times have the name a/, () => parseAskedTimes([`a=${at}`, `A=${at}`]));
    for (const name of ['', 'main', 'Temp', 'a b', '1a', 'a.b', '"a"', 'versions'])
      fails('USAGE', /cannot be the name of a schema/, () => parseAskedTimes([`${name}=${at}`]));
    fails('AS_OF_INVALID', /a day has many/, () => parseAskedTimes(['a=2025-11-03']));
  });
});
