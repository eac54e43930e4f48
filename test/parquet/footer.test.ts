import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { parquetHeader } from 'hyparquet/src/column.js';
import type { Column } from '../../src/core/contract.ts';
import type { ColumnValues } from '../../src/parquet/parquet.ts';
import { readMetadata, readRows } from './read.ts';
import { query, write, writeDoubles, type Written } from './written.ts';

async function statisticsOf({ path }: Written): Promise<unknown> {
  const rows = await query(
    `SELECT stats_min_value AS min, stats_max_value AS max, stats_null_count::INT AS nulls, num_values::INT AS values
     FROM parquet_metadata('${path}') ORDER BY row_group_id, column_id`,
  );
  return rows.length === 1 ? rows[0] : rows;
}

for (const [what, values, expected] of [
  ['numbers', [3, -2.5, 7, 7], { min: '-2.5', max: '7.0', nulls: 0, values: 4 }],
  ['numbers and nulls', [Number.NaN, 4, Number.NaN], { min: '4.0', max: '4.0', nulls: 2, values: 3 }],
  ['nulls only', [Number.NaN, Number.NaN], { min: null, max: null, nulls: 2, values: 2 }],
  // A zero bound covers both zeros, as the format asks: -0 as the least, +0 as the greatest.
  ['zeros', [0, 0], { min: '-0.0', max: '0.0', nulls: 0, values: 2 }],
  ['negative zeros', [-0, -0], { min: '-0.0', max: '0.0', nulls: 0, values: 2 }],
  ['a zero below', [0, 5], { min: '-0.0', max: '5.0', nulls: 0, values: 2 }],
  ['a zero above', [-5, -0], { min: '-5.0', max: '0.0', nulls: 0, values: 2 }],
] as const) {
  test(`statistics of ${what}`, async () => {
    assert.deepEqual(await statisticsOf(await writeDoubles(values)), expected);
    // The same without a dictionary.
    const plain = await writeDoubles([...values, ...Array.from({ length: 100 }, (_, at) => 1 + at / 100)]);
    const found = (await statisticsOf(plain)) as { min: string; max: string; nulls: number };
    assert.equal(found.nulls, expected.nulls);
    assert.equal(found.min, expected.min === null || expected.min === '4.0' ? '1.0' : expected.min);
  });
}

test('statistics of dates, timestamps and texts', async () => {
  const columns: Column[] = [
    { name: 'day', type: 'DATE' },
    { name: 'moment', type: 'TIMESTAMPTZ' },
    { name: 'name', type: 'VARCHAR' },
    { name: 'once', type: 'TIMESTAMPTZ' },
  ];
  const lengths = [2, 1, 1];
  const moments = [1_761_139_801e6, 1_761_139_800e6, 1_761_139_802e6];
  const group: ColumnValues[] = [
    { kind: 'runs', values: [20_383, -3, 20_383], lengths },
    { kind: 'runs', values: moments, lengths },
    { kind: 'runs', values: ['b', 'é', 'Z'], lengths },
    { kind: 'runs', values: [...moments, 1_761_139_809e6], lengths: null },
  ];
  assert.deepEqual(await statisticsOf(await write(columns, [{ rows: 4, columns: group }])), [
    { min: '1969-12-29', max: '2025-10-22', nulls: 0, values: 4 },
    { min: '2025-10-22 13:30:00+00', max: '2025-10-22 13:30:02+00', nulls: 0, values: 4 },
    { min: 'Z', max: 'é', nulls: 0, values: 4 },
    { min: '2025-10-22 13:30:00+00', max: '2025-10-22 13:30:09+00', nulls: 0, values: 4 },
  ]);
});

test('statistics hold for any doubles, and for each row group', async () => {
  const values = fc.array(fc.double({ noDefaultInfinity: true }), { minLength: 1, maxLength: 60 });
  const property = fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 3 }), async (groups) => {
    const columns = groups.map((group) => ({
      rows: group.length,
      columns: [{ kind: 'doubles', values: Float64Array.from(group), lengths: null } satisfies ColumnValues],
    }));
    const { path } = await write([{ name: 'value', type: 'DOUBLE' }], columns);
    const { row_groups: found } = await readMetadata(path);
    for (const [at, group] of groups.entries()) {
      const statistics = found[at]?.columns[0]?.meta_data?.statistics;
      const present = group.filter((value) => !Number.isNaN(value));
      assert.equal(Number(statistics?.null_count), group.length - present.length);
      assert.equal(statistics?.min_value, present.length === 0 ? undefined : Math.min(...present) || -0);
      assert.equal(statistics?.max_value, present.length === 0 ? undefined : Math.max(...present) || 0);
    }
  });
  await fc.assert(property, { numRuns: 60 });
});

test('DuckDB finds rows by the statistics', async () => {
  const group = (from: number): ColumnValues => ({
    kind: 'doubles',
    values: Float64Array.from({ length: 1000 }, (_, at) => from + (at % 10)),
    lengths: null,
  });
  const { path } = await write(
    [{ name: 'value', type: 'DOUBLE' }],
    [-10, -5, 0, 10].map((from) => ({ rows: 1000, columns: [group(from)] })),
  );
  for (const [where, rows] of [
    ['value = 0', 200],
    ['value = -0.0', 200],
    ['value > 18.5', 100],
    ['value < -9', 100],
    ['value IS NULL', 0],
  ] as const) {
    const [found] = await query(`SELECT count(*)::INT AS rows FROM read_parquet('${path}') WHERE ${where}`);
    assert.equal(found?.['rows'], rows, where);
  }
});

type Page = { readonly type: string; readonly crc: number | undefined; readonly start: number; readonly end: number };

/** All pages of a file, found through the footer and the page headers alone. */
async function pagesOf({ path, bytes }: Written): Promise<Page[]> {
  const view = new DataView(Uint8Array.from(bytes).buffer);
  const pages: Page[] = [];
  let expected = 4;
  for (const group of (await readMetadata(path)).row_groups) {
    let size = 0;
    for (const { meta_data: chunk } of group.columns) {
      assert.ok(chunk !== undefined);
      const start = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
      assert.equal(start, expected, 'column chunks follow each other without a gap');
      const end = start + Number(chunk.total_compressed_size);
      const reader = { view, offset: start };
      while (reader.offset < end) {
        const at = reader.offset;
        if (pages.length > 0 && at !== start) assert.equal(at, Number(chunk.data_page_offset));
        const { type, crc, compressed_page_size: length } = parquetHeader(reader);
        pages.push({ type, crc, start: reader.offset, end: reader.offset + length });
        reader.offset += length;
      }
      assert.equal(reader.offset, end);
      size += end - start;
      expected = end;
    }
    assert.equal(Number(group.total_compressed_size), size);
  }
  return pages;
}

async function twoColumns(): Promise<Written> {
  const columns: Column[] = [
    { name: 'value', type: 'DOUBLE' },
    { name: 'list', type: 'DOUBLE[]' },
    { name: 'name', type: 'VARCHAR' },
  ];
  const group = (from: number) => ({
    rows: 20_000,
    columns: [
      { kind: 'doubles', values: Float64Array.from({ length: 20_000 }, (_, at) => Math.sin(at + from)), lengths: null },
      {
        kind: 'lists',
        values: Float64Array.from({ length: 60_000 }, (_, at) => at % 700),
        width: 3,
        irregular: new Map(),
        lengths: null,
      },
      { kind: 'runs', values: ['SPX'], lengths: [20_000] },
    ] satisfies ColumnValues[],
  });
  return write(columns, [group(0), group(7)]);
}

test('every page carries the checksum of its bytes', async () => {
  const written = await twoColumns();
  const pages = await pagesOf(written);
  const chunk = ['DATA_PAGE', 'DICTIONARY_PAGE', 'DATA_PAGE', 'DICTIONARY_PAGE', 'DATA_PAGE'];
  assert.deepEqual(
    pages.map(({ type }) => type),
    [...chunk, ...chunk],
  );
  for (const { crc, start, end } of pages) {
    const body = written.bytes.subarray(start, end);
    assert.equal(crc, crc32(body) | 0);
    const flipped = Uint8Array.from(body);
    flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1;
    assert.notEqual(crc, crc32(flipped) | 0);
  }
});

test('the file begins and ends as Parquet does, and says who wrote it', async () => {
  const written = await twoColumns();
  const magic = Buffer.from('PAR1');
  assert.deepEqual([written.bytes.subarray(0, 4), written.bytes.subarray(-4)], [magic, magic]);
  const metadata = await readMetadata(written.path);
  assert.match(metadata.created_by ?? '', /^gexlake version 2\.0\.0 \(build zstd-[\d.]+\)$/);
  assert.equal(metadata.version, 2);
  assert.equal(Number(metadata.num_rows), 40_000);
  assert.deepEqual(
    metadata.row_groups.map(({ num_rows }) => Number(num_rows)),
    [20_000, 20_000],
  );
  assert.equal((await readRows(written.path)).length, 40_000);
  const codecs = await query(`SELECT DISTINCT compression FROM parquet_metadata('${written.path}')`);
  assert.deepEqual(codecs, [{ compression: 'ZSTD' }]);
});

test('sizes in the footer are those of the pages before compression', async () => {
  const written = await twoColumns();
  const view = new DataView(Uint8Array.from(written.bytes).buffer);
  const pages = await pagesOf(written);
  const { row_groups: groups } = await readMetadata(written.path);
  const chunks = groups.flatMap(({ columns }) => columns.map(({ meta_data: chunk }) => chunk));
  for (const chunk of chunks) {
    const start = Number(chunk?.dictionary_page_offset ?? chunk?.data_page_offset);
    const own = pages.filter(({ start: at }) => at > start && at < start + Number(chunk?.total_compressed_size));
    let size = 0;
    const reader = { view, offset: start };
    for (const page of own) {
      const headerStart = reader.offset;
      const header = parquetHeader(reader);
      size += reader.offset - headerStart + header.uncompressed_page_size;
      reader.offset = page.end;
    }
    assert.equal(Number(chunk?.total_uncompressed_size), size);
  }
});
