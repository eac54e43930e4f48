import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { GexlakeError, type ErrorCode } from '../../src/core/errors.ts';
import { findErrorText } from '../../src/core/error-text.ts';
import { checkShape } from '../../src/load/shape.ts';
import { makeRoom, name, type Room } from '../staging/room.ts';

let room: Room;
before(async () => {
  room = await makeRoom();
});
after(() => room.remove());

async function shapeOf(content: string | Uint8Array): Promise<GexlakeError | null> {
  const bytes = Buffer.from(content);
  const path = await room.write(name, bytes);
  return checkShape({ path, name, size_bytes: bytes.byteLength }).then(
    () => null,
    (error: unknown) => {
      assert.ok(error instanceof GexlakeError, String(error));
      assert.equal(error.details.file, name);
      assert.ok(error.message.includes(name) && /byte \d+/.test(error.message), error.message);
      assert.ok(error.hint !== null);
      return error;
    },
  );
}

const white = ' \r\n\t'.repeat(50_000);
const mark = '\u{feff}';

suite('what could be records', () => {
  const good: Readonly<Record<string, string>> = {
    'an array': '[{"timestamp":1}]',
    'an indented array': '\n[\n  {"timestamp": 1}\n]\n',
    'an array behind a byte order mark': `${mark}[{"timestamp":1}]`,
    'much white space': `${white}[${white}{"timestamp":1}${white}]${white}`,
    'a wrapped array': '{"data":[{"timestamp":1}]}',
    'lines of objects': '{"timestamp":1}\n{"timestamp":2}\n',
    'a wrapped array with a message': '{"message":"ok","data":[{"timestamp":1}]}',
    'a wrapped array with no error': '{"error":null,"data":[{"timestamp":1}]}',
    'one record with a message': '{"timestamp":1,"message":"hello"}',
    'a string that looks like an end': '["]"]',
  };
  for (const [what, content] of Object.entries(good)) {
    test(what, async () => {
      assert.equal(await shapeOf(content), null);
    });
  }
});

suite('what could not', () => {
  const bad: readonly (readonly [string, string | Uint8Array, ErrorCode, number])[] = [
    ['nothing', '', 'INPUT_EMPTY', 0],
    ['white space', white, 'INPUT_EMPTY', 0],
    ['a byte order mark', mark, 'INPUT_EMPTY', 0],
    ['a page', '<!DOCTYPE html><html></html>', 'INPUT_HTML', 0],
    ['a page after white space', '\n\n <html>', 'INPUT_HTML', 3],
    ['an XML answer', `${mark}<?xml version="1.0"?><Error/>`, 'INPUT_HTML', 3],
    ['an error', '{"error":"expired"}', 'INPUT_ERROR_BODY', 0],
    ['an error with more', '{"status":403,"error":"expired","data":null}', 'INPUT_ERROR_BODY', 0],
    ['an error in an object', '{"error":{"code":1,"message":"expired"}}', 'INPUT_ERROR_BODY', 0],
    ['a message', ' {"message":"expired"}', 'INPUT_ERROR_BODY', 1],
    ['text', 'expired', 'INPUT_NOT_JSON', 0],
    ['text after white space', `${white}expired`, 'INPUT_NOT_JSON', white.length],
    ['a number', '12', 'INPUT_NOT_JSON', 0],
    ['zeros', Buffer.alloc(100), 'INPUT_NOT_JSON', 0],
    ['UTF-16', Buffer.from('\u{feff}[1]', 'utf16le'), 'INPUT_NOT_JSON', 0],
    ['gzip in gzip', Buffer.from([0x1f, 0x8b, 8]), 'INPUT_NOT_JSON', 0],
    ['an array cut in a record', '[{"timestamp":1},{"timest', 'INPUT_TRUNCATED', 25],
    ['an array cut after a record', '[{"timestamp":1}\n', 'INPUT_TRUNCATED', 17],
    ['an array cut after a comma', '[{"timestamp":1},', 'INPUT_TRUNCATED', 17],
    ['an array cut at once', '[', 'INPUT_TRUNCATED', 1],
    ['an array with zeros at its end', '[{"timestamp":1}]\0\0', 'INPUT_TRUNCATED', 19],
    ['an object cut', '{"data":[{"timestamp":1}]', 'INPUT_TRUNCATED', 25],
    ['an empty array', '[]', 'INPUT_NO_RECORDS', 0],
    ['an empty array in white space', `${mark}\n[${white}]${white}`, 'INPUT_NO_RECORDS', 4],
  ];
  for (const [what, content, code, byte] of bad) {
    test(`${what}: ${code}`, async () => {
      const error = await shapeOf(content);
      assert.equal(error?.code, code);
      assert.equal(error?.details.byte, byte);
    });
  }

  test('the messages say what was found', async () => {
    assert.equal((await shapeOf('expired'))?.message, `${name} is not JSON: expected "[" or "{" at byte 0, found "e"`);
    assert.match((await shapeOf(Buffer.alloc(3)))?.message ?? '', /found byte 0x00$/);
    assert.match((await shapeOf('[{"timestamp":1}'))?.message ?? '', /ends at byte 16 with "}" where "]" should be$/);
  });
});

suite("the vendor's error", () => {
  test('is quoted, at most 200 characters of it', () => {
    assert.equal(findErrorText('{"error":"no data for 2025-12-25"}'), 'no data for 2025-12-25');
    assert.equal(findErrorText(JSON.stringify({ error: 'x'.repeat(5000) }))?.length, 200);
  });

  test('is quoted without secrets', () => {
    const secret = [
      'GET https://hist.gex.bot/a.json?sv=1&sig=SECRET failed',
      'Signature sig=SECRET did not match',
      'key gexbot_custom_SECRET is unknown',
      'Authorization: Bearer SECRET',
      'https://user:SECRET@hist.gex.bot/',
    ];
    for (const error of secret) assert.doesNotMatch(findErrorText(JSON.stringify({ error })) ?? '', /SECRET|sig=/);
  });

  test('is quoted without what could write over a terminal or a log', () => {
    assert.equal(findErrorText(JSON.stringify({ error: 'a\n2026 ok\u{1b}[2J\u{202e}b' })), 'a 2026 ok [2J b');
  });

  for (const json of [
    '[]',
    '{}',
    '{"error":""}',
    '{"error":5}',
    '{"message":5}',
    'null',
    '"error"',
    '{"error":"x"',
    '{"data":[],"message":"m"}',
  ]) {
    test(`there is none in ${json}`, () => {
      assert.equal(findErrorText(json), null);
    });
  }
});
