import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Column } from '../../src/core/contract.ts';
import { encodeInThread, ParquetWriter, type ColumnValues, type Irregular } from '../../src/parquet/parquet.ts';
import { long, runs, test } from '../support/shares.ts';
import { readMetadata, readRows } from './read.ts';
import { query, write, writeDoubles, type Written } from './written.ts';

const nothing: Irregular = new Map();

/** The values of one column, by both readers. */
async function readBoth({ path }: Written, sql = 'value'): Promise<[unknown[], unknown[]]> {
  const rows = await readRows(path);
  const found = await query(`SELECT ${sql} AS value FROM read_parquet('${path}')`);
  return [rows.map((row) => row['value']), found.map((row) => row['value'])];
}

async function assertBoth(written: Written, expected: readonly unknown[], sql?: string): Promise<void> {
  const [ours, duckdb] = await readBoth(written, sql);
  assert.deepStrictEqual(ours, expected);
  assert.deepStrictEqual(duckdb, expected);
  assert.equal(written.rows, expected.length);
  assert.equal(written.size_bytes, written.bytes.length);
  assert.equal(written.checksum, createHash('sha256').update(written.bytes).digest('hex'));
}

const all: readonly Column[] = [
  { name: 'day', type: 'DATE' },
  { name: 'moment', type: 'TIMESTAMPTZ' },
  { name: 'name', type: 'VARCHAR' },
  { name: 'value', type: 'DOUBLE' },
  { name: 'list', type: 'DOUBLE[]' },
  { name: 'pairs', type: 'DOUBLE[][]' },
  { name: 'json', type: 'JSON' },
];

test('every type of column, in several row groups', async () => {
  const lengths = [2, 1];
  const irregular: Irregular = new Map([
    [1, null],
    [2, Float64Array.of(7, Number.NaN, 9)],
  ]);
  const group = (at: number) => ({
    rows: 3,
    columns: [
      { kind: 'runs', values: [20_000 + at, -1], lengths },
      { kind: 'runs', values: [1_761_139_800e6 + at, -5e6], lengths },
      { kind: 'runs', values: ['SPX', 'Ω'], lengths },
      { kind: 'doubles', values: Float64Array.of(1.5, Number.NaN, -0), lengths },
      {
        kind: 'lists',
        values: Float64Array.of(1, at, 0, 0, 0, 0),
        width: 2,
        irregular: at === 1 ? nothing : irregular,
        lengths,
      },
      { kind: 'pairs', values: Float64Array.of(1, 2, 3, -0), counts: [2, 0, -1], irregular: new Map() },
      { kind: 'texts', values: [null, '{"a":"é"}', '[]'] },
    ] satisfies ColumnValues[],
  });
  const written = await write(all, [group(0), group(1), group(2)], { 'gexlake.a': 'é', b: '' });
  const expected = [0, 1, 2].flatMap((at) => {
    const first = { day: at === 0 ? '2024-10-04' : `2024-10-0${4 + at}`, moment: 1_761_139_800e6 + at, name: 'SPX' };
    const last = { day: '1969-12-31', moment: -5e6, name: 'Ω' };
    const lists =
      at === 1
        ? [
            [1, 1],
            [0, 0],
            [0, 0],
          ]
        : [[1, at], null, [7, null, 9]];
    return [
      {
        ...first,
        value: 1.5,
        list: lists[0],
        pairs: [
          [1, 2],
          [3, -0],
        ],
        json: null,
      },
      { ...first, value: null, list: lists[1], pairs: [], json: '{"a":"é"}' },
      { ...last, value: -0, list: lists[2], pairs: null, json: '[]' },
    ];
  });
  assert.deepStrictEqual(await readRows(written.path), expected);
  const select = 'SELECT day::VARCHAR AS day, epoch_us(moment)::DOUBLE AS moment, * EXCLUDE (day, moment)';
  assert.deepStrictEqual(await query(`${select} FROM read_parquet('${written.path}')`), expected);
  const types = await query(`DESCRIBE SELECT * FROM read_parquet('${written.path}')`);
  const declared = all.map(({ name, type }) => ({
    name,
    type: type === 'TIMESTAMPTZ' ? 'TIMESTAMP WITH TIME ZONE' : type,
  }));
  assert.deepEqual(
    types.map((row) => ({ name: row['column_name'], type: row['column_type'] })),
    declared,
  );
  const metadata = await readMetadata(written.path);
  assert.deepEqual(
    metadata.row_groups.map((row) => Number(row.num_rows)),
    [3, 3, 3],
  );
  assert.deepEqual(metadata.key_value_metadata, [
    { key: 'gexlake.a', value: 'é' },
    { key: 'b', value: '' },
    { key: 'gexlake.writer', value: `2 zstd-${process.versions['zstd']}` },
  ]);
});

test('a file without rows can be read', async () => {
  const written = await write(all, []);
  assert.deepEqual(await readRows(written.path), []);
  assert.deepEqual(await query(`SELECT count(*)::INT AS rows FROM read_parquet('${written.path}')`), [{ rows: 0 }]);
});

for (const [what, values] of [
  ['one value', [1]],
  ['one null', [Number.NaN]],
  ['nulls only', Array<number>(1000).fill(Number.NaN)],
  ['both zeros', [0, -0, -0, 0, 0, Number.NaN, -0]],
  ['a null first', [Number.NaN, 1, 2]],
  ['a null last, behind many', [...Array.from({ length: 100 }, (_, at) => at), Number.NaN]],
  ['the ends of doubles', [5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53, 0.1 + 0.2]],
] as const) {
  test(`doubles: ${what}`, async () => {
    await assertBoth(
      await writeDoubles(values),
      values.map((value) => (Number.isNaN(value) ? null : value)),
    );
  });
}

async function hasDictionary({ path }: Written): Promise<boolean> {
  const { row_groups: groups } = await readMetadata(path);
  const chunk = groups[0]?.columns[0]?.meta_data;
  assert.equal(chunk?.encodings.includes('RLE_DICTIONARY'), chunk?.dictionary_page_offset !== undefined);
  return chunk?.dictionary_page_offset !== undefined;
}

// Along ladders three quarters of the values may differ, with one value per record a quarter; never more than 16 bits can tell apart.
for (const [distinct, rows, alongLadders, byChance] of [
  [1, 20, true, true],
  [16, 16, true, true],
  [17, 17, false, false],
  [100, 400, true, true],
  [101, 400, true, false],
  [256, 400, true, false],
  [257, 1_200, true, true],
  [300, 400, true, false],
  [301, 400, false, false],
  [65_535, 100_000, true, false],
  [65_536, 300_000, true, true],
  [65_537, 300_000, false, false],
  [100_000, 100_000, false, false],
] as const) {
  const form = (dictionary: boolean) => (dictionary ? 'a dictionary' : 'plain');
  (rows < 1_000 ? test : long)(
    `${distinct} distinct values in ${rows} rows: ${form(alongLadders)} along ladders, else ${form(byChance)}`,
    async () => {
      const values = Float64Array.from({ length: rows }, (_, at) => ((at * 7919) % distinct) / 8 - 3);
      const nulls = Float64Array.from({ length: rows + 9 }, (_, at) => (at < 9 ? Number.NaN : (values[at - 9] ?? 0)));
      for (const given of [values, nulls]) {
        for (const lengths of [null, [0, 5, 4, given.length - 9]]) {
          const written = await writeDoubles(given, lengths);
          assert.equal(await hasDictionary(written), lengths === null ? byChance : alongLadders);
          const found = (await readRows(written.path)).map((row) => row['value'] ?? Number.NaN);
          assert.ok(Buffer.from(Float64Array.from(found as number[]).buffer).equals(Buffer.from(given.buffer)));
        }
      }
      const written = await writeDoubles(values);
      const [row] = await query(
        `SELECT count(*)::INT AS rows, count(DISTINCT value)::INT AS found, sum(value) AS sum FROM read_parquet('${written.path}')`,
      );
      assert.deepEqual(row, { rows, found: distinct, sum: values.reduce((sum, value) => sum + value, 0) });
    },
  );
}

test('columns that are encoded one after the other do not see each other’s values', async () => {
  const columns = Array.from({ length: 40 }, (_, at) => ({ name: `c${at}`, type: 'DOUBLE' as const }));
  const value = (column: number, row: number) => ((row * (column + 3)) % (column * 50 + 7)) / 4;
  const group = (from: number) => ({
    rows: 500,
    columns: columns.map((_, column): ColumnValues => {
      const values = Float64Array.from({ length: 500 }, (__, row) => value(column, row + from));
      return { kind: 'doubles', values, lengths: Array<number>(50).fill(10) };
    }),
  });
  const { path } = await write(columns, [group(0), group(500)]);
  for (const [row, found] of (await readRows(path)).entries()) {
    for (const column of columns.keys()) assert.equal(found[`c${column}`], value(column, row));
  }
});

test('values may be overwritten as soon as they were handed over', async () => {
  const values = new Float64Array(100_000);
  const column: ColumnValues = { kind: 'doubles', values, lengths: null };
  const groups = [1, 2, 3].map((at) => ({
    rows: values.length,
    get columns() {
      for (let row = 0; row < values.length; row++) values[row] = at * 1e6 + row;
      return [column];
    },
  }));
  const written = await write([{ name: 'value', type: 'DOUBLE' }], groups);
  const found = await query(
    `SELECT floor(value / 1000000) AS at, count(*)::INT AS rows FROM read_parquet('${written.path}') GROUP BY 1 ORDER BY 1`,
  );
  assert.deepEqual(
    found,
    [1, 2, 3].map((at) => ({ at, rows: 100_000 })),
  );
});

test('a failure to write is met, and ends the file', async () => {
  const write = () => Promise.reject(new Error('disk full'));
  const writer = new ParquetWriter({ columns: [{ name: 'value', type: 'DOUBLE' }], writer: 2, write });
  const value: ColumnValues = { kind: 'doubles', values: Float64Array.of(1), lengths: null };
  await writer.addRowGroup({ values: { value }, rows: 1, lengths: null });
  await writer.settle();
  await assert.rejects(writer.finish({}), /disk full/);
});

test('a thread gives the same bytes, and says what it cannot encode', async () => {
  const numbers = Float64Array.from({ length: 4_000 }, (_, at) => (at % 7 === 0 ? Number.NaN : at % 900));
  const shared = new Float64Array(new SharedArrayBuffer(numbers.byteLength));
  shared.set(numbers);
  const column = (of: Float64Array): ColumnValues => ({ kind: 'doubles', values: of, lengths: null });
  const groups = [1, 2, 3].map(() => ({ rows: numbers.length, columns: [column(numbers)] }));
  const here = await write([{ name: 'value', type: 'DOUBLE' }], groups);
  const parts: Uint8Array[] = [];
  const writer = new ParquetWriter({
    columns: [{ name: 'value', type: 'DOUBLE' }],
    writer: 2,
    write: async (part) => void parts.push(Uint8Array.from(part)),
    encode: encodeInThread(),
  });
  const values = { value: column(shared) };
  await Promise.all(groups.map(({ rows }) => writer.addRowGroup({ values, rows, lengths: null })));
  const { checksum, contentHash } = await writer.finish({});
  assert.deepEqual([checksum, contentHash], [here.checksum, here.contentHash]);
  assert.deepEqual(Buffer.concat(parts), here.bytes);
  const columns: Column[] = [{ name: 'value', type: 'DATE' }];
  const wrong = new ParquetWriter({ columns, writer: 2, write: async () => undefined, encode: encodeInThread() });
  const noLists = { kind: 'pairs', values: Float64Array.of(), counts: null } as unknown as ColumnValues;
  await wrong.addRowGroup({ values: { value: noLists }, rows: 1, lengths: null }).then(
    () => assert.fail('what is no column was encoded'),
    () => undefined,
  );
  await assert.rejects(wrong.finish({}));
});

test('more different values than the first tables hold', async () => {
  // 30,000 different numbers, each twice, with both zeros among them.
  const numbers = Array.from({ length: 60_000 }, (_, at) => (at % 30_000) / 8 - 1_000);
  numbers[17] = -0;
  const written = await writeDoubles(numbers);
  assert.ok(written.size_bytes < numbers.length * 8);
  await assertBoth(written, numbers);
});

const double = fc.oneof(
  { weight: 3, arbitrary: fc.double({ noDefaultInfinity: true }) },
  { weight: 2, arbitrary: fc.constantFrom(0, -0, 1, 5e-324, -2.2250738585072014e-308, Number.NaN) },
);

function nullOf(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

for (const [trial, numRuns] of runs(6, 60))
  trial(`any doubles come back as they are: ${numRuns} times`, async () => {
    const lengthsOf = fc.option(fc.array(fc.nat(6), { minLength: 1 }));
    const property = fc.asyncProperty(
      fc.array(double, { minLength: 1, maxLength: 300 }),
      lengthsOf,
      async (values, some) => {
        const lengths = some === null ? null : cutTo(some, values.length);
        await assertBoth(await writeDoubles(values, lengths), values.map(nullOf));
      },
    );
    await fc.assert(property, { numRuns });
  });

/** Lengths that add up to `total`. */
function cutTo(lengths: readonly number[], total: number): number[] {
  let left = total;
  const cut = lengths.map((length) => {
    const own = Math.min(length, left);
    left -= own;
    return own;
  });
  return left === 0 ? cut : [...cut, left];
}

for (const [trial, numRuns] of runs(6, 80))
  trial(`any lists come back as they are: ${numRuns} times`, async () => {
    const column: Column = { name: 'value', type: 'DOUBLE[]' };
    const row = (width: number): fc.Arbitrary<number[] | null> =>
      fc.oneof<fc.WeightedArbitrary<number[] | null>[]>(
        {
          weight: 20,
          arbitrary: fc.array(
            double.filter((value) => !Number.isNaN(value)),
            { minLength: width, maxLength: width },
          ),
        },
        { weight: 1, arbitrary: fc.option(fc.array(double, { maxLength: width + 3 })) },
      );
    const rows = fc
      .integer({ min: 1, max: 6 })
      .chain((width) => fc.tuple(fc.constant(width), fc.array(row(width), { minLength: 1, maxLength: 60 })));
    const property = fc.asyncProperty(rows, async ([width, lists]) => {
      const values = new Float64Array(lists.length * width);
      const irregular = new Map<number, Float64Array | null>();
      for (const [at, list] of lists.entries()) {
        if (list?.length === width && !list.some(Number.isNaN)) values.set(list, at * width);
        else irregular.set(at, list === null ? null : Float64Array.from(list));
      }
      const lengths = cutTo([3, 3], lists.length);
      const written = await write(
        [column],
        [{ rows: lists.length, columns: [{ kind: 'lists', values, width, irregular, lengths }] }],
      );
      await assertBoth(
        written,
        lists.map((list) => list?.map(nullOf) ?? null),
      );
    });
    await fc.assert(property, { numRuns });
  });

for (const [trial, numRuns] of runs(6, 80))
  trial(`any pairs, and lists of lists among them, come back as they are: ${numRuns} times`, async () => {
    const column: Column = { name: 'value', type: 'DOUBLE[][]' };
    const finite = double.filter((value) => !Number.isNaN(value));
    const regular = fc.option(fc.array(fc.tuple(finite, finite), { maxLength: 7 }));
    const odd = fc.array(fc.array(finite, { maxLength: 4 }), { minLength: 1, maxLength: 4 });
    const rows = fc.oneof(
      fc.array(regular, { minLength: 1, maxLength: 60 }),
      fc.array(fc.oneof({ weight: 9, arbitrary: regular }, { weight: 1, arbitrary: odd }), {
        minLength: 1,
        maxLength: 60,
      }),
    );
    const property = fc.asyncProperty(rows, async (lists) => {
      const irregular = new Map<number, number[][]>();
      const values: number[] = [];
      const counts = lists.map((list, at) => {
        if (list === null || list.every((pair) => pair.length === 2)) {
          values.push(...(list ?? []).flat());
          return list?.length ?? -1;
        }
        irregular.set(at, list as number[][]);
        return -1;
      });
      const pairs: ColumnValues = { kind: 'pairs', values: Float64Array.from(values), counts, irregular };
      await assertBoth(await write([column], [{ rows: lists.length, columns: [pairs] }]), lists);
    });
    await fc.assert(property, { numRuns });
  });

for (const [trial, numRuns] of runs(4, 40))
  trial(`any texts come back as they are: ${numRuns} times`, async () => {
    const column: Column = { name: 'value', type: 'VARCHAR' };
    const property = fc.asyncProperty(
      fc.array(fc.option(fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''))), { minLength: 1 }),
      async (values) => {
        await assertBoth(
          await write([column], [{ rows: values.length, columns: [{ kind: 'texts', values }] }]),
          values,
        );
      },
    );
    await fc.assert(property, { numRuns });
  });

for (const [trial, numRuns] of runs(4, 40))
  trial(`any runs come back as they are: ${numRuns} times`, async () => {
    const column: Column = { name: 'value', type: 'VARCHAR' };
    const runs = fc.array(fc.tuple(fc.constantFrom('a', 'b', '', 'é'), fc.integer({ min: 1, max: 300 })), {
      minLength: 1,
    });
    const property = fc.asyncProperty(runs, async (some) => {
      const [values, lengths] = [some.map(([value]) => value), some.map(([, length]) => length)];
      const expected = some.flatMap(([value, length]) => Array<string>(length).fill(value));
      await assertBoth(
        await write([column], [{ rows: expected.length, columns: [{ kind: 'runs', values, lengths }] }]),
        expected,
      );
    });
    await fc.assert(property, { numRuns });
  });
