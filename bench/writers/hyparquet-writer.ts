import { constants, zstdCompressSync } from 'node:zlib';
import { columnsOf, type Column } from '../../src/core/contract.ts';
import { parseEndpoint } from '../../src/core/names.ts';
import type { StrikeRows } from '../../src/parquet/row-groups.ts';
import { perRow } from './row-groups.ts';
import type { BenchWriter } from './writer.ts';

type Element = Readonly<Record<string, unknown>>;
/** What is used of the package, which need not be there. */
type Package = {
  readonly parquetWriteBuffer: (options: {
    readonly schema: readonly Element[];
    readonly columnData: readonly { readonly name: string; readonly data: ArrayLike<unknown> }[];
    readonly codec: string;
    readonly compressors: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>>;
    readonly rowGroupSize: number;
  }) => ArrayBuffer;
};

const name: string = 'hyparquet-writer';
const { parquetWriteBuffer } = (await import(name)) as Package;
const params = { [constants.ZSTD_c_compressionLevel]: 3 };
/** The same zstd as gexlake's. */
const compressors = { ZSTD: (bytes: Uint8Array) => zstdCompressSync(bytes, { params, pledgedSrcSize: bytes.length }) };

export const writer: BenchWriter = {
  prepare: (rows) => {
    const columns = columnsOf(parseEndpoint(rows.endpoint), 'strikes');
    const schema = [{ name: 'schema', num_children: columns.length }, ...columns.flatMap(elementsOf)];
    const columnData = columns.map((column) => ({ name: column.name, data: dataOf(column, rows) }));
    const options = { schema, columnData, codec: 'ZSTD', compressors, rowGroupSize: rows.rows };
    return async () => new Uint8Array(parquetWriteBuffer(options));
  },
};

function elementsOf({ name: of, type }: Column): Element[] {
  const element = { name: of, repetition_type: 'OPTIONAL' };
  if (type === 'DATE') return [{ ...element, type: 'INT32', converted_type: 'DATE' }];
  if (type === 'TIMESTAMPTZ') {
    const logical_type = { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' };
    return [{ ...element, type: 'INT64', converted_type: 'TIMESTAMP_MICROS', logical_type }];
  }
  if (type === 'VARCHAR') return [{ ...element, type: 'BYTE_ARRAY', converted_type: 'UTF8' }];
  if (type === 'DOUBLE') return [{ ...element, type: 'DOUBLE' }];
  return [
    { ...element, converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'OPTIONAL', type: 'DOUBLE' },
  ];
}

function dataOf({ name: of }: Column, rows: StrikeRows): ArrayLike<unknown> {
  switch (of) {
    case 'endpoint':
    case 'ticker':
      return Array.from({ length: rows.rows }, () => rows[of]);
    case 'session_date':
      return perRow(rows.days, rows.lengths);
    case 'timestamp':
      return perRow(rows.timestamps.map(BigInt), rows.lengths);
    case 'spot':
      return Float64Array.from(perRow(rows.spots, rows.lengths));
    case 'priors':
      return listsOf(rows.priors);
    default:
      return rows.numbers[of] ?? [];
  }
}

/** It takes lists only as arrays. */
function listsOf({ values, width }: StrikeRows['priors']): number[][] {
  const lists: number[][] = [];
  for (let at = 0; at < values.length; at += width) {
    const list: number[] = [];
    for (let item = at; item < at + width; item++) list.push(values[item] as number);
    lists.push(list);
  }
  return lists;
}
