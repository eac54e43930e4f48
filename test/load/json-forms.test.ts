import assert from 'node:assert/strict';
import { limits } from '../../src/core/limits.ts';
import { assertRows, failure, given, load, open_s, type Options } from './loaded.ts';
import { modelOf } from './model.ts';
import { long, oneOf, test } from '../support/shares.ts';

const records = Array.from({ length: 3 }, (_, at) => ({
  timestamp: open_s + at,
  ticker: 'SPX',
  spot: 6000 + at / 4,
  strikes: [
    [6000, 1.5, -2, [0, 1, 2, 3, 4]],
    [6005 + at, 0, 0.25, [0, 0, 0, 0, 0]],
  ],
  max_priors: [[6000, 1]],
}));
const texts = records.map((record) => JSON.stringify(record));
const [first = '', second = ''] = texts;
const array = `[${texts.join(',')}]`;
const blockSizes = [1, 13, undefined];
const enveloped = texts.map(
  (text, at) =>
    `{"recorded_at":"2025-10-22T13:30:0${at}.5Z","ticker":"SPX","note":{"data":{}},"data":${text},"n":${at}}`,
);

const inEnvelope = (key: string) => `each record lies in an envelope, under ${key}`;
const said = {
  lines: ['records lie one after the other'],
  wrapped: ['records lie in a data array'],
  records: ['records lie in a records array'],
  snapshots: ['records lie in a snapshots array'],
  payloads: ['records lie in a payloads array'],
  'lines, data': ['records lie one after the other', inEnvelope('data')],
  data: [inEnvelope('data')],
  payload: [inEnvelope('payload')],
  'data.records': ['records lie in a data.records array'],
  result: ['records lie in a result array'],
  'lines, data.record': ['records lie one after the other', inEnvelope('data.record')],
  'message.data': [inEnvelope('message.data')],
  'records, record': ['records lie in a records array', inEnvelope('record')],
};

function withBlock(block_bytes: number | undefined): Options {
  return block_bytes === undefined ? {} : { block_bytes };
}

for (const [at, [what, content, layout]] of (
  [
    ['an array', array, null],
    ['an array with white space all around', ` \r\n\t${array}\n\n `, null],
    ['an array behind a byte order mark', `\uFEFF${array}`, null],
    ['an array, indented', JSON.stringify(records, null, 2), null],
    ['an array, indented, with CRLF', JSON.stringify(records, null, '\t').replaceAll('\n', '\r\n'), null],
    ['an array with one record a line', `[\n${texts.join(',\n')}\n]\n`, null],
    ['a record a line', `${texts.join('\n')}\n`, 'lines'],
    ['a record a line, without the last line end', texts.join('\n'), 'lines'],
    ['a record a line, with CRLF', `${texts.join('\r\n')}\r\n`, 'lines'],
    ['a record a line, with empty lines', `\n\n${texts.join('\n\n')}\n\n`, 'lines'],
    ['a record a line, behind a byte order mark', `\uFEFF${texts.join('\n')}\n`, 'lines'],
    ['records with nothing between', texts.join(''), 'lines'],
    ['indented records', records.map((record) => JSON.stringify(record, null, 2)).join('\n'), 'lines'],
    ['wrapped', `{"data":${array}}`, 'wrapped'],
    ['wrapped with members before', `{"ticker":"SPX","n":[1,{"data":[]}],"data":${array}}`, 'wrapped'],
    ['wrapped with members after', `{"data":${array},"next":null,"page":{"of":1}}\n`, 'wrapped'],
    ['wrapped, indented', JSON.stringify({ status: 'ok', data: records, count: 5 }, null, 2), 'wrapped'],
    ['wrapped, with odd keys', `{"a\\"b":"]","d\\u0061ta" : ${array} , "\\"":"€"}`, 'wrapped'],
    ['wrapped behind a byte order mark', `\uFEFF {"data":${array}}`, 'wrapped'],
    ['wrapped, an earlier data that is no array', `{"data":null,"data":${array}}`, 'wrapped'],
    ['wrapped under records', `{"ok":true,"records":${array}}`, 'records'],
    ['wrapped under snapshots', `{"snapshots":${array},"records":[]}`, 'snapshots'],
    ['wrapped under payloads', `{"payloads":${array}}`, 'payloads'],
    ['an envelope a line', `${enveloped.join('\n')}\n`, 'lines, data'],
    ['an array of envelopes', `[${enveloped.join(',')}]`, 'data'],
    ['an array of envelopes under another key', `[${texts.map((text) => `{"payload":${text}}`).join(',')}]`, 'payload'],
    ['wrapped envelopes', `{"records":[${texts.map((text) => `{"record":${text}}`).join(',')}]}`, 'records, record'],
    ['envelopes with a bare record between', [enveloped[0], texts[1], enveloped[2]].join('\n'), 'lines, data'],
    ['wrapped under records, an empty list before', `{"snapshots":[],"records":${array}}`, 'records'],
    ['wrapped two levels deep', `{"data":{"records":${array},"n":3},"ok":true}`, 'data.records'],
    ['wrapped under result', `{"timestamp":"2025-10-22","result":${array}}`, 'result'],
    [
      'envelopes in envelopes',
      texts.map((text) => `{"data":{"at":1,"record":${text}},"n":{"record":{}}}`).join('\n'),
      'lines, data.record',
    ],
    [
      'envelopes in envelopes that have times of their own',
      `[${texts.map((text) => `{"timestamp":"x","message":{"timestamp":1,"data":${text}}}`).join(',')}]`,
      'message.data',
    ],
    [
      'envelopes under several keys',
      texts.map((text, at) => `{"${['data', 'payload', 'data'][at]}":${text}}`).join('\n'),
      'lines, data',
    ],
  ] as const
).entries()) {
  oneOf(5, at)(`${what}: the same rows`, async () => {
    const expected = modelOf(records, given);
    assert.ok(typeof expected === 'object');
    for (const block_bytes of blockSizes) {
      const loaded = await load(content, withBlock(block_bytes));
      assert.equal(loaded.counts.records_processed, 3);
      assertRows(await loaded.rows('strikes'), expected.strikes);
      assertRows(await loaded.rows('snapshots'), expected.snapshots);
      const notices = loaded.notices.filter(({ event }) => event === 'layout').map(({ detail }) => detail);
      assert.deepEqual(notices, layout === null ? [] : said[layout]);
    }
  });
}

const large = `[${texts.join(',')}${`,${first}`.repeat(Math.ceil((1.5 * limits.wrapper_bytes) / first.length))}]`;

for (const [what, content, says, hint] of [
  ['two lists', `{"records":${array},"snapshots":${array}}`, /more than one place: records and snapshots/],
  ['two lists, both long', `{"records":${large},"snapshots":${large}}`, /more than one place: records and snapshots/],
  ['two lists, one deep', `{"data":{"records":${array}},"snapshots":${array}}`, /place: data\.records and snapshots/],
  ['two lists, both deep', `{"data":{"records":${large},"payloads":${array}}}`, /data\.records and data\.payloads/],
  ['a list beside a record', `{"records":${array},"data":${first}}`, /more than one place: data and records/],
  ['two records in an envelope', `{"data":${first},"payload":${second}}`, /more than one place: data and payload/],
  ['two of them later', `{"data":${first}}\n{"data":${first},"record":${second}}`, /record 1, byte \d+ has records in/],
  [
    'a list in an array',
    `[{"n":1,"data":${array}}]`,
    /record 0, byte 1: is no record but carries a list of them, under data/,
    /jq/,
  ],
  [
    'a list a line',
    `{"data":${array}}\n{"data":${array}}`,
    /something follows the object with the data array/,
    /jq -c '\.data\[\]'/,
  ],
  [
    'a long list a line',
    `{"data":${large}}\n{"data":${large}}`,
    /something follows the object with the data array/,
    /jq/,
  ],
] as const) {
  long(`${what}: told by their names`, async () => {
    const error = await failure(content);
    assert.match(error.message, says);
    assert.match(error.hint ?? '', hint ?? /file of its own/);
    assert.equal(error.code, what.endsWith('a line') ? 'JSON_INVALID' : 'SOURCE_FORMAT');
  });
}

test('a record that has fields of such names is a record', async () => {
  const fields = ['"data":{"timestamp":1}', '"records":[]', '"result":[1]'].join(',');
  const loaded = await load(`[${texts.map((text) => text.replace('{', `{${fields},`)).join(',')}]`);
  assert.equal(loaded.counts.records_processed, 3);
  assert.deepEqual(
    loaded.notices.filter(({ event }) => event === 'layout'),
    [],
  );
});

test('one object is one record', async () => {
  const loaded = await load(JSON.stringify(records[0], null, 1));
  assert.deepEqual(loaded.counts, {
    records_read: 1,
    records_processed: 1,
    records_duplicate: 0,
    records_quarantined: 0,
  });
});

/** Each of these fails, at any block size, with this code and at this byte: where `¦` stands, or where `‹` does, in record n. */
const cut = array.slice(0, -40);
const lastStart = array.lastIndexOf('{"timestamp"');

for (const [at, [what, marked, code, record]] of (
  [
    ['nothing', '¦', 'INPUT_EMPTY', undefined],
    ['white space only', '¦ \r\n\t ', 'INPUT_EMPTY', undefined],
    ['a byte order mark only', '¦\uFEFF', 'INPUT_EMPTY', undefined],
    ['an empty array', '[]', 'INPUT_NO_RECORDS', undefined],
    ['an empty array with white space', ' [ \n ] ', 'INPUT_NO_RECORDS', undefined],
    ['an empty wrapped array', '{"data":[],"n":0}', 'INPUT_NO_RECORDS', undefined],
    ['a page', '\n ¦<!doctype html>', 'INPUT_NOT_JSON', undefined],
    ['a text', '¦"SPX"', 'INPUT_NOT_JSON', undefined],
    ['something behind the array', `${array} ¦x`, 'JSON_INVALID', 3],
    ['a second array', `${array}\n¦[]`, 'JSON_INVALID', 3],
    ['no comma between records', `[${first}¦${second}]`, 'JSON_INVALID', 1],
    ['no comma between records on lines', `[${first}\n  ¦${second}]`, 'JSON_INVALID', 1],
    ['a comma before the first record', `[¦,${first}]`, 'JSON_INVALID', 0],
    ['a comma behind the last record', `[${first},¦]`, 'JSON_INVALID', 1],
    ['two commas', `[${first},¦,${second}]`, 'JSON_INVALID', 1],
    ['a number for a record', `[${first}, ¦12.5 ,${second}]`, 'RECORD_NOT_OBJECT', 1],
    ['a text for a record', `[¦"a, ]{ text",${second}]`, 'RECORD_NOT_OBJECT', 0],
    ['null for a record', '[¦null]', 'RECORD_NOT_OBJECT', 0],
    ['true for a record, on a line', `${first}\n¦true`, 'RECORD_NOT_OBJECT', 1],
    ['an array for a record', `[¦[1,{"a":"]"}]]`, 'RECORD_NOT_OBJECT', 0],
    ['a word that is none', '[tr¦ee]', 'JSON_INVALID', 0],
    ['cut inside a record', `${cut.slice(0, lastStart)}¦${cut.slice(lastStart)}`, 'INPUT_TRUNCATED', 2],
    ['cut inside the first record', `[¦${first.slice(0, 20)}`, 'INPUT_TRUNCATED', 0],
    ['cut inside an indented record', `[ ¦{\n "timestamp": 17`, 'INPUT_TRUNCATED', 0],
    ['cut behind a record', `[${first}¦`, 'INPUT_TRUNCATED', 1],
    ['cut behind a comma', `[${first},¦`, 'INPUT_TRUNCATED', 1],
    ['cut behind the bracket', `[¦`, 'INPUT_TRUNCATED', 0],
    ['cut on a line', `${first}\n¦${second.slice(0, -1)}`, 'INPUT_TRUNCATED', 1],
    ['cut inside an escape', '[¦{"timestamp":1,"a":"\\', 'INPUT_TRUNCATED', 0],
    ['a quote too few', `[{"timestamp":${open_s},"ticker":"SPX,"¦spot":1},${second}]`, 'JSON_INVALID', 0],
    ['a brace too few', `[{"timestamp":${open_s},"strikes":[[1,2,3]] ,¦${second}]`, 'JSON_INVALID', 0],
    ['a bracket that closes a brace', `[{"timestamp":${open_s},"a":[1¦},${second}]`, 'JSON_INVALID', 0],
    ['a leading zero', `[${first},{"timestamp":${open_s + 1},"spot":0¦1}]`, 'JSON_INVALID', 1],
    ['a point without digits', `[{"timestamp":${open_s},"spot":1.¦}]`, 'JSON_INVALID', 0],
    ['a plus', `[{"spot":¦+1}]`, 'JSON_INVALID', 0],
    ['a hexadecimal number', `[{"spot":0¦x10}]`, 'JSON_INVALID', 0],
    ['single quotes', `[{¦'spot':1}]`, 'JSON_INVALID', 0],
    ['a comma too many in a record', `[{"spot":1,¦}]`, 'JSON_INVALID', 0],
    ['a word for a key', `[{¦NaN:1}]`, 'JSON_INVALID', 0],
    ['a word inside a number', `[{"spot":1¦NaN}]`, 'JSON_INVALID', 0],
    ['a control character in a text', `[{"a":"x¦\n"}]`, 'JSON_INVALID', 0],
    ['an escape that is none', `[{"é€":"\\¦q"}]`, 'JSON_INVALID', 0],
    ['a zero byte', `[{"spot":1¦\u0000}]`, 'JSON_INVALID', 0],
    ['a zero byte between records', `[${first}¦\u0000,${second}]`, 'JSON_INVALID', 1],
    ['an error behind a position in the text', `[{"position 3":¦x}]`, 'JSON_INVALID', 0],
    ['an error behind a NaN', `[{"spot":NaN,¦}]`, 'JSON_INVALID', 0],
    ['a line of something else', `${first}\n¦Error 500\n${second}`, 'JSON_INVALID', 1],
    ['a comma between lines', `${first}\n¦,${second}`, 'JSON_INVALID', 1],
    ['a wrapper that is cut', `{"data":${array}¦`, 'INPUT_TRUNCATED', undefined],
    ['a wrapper that is cut in a member', `{"data":${array},"next":"¦`, 'INPUT_TRUNCATED', undefined],
    ['a wrapper with a wrong end', `{"data":${array}¦]`, 'JSON_INVALID', undefined],
    ['a wrapper with a wrong member behind', `{"data":${array},"é":tr¦ee}`, 'JSON_INVALID', undefined],
    ['a wrapper with a wrong member before', `{"n":0¦1,"data":${array}}`, 'JSON_INVALID', undefined],
    ['something behind a wrapper', `{"data":${array}} ¦{}`, 'JSON_INVALID', undefined],
  ] as const
).entries()) {
  oneOf(4, at)(`${what}: ${code}`, async () => {
    const content = marked.replace('¦', '');
    const byte = marked.includes('¦') ? Buffer.byteLength(marked.slice(0, marked.indexOf('¦'))) : undefined;
    for (const block_bytes of blockSizes) {
      const error = await failure(content, withBlock(block_bytes));
      const found = {
        code: error.code,
        file: error.details.file,
        record: error.details.record,
        byte: error.details.byte,
      };
      assert.deepEqual(
        found,
        { code, file: 'source.json', record, byte },
        `${error.message} (blocks of ${block_bytes})`,
      );
      assert.match(error.message, /source\.json/);
      assert.notEqual(error.hint, null);
    }
  });
}

for (const [what, before, wrong, after] of [
  ['inside a text', '[{"timestamp":1,"a":"é€', [0x78, 0xff], '"}]'],
  ['in a key', `[${first},{"`, [0x61, 0xc3, 0x28], '":1}]'],
  ['cut inside a character', '[{"a":"', [0x78, 0xe2, 0x82], '"}]'],
] as const) {
  test(`bytes that are no UTF-8, ${what}: JSON_INVALID`, async () => {
    const content = Buffer.concat([Buffer.from(before), Buffer.from(wrong), Buffer.from(after)]);
    for (const block_bytes of blockSizes) {
      const { code, details } = await failure(content, withBlock(block_bytes));
      assert.deepEqual([code, details.byte], ['JSON_INVALID', Buffer.byteLength(before) + 1]);
    }
  });
}

test('a wrapper that is no UTF-8: JSON_INVALID', async () => {
  const content = Buffer.concat([Buffer.from(`{"data":${array},"a":"`), Buffer.from([0xff]), Buffer.from('"}')]);
  assert.equal((await failure(content)).code, 'JSON_INVALID');
});

test('the key data twice in a wrapper: JSON_INVALID', async () => {
  const { code, message } = await failure(`{"data":${array},"data":[]}`);
  assert.equal(code, 'JSON_INVALID');
  assert.match(message, /data twice/);
});

test('a wrapper that is too long around the records is refused', async () => {
  const { code } = await failure(`{"data":${array},"a":"${'x'.repeat(limits.wrapper_bytes)}"}`);
  assert.equal(code, 'JSON_INVALID');
});

long('a record above the limit: RECORD_TOO_LARGE', async () => {
  const start = `[${first},`;
  const head = `{"timestamp":${open_s + 1},"ticker":"SPX","spot":1,"a":`;
  for (const text of ['x'.repeat(limits.record_bytes), '€'.repeat(limits.record_bytes / 2)]) {
    const { code, details } = await failure(`${start}${head}"${text}"},${second}]`);
    assert.deepEqual([code, details.record, details.byte], ['RECORD_TOO_LARGE', 1, start.length]);
  }
});

long('a text without its end is found before the limit', async () => {
  const record = `{"timestamp":${open_s},"ticker":"SPX","spot":1,"a":"x"},\n`;
  const rest = record.repeat(limits.record_bytes / record.length + 1);
  const { code, details } = await failure(`[{"a":"b,\n${rest}`);
  assert.deepEqual([code, details.record, details.byte], ['JSON_INVALID', 0, 9]);
});

long('a record just below the limit is read', async () => {
  const head = `[{"timestamp":${open_s},"ticker":"SPX","spot":1,"a":"`;
  const loaded = await load(`${head}${'x'.repeat(limits.record_bytes - head.length - 1)}"}]`);
  assert.equal(loaded.counts.records_processed, 1);
});

long('an endless nesting is an error and no crash', async () => {
  const deep = 20_000;
  const start = `[{"timestamp":${open_s},"ticker":"SPX","spot":1,`;
  for (const field of ['a', 'zero_gamma', 'max_priors']) {
    const { code } = await failure(`${start}"${field}":${'['.repeat(deep)}${']'.repeat(deep)}}]`);
    assert.equal(code, 'JSON_INVALID');
  }
  const open = await failure(`${start}"a":${'['.repeat(deep)}`);
  assert.notEqual(open.code, 'INTERNAL');
});
