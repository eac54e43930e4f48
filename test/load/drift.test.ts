import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalNumber } from '../../src/core/canonical-number.ts';
import { limits } from '../../src/core/limits.ts';
import { runOn } from '../support/duckdb.ts';
import { assertRows, failure, load, open_s, quarantineOf, type Loaded } from './loaded.ts';
import { long, oneOf, test } from '../support/shares.ts';

/*
 * Unknown fields keep their digits and whatever else is in them; known fields of another type are read, told, or fail the file by name.
 */

function record(at: number, fields: string): string {
  return `{"timestamp":${open_s + at},"ticker":"SPX","spot":6000.25${fields === '' ? '' : `,${fields}`}}`;
}

/** A file of `count` records, the first of them with these fields. */
function file(count: number, ...fields: string[]): string {
  return `[${Array.from({ length: count }, (_, at) => record(at, fields[at] ?? '')).join(',')}]`;
}

async function extrasOf(loaded: Loaded): Promise<unknown[]> {
  return (await loaded.rows('snapshots')).map((row) => row['extra']);
}

async function extraOf(fields: string): Promise<unknown> {
  return (await extrasOf(await load(file(20, fields))))[0];
}

function noticed({ notices }: Loaded, event: string): string | undefined {
  return notices.find((notice) => notice.event === event)?.detail;
}

test('records that differ only in a value of a repeated key are not identical', async () => {
  for (const [first, second, isSame] of [
    ['"x":1,"x":2', '"x":3,"x":2', false],
    ['"x":{"y":1,"y":2}', '"x":{"y":2}', false],
    ['"x":2,"x":2', '"x":2', true],
    ['"x":1,"z":0,"x":2', '"z":0,"x":1,"x":2', true],
  ] as const) {
    const { counts } = await load(`[${record(0, first)},${record(0, second)}]`);
    assert.deepEqual(
      [counts.records_duplicate, counts.records_quarantined],
      isSame ? [1, 0] : [0, 1],
      `${first} and ${second}`,
    );
  }
});

test('numbers in unknown fields keep their digits, at any depth', async () => {
  for (const number of [
    '9007199254740993',
    '-9007199254740993',
    '123456789012345678901234567890',
    '1e400',
    '-1E-400',
    '0.1000000000000000055',
    '-0',
    '-0.0',
    '1.0',
    '1.10',
    '0e0',
    '1e5',
    '1E+05',
    '9'.repeat(400),
  ]) {
    const fields = `"seq": ${number} ,"in":[ ${number}, {"a" :${number}}],"last":"${number}"`;
    assert.equal(await extraOf(fields), `{"seq":${number},"in":[${number},{"a":${number}}],"last":"${number}"}`);
  }
});

test('two records that differ in the last digit of an unknown field are two', async () => {
  const twice = (left: string, right: string) => `[${record(0, left)},${record(0, right)},${file(20).slice(1, -1)}]`;
  for (const [left, right] of [
    ['"seq":9007199254740993', '"seq":9007199254740992'],
    ['"a":{"b":[1e400]}', '"a":{"b":[1e401]}'],
    ['"a":0.1000000000000000055', '"a":0.1'],
    ['"a":0', '"a":-0'],
    ['"a":1', '"a":"1"'],
    ['"a":NaN', '"a":"NaN"'],
    ['"a":"\\ud83d"', '"a":"\\\\ud83d"'],
    ['"a":1', '"a":1,"b":null'],
  ] as const) {
    const loaded = await load(twice(left, right).replace(`,${record(0, '')}`, ''));
    assert.deepEqual([loaded.counts.records_duplicate, loaded.counts.records_quarantined], [0, 1], right);
    assert.equal((await quarantineOf(loaded))[0]?.source, record(0, right));
  }
  for (const [left, right] of [
    ['"a":1', '"a":1.0'],
    ['"a":100', '"a":1e2'],
    ['"a":{"x":1,"y":2}', '"a":{"y":20e-1, "x":1}'],
    ['"a":"é"', '"a":"\\u00e9"'],
  ] as const) {
    const loaded = await load(twice(left, right).replace(`,${record(0, '')}`, ''));
    assert.deepEqual([loaded.counts.records_duplicate, loaded.counts.records_quarantined], [1, 0], right);
  }
});

test('numbers are equal where all their digits are, and only there', () => {
  const decimal = fc.tuple(
    fc.constantFrom('', '-'),
    fc.bigInt({ min: 0n, max: 10n ** 30n }),
    fc.integer({ min: -40, max: 40 }),
  );
  const spelled = (sign: string, digits: bigint, power: number, zeros: number) =>
    `${sign}${digits}${'0'.repeat(zeros)}e${power - zeros}`;
  const property = fc.property(
    decimal,
    decimal,
    fc.nat(5),
    ([sign, digits, power], [other, digit, exponent], zeros) => {
      const once = canonicalNumber(spelled(sign, digits, power, 0));
      assert.equal(canonicalNumber(spelled(sign, digits, power, zeros)), once);
      assert.equal(canonicalNumber(once), once);
      const isSame = sign === other && digits * 10n ** BigInt(power + 40) === digit * 10n ** BigInt(exponent + 40);
      assert.equal(once === canonicalNumber(spelled(other, digit, exponent, zeros)), isSame);
    },
  );
  fc.assert(property, { numRuns: 500 });
  assert.equal(canonicalNumber('0.00120'), canonicalNumber('12e-4'));
  assert.equal(canonicalNumber('-0.0'), '-0');
  assert.equal(canonicalNumber(`1e${'9'.repeat(5000)}`).length, 5004);
});

long('whatever text an unknown field holds is kept, and DuckDB reads it', async () => {
  for (const [fields, expected, read] of [
    ['"a":"cut \\ud83d"', '{"a":"cut \\\\ud83d"}', 'cut \\ud83d'],
    ['"a":"\\uDE00\\uD83D"', '{"a":"\\\\ude00\\\\ud83d"}', '\\ude00\\ud83d'],
    ['"a":"\\ud83d\\ude00"', '{"a":"😀"}', '😀'],
    ['"a":"x\\u0000y"', '{"a":"x\\u0000y"}', 'x\u0000y'],
    ['"a":"\\u2028\\/\\t"', '{"a":"\u2028/\\t"}', '\u2028/\t'],
    ['"\\ud83d":1,"a":2', '{"\\\\ud83d":1,"a":2}', '2'],
    ['"\\u0000":1,"a":2', '{"\\u0000":1,"a":2}', '2'],
    ['"__proto__":{"a":1},"a":1e400', '{"__proto__":{"a":1},"a":1e400}', '1e400'],
    ['"constructor":[{"__proto__":1}],"a":null', '{"constructor":[{"__proto__":1}],"a":null}', null],
    ['"":0,"a":true', '{"":0,"a":true}', 'true'],
    ['"a":[NaN,-Infinity,Infinity]', '{"a":["NaN","-Infinity","Infinity"]}', '["NaN","-Infinity","Infinity"]'],
  ] as const) {
    const loaded = await load(file(20, fields));
    assert.equal((await extrasOf(loaded))[0], expected);
    const path = loaded.files.find(({ dataset }) => dataset === 'snapshots')?.path ?? '';
    const rows = await runOn(':memory:', `SELECT extra->>'$.a' AS a FROM '${path}' WHERE extra IS NOT NULL`);
    assert.deepEqual(rows, [{ a: read }]);
    const hasHalf = /\\\\u[de]/.test(expected);
    assert.equal(noticed(loaded, 'half_characters') !== undefined, hasHalf);
  }
});

test('a field that is there twice is told, and the last counts', async () => {
  const loaded = await load(file(20, '"a":1,"zero_gamma":1,"a":2,"b":{"c":1,"c":2},"\\u0061":3,"zero_gamma":5'));
  assert.equal((await extrasOf(loaded))[0], '{"a":3,"b":{"c":2}}');
  assert.equal((await loaded.rows('snapshots'))[0]?.['zero_gamma'], 5);
  assert.equal(
    noticed(loaded, 'repeated_fields'),
    'there more than once, the last counts: a (1 records, first: record 0, byte 1), ' +
      'zero_gamma (1 records, first: record 0, byte 1), b (1 records, first: record 0, byte 1)',
  );
});

test('nesting is kept as deep as the limit says, and told by place beyond', async () => {
  const nested = (depth: number) => `"a":${'['.repeat(depth)}${']'.repeat(depth)}`;
  const deepest = await load(file(20, nested(limits.nesting_levels)));
  assert.equal((await extrasOf(deepest))[0], `{${nested(limits.nesting_levels)}}`);
  for (const depth of [limits.nesting_levels + 2, 200_000]) {
    const { code, details } = await failure(file(20, '', '', nested(depth)));
    assert.deepEqual([code, details.record], ['JSON_INVALID', 2]);
  }
});

long('names of fields are told on one line, and neither too long nor too many', async () => {
  const long = 'x'.repeat(1_000_000);
  const loaded = await load(file(20, `"${long}":1,"a\\nb\\u001b[31m":2,"${'€'.repeat(60)}":3`));
  assert.equal(
    noticed(loaded, 'unknown_fields'),
    `kept in extra: ${'x'.repeat(59)}… (1 records), "a\\nb\\u001b[31m" (1 records), "${'€'.repeat(60)}" (1 records)`,
  );
  const many = await load(file(2, Array.from({ length: 100_000 }, (_, at) => `"f${at}":1`).join(',')));
  const detail = noticed(many, 'unknown_fields') ?? '';
  assert.ok(detail.endsWith(', f49 (1 records), and others') && detail.length < 2000, detail.slice(-100));
});

const ladder = '"strikes":[["6000","1.5",-2,[0,"1",2,3,"4"]],[6005,"0",0.25,[0,0,0,0,0]]],"max_priors":[["6000",1]]';
const asNumbers = ladder.replaceAll(/"(-?[\d.]+)"/g, '$1');

test('numbers written as texts are read as numbers, everywhere, and counted', async () => {
  const fields = `"zero_gamma":"6882.71","sum_gex_vol":" -1e3 ","min_dte":"0",${ladder}`;
  const texts = await load(
    `[${Array.from({ length: 3 }, (_, at) => record(at, fields).replaceAll(/("timestamp"|"spot"):([\d.]+)/g, '$1:"$2"')).join()}]`,
  );
  const numbers = await load(
    `[${Array.from({ length: 3 }, (_, at) => record(at, `"zero_gamma":6882.71,"sum_gex_vol":-1000,"min_dte":0,${asNumbers}`)).join()}]`,
  );
  for (const dataset of ['strikes', 'snapshots'] as const)
    assertRows(await texts.rows(dataset), await numbers.rows(dataset));
  const told = noticed(texts, 'numbers_in_text');
  const names = ['timestamp', 'spot', 'min_dte', 'zero_gamma', 'sum_gex_vol', 'strikes', 'max_priors'];
  assert.equal(
    told,
    `numbers written as texts, read as numbers: ${names.map((name) => `${name} (3 records, first: record 0, byte 1)`).join(', ')}`,
  );
});

for (const [at, wrong] of [
  '""',
  '" "',
  '"n/a"',
  '"NaN"',
  '"null"',
  '"1,234.5"',
  '"+1"',
  '"0x10"',
  '"1e999"',
  'true',
  '{}',
  '[1]',
].entries())
  oneOf(4, at)(
    `a known number that is ${wrong} is kept and told, and in more than a tenth of the records it fails by name`,
    async () => {
      const fields = `"zero_gamma":${wrong}`;
      const loaded = await load(file(20, '', fields, fields));
      const [, row] = await loaded.rows('snapshots');
      assert.deepEqual([row?.['zero_gamma'], row?.['extra']], [null, `{"zero_gamma":${wrong}}`]);
      const byte = file(1).length;
      assert.equal(
        noticed(loaded, 'wrong_types'),
        `of another type, kept in extra: zero_gamma (2 records, first: record 1, byte ${byte})`,
      );
      const error = await failure(file(20, '', fields, fields, fields));
      assert.deepEqual(
        { code: error.code, ...error.details },
        { code: 'FIELD_TYPE', file: 'source.json', record: 1, byte, field: 'zero_gamma' },
      );
      assert.match(error.message, /field zero_gamma is of another type in 3 of 20 records/);
    },
  );

test('max_priors of another type fails by name, too', async () => {
  for (const wrong of ['"[]"', '{}', '[1]', '[[1,null]]', '[["a",1]]']) {
    const { code, details } = await failure(file(3, `"max_priors":${wrong}`));
    assert.deepEqual([code, details.field], ['FIELD_TYPE', 'max_priors']);
  }
});

test('NaN and Infinity are numbers, and a day of them is kept', async () => {
  const loaded = await load(file(2, '"zero_gamma":NaN', '"zero_gamma":-1e999'));
  assert.deepEqual(await extrasOf(loaded), ['{"zero_gamma":"NaN"}', '{"zero_gamma":-1e999}']);
});

test('records that are set aside, or live already, do not hide that a field has drifted', async () => {
  const wrong = '"zero_gamma":"n/a"';
  const content = file(20, wrong, wrong, wrong);
  const alreadyLive = new Set(Array.from({ length: 17 }, (_, at) => open_s + 3 + at));
  assert.equal((await failure(content, { alreadyLive })).code, 'FIELD_TYPE');
  const loaded = await load(file(20, wrong, wrong), { alreadyLive });
  assert.equal(loaded.counts.records_processed, 3);
});

test('a wrong record before a sound one of its second does not take that away', async () => {
  const wrong = record(5, '').replace('6000.25', '0');
  const good = record(5, '');
  const other = record(5, '"zero_gamma":1');
  const rest = file(5).slice(1, -1);
  for (const [records, reasons, duplicates] of [
    [[wrong, good], ['spot_not_positive'], 0],
    [[wrong, wrong, good, good, wrong], ['spot_not_positive'], 3],
    [[good, wrong], ['spot_not_positive'], 0],
  ] as const) {
    const loaded = await load(`[${records.join(',')},${rest}]`);
    assert.deepEqual(
      (await quarantineOf(loaded)).map(({ reason }) => reason),
      reasons,
    );
    assert.deepEqual([loaded.counts.records_processed, loaded.counts.records_duplicate], [6, duplicates]);
    assert.equal((await loaded.rows('snapshots')).at(-1)?.['spot'], 6000.25);
  }
  const many = file(5).slice(1, -1) + Array.from({ length: 20 }, (_, at) => `,${record(100 + at, '')}`).join('');
  const loaded = await load(`[${[wrong, good, other].join(',')},${many}]`);
  assert.deepEqual(
    (await quarantineOf(loaded)).map(({ reason }) => reason),
    ['spot_not_positive', 'conflicting_duplicate'],
  );
});

test('one record beside sound ones is never too many, and nothing else is published', async () => {
  const wrong = record(0, '').replace('6000.25', '-1');
  assert.equal((await load(`[${wrong},${record(1, '')}]`)).counts.records_quarantined, 1);
  for (const content of [
    `[${wrong}]`,
    `[${wrong},${wrong}]`,
    `[${wrong},${wrong.replace('-1', '-2')},${record(1, '')}]`,
  ])
    assert.equal((await failure(content)).code, 'TOO_MANY_SET_ASIDE');
});

test('times of another form are told as that', async () => {
  for (const written of [
    `${open_s}000`,
    `${open_s}000000`,
    `${open_s}000000000`,
    '"2025-10-22T13:30:00Z"',
    `${open_s}.25`,
  ]) {
    const { code, details, hint } = await failure(file(2).replace(String(open_s), written));
    assert.ok(['TIMESTAMP_MILLISECONDS', 'TIMESTAMP_OUT_OF_RANGE', 'FIELD_TYPE'].includes(code));
    assert.deepEqual([details.record, details.field], [0, 'timestamp']);
    assert.match(hint ?? '', /Unix seconds/);
  }
});
