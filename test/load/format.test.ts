import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { readColumnIndex, readOffsetIndex, type ColumnMetaData, type SchemaElement } from 'hyparquet';
import { columnsOf } from '../../src/core/contract.ts';
import { endpoints, parseEndpoint } from '../../src/core/names.ts';
import { readMetadata } from '../parquet/read.ts';
import { make } from '../sample/made.ts';
import { assertContentHashes, load } from './loaded.ts';
import { long, test } from '../support/shares.ts';

/* What files of contract version 2 have for readers of other programs, beside their rows. */

const day = {
  gex_zero: { kind: 'gex', records: 1400, strikes: 100 },
  state_vanna_one: { kind: 'greeks', records: 1400, strikes: 100 },
  orderflow: { kind: 'flat', records: 200, strikes: 5 },
} as const;

async function loadDay(endpoint: keyof typeof day) {
  const { kind, records, strikes } = day[endpoint];
  return load(Buffer.concat(make({ ticker: 'SPX', endpoint, records, strikes }).chunks), { kind, endpoint });
}

test('a name has one field id in all endpoints and datasets, and no two names share one', () => {
  const named = new Map<string, number | undefined>();
  for (const column of endpoints.flatMap((endpoint) =>
    (['strikes', 'snapshots'] as const).flatMap((dataset) => columnsOf(endpoint, dataset)),
  )) {
    assert.equal(column.id, named.get(column.name) ?? column.id, column.name);
    named.set(column.name, column.id);
  }
  const depth = { priors: 1, max_priors: 2 } as Record<string, number>;
  const taken = [...named].flatMap(([name, id]) =>
    Array.from({ length: 1 + (depth[name] ?? 0) }, (_, at) => (id ?? 0) + at),
  );
  assert.equal(new Set(taken).size, taken.length);
  assert.ok(columnsOf(parseEndpoint('gex_zero'), 'strikes', '1').every(({ id }) => id === undefined));
});

for (const endpoint of ['gex_zero', 'state_vanna_one', 'orderflow'] as const) {
  (endpoint === 'orderflow' ? test : long)(`${endpoint}: ids, sorting, and an index of every page`, async () => {
    const { files } = await loadDay(endpoint);
    for (const { path, dataset } of files) {
      const metadata = await readMetadata(path);
      const columns = columnsOf(parseEndpoint(endpoint), dataset);
      const top = metadata.schema.slice(1).filter(({ name }) => columns.some((column) => column.name === name));
      assert.deepEqual(
        top.map(({ name, field_id }) => [name, field_id]),
        columns.map(({ name, id }) => [name, id]),
      );
      const timestamp = columns.findIndex(({ name }) => name === 'timestamp');
      assert.ok(metadata.row_groups.length === (dataset === 'strikes' ? 2 : 1));
      const bytes = await readFile(path);
      for (const { columns: chunks, sorting_columns } of metadata.row_groups) {
        assert.deepEqual(sorting_columns, [{ column_idx: timestamp, descending: false, nulls_first: false }]);
        for (const chunk of chunks) {
          assert.ok(chunk.meta_data !== undefined);
          assertIndexed(bytes, chunk, chunk.meta_data, metadata.schema);
        }
      }
    }
  });
}

type Indexed = {
  readonly offset_index_offset?: bigint;
  readonly offset_index_length?: number;
  readonly column_index_offset?: bigint;
  readonly column_index_length?: number;
};

/** The one data page of a chunk is where its offset index says, and has the bounds that its column index says. */
function assertIndexed(bytes: Uint8Array, chunk: Indexed, facts: ColumnMetaData, schema: SchemaElement[]): void {
  const { locations, after } = offsetIndex(bytes, chunk);
  const end = Number(facts.dictionary_page_offset ?? facts.data_page_offset) + Number(facts.total_compressed_size);
  assert.deepEqual(locations, [
    {
      offset: facts.data_page_offset,
      compressed_page_size: end - Number(facts.data_page_offset),
      first_row_index: 0n,
    },
  ]);
  assert.equal(after, Number(chunk.offset_index_offset) + Number(chunk.offset_index_length));
  const { statistics } = facts;
  assert.equal(chunk.column_index_offset === undefined, statistics === undefined, facts.path_in_schema.join('.'));
  if (statistics === undefined) return;
  const element = schema.find(({ name }) => name === facts.path_in_schema.at(-1));
  assert.ok(element !== undefined);
  const found = readColumnIndex(readerAt(bytes, chunk.column_index_offset), element);
  const isNull = statistics.min_value === undefined;
  assert.deepEqual(found.null_pages, [isNull]);
  assert.deepEqual(found.null_counts, [statistics.null_count]);
  if (!isNull) assert.deepEqual([found.min_values, found.max_values], [[statistics.min_value], [statistics.max_value]]);
}

function readerAt(bytes: Uint8Array, offset: bigint | undefined) {
  return { view: new DataView(Uint8Array.from(bytes).buffer), offset: Number(offset) };
}

function offsetIndex(bytes: Uint8Array, { offset_index_offset }: Indexed) {
  const reader = readerAt(bytes, offset_index_offset);
  return { locations: readOffsetIndex(reader).page_locations, after: reader.offset };
}

long('the hash of the rows over several row groups', async () => {
  for (const endpoint of ['gex_zero', 'state_vanna_one', 'orderflow'] as const)
    await assertContentHashes(await loadDay(endpoint), { kind: day[endpoint].kind, endpoint });
});
