import type { Column, ColumnType } from '../core/contract.ts';
import { bool, i32, struct, text, type ThriftValue } from './thrift.ts';

/** Parquet's physical types. */
export const physical = { INT32: 1, INT64: 2, DOUBLE: 5, BYTE_ARRAY: 6 } as const;

/** How a column of the contract lies in the file: its leaf's physical type, path, and highest levels. */
export type Leaf = {
  readonly physical: number;
  readonly path: readonly string[];
  readonly maxDefinition: number;
  readonly maxRepetition: number;
};

const optional = 1;
const repeated = 2;

const physicalOf: Readonly<Record<ColumnType, number>> = {
  DATE: physical.INT32,
  TIMESTAMPTZ: physical.INT64,
  VARCHAR: physical.BYTE_ARRAY,
  JSON: physical.BYTE_ARRAY,
  DOUBLE: physical.DOUBLE,
  'DOUBLE[]': physical.DOUBLE,
  'DOUBLE[][]': physical.DOUBLE,
};

const listDepth: Partial<Record<ColumnType, number>> = { 'DOUBLE[]': 1, 'DOUBLE[][]': 2 };

export function leafOf(column: Column): Leaf {
  const depth = listDepth[column.type] ?? 0;
  const path = [column.name, ...Array.from({ length: depth }, () => ['list', 'element']).flat()];
  return { physical: physicalOf[column.type], path, maxDefinition: 1 + 2 * depth, maxRepetition: depth };
}

/** The schema of a file: every column optional, lists in the standard three-level form, as DuckDB and Arrow write them. */
export function schemaElements(columns: readonly Column[]): ThriftValue[] {
  const root = struct([4, text('schema')], [5, i32(columns.length)]);
  return [root, ...columns.flatMap((column) => columnElements(column, listDepth[column.type] ?? 0))];
}

function columnElements({ name, type, id }: Column, depth: number): ThriftValue[] {
  const fieldId = id === undefined ? undefined : i32(id);
  if (depth === 0) {
    const [converted, logical] = annotation(type);
    return [
      struct(
        [1, i32(physicalOf[type])],
        [3, i32(optional)],
        [4, text(name)],
        [6, converted],
        [9, fieldId],
        [10, logical],
      ),
    ];
  }
  const convertedList = 3;
  const list = struct(
    [3, i32(optional)],
    [4, text(name)],
    [5, i32(1)],
    [6, i32(convertedList)],
    [9, fieldId],
    [10, struct([3, struct()])],
  );
  const items = struct([3, i32(repeated)], [4, text('list')], [5, i32(1)]);
  const element = { name: 'element', type, ...(id === undefined ? {} : { id: id + 1 }) };
  return [list, items, ...columnElements(element, depth - 1)];
}

/** The converted type (old readers) and logical type (new readers) of a scalar. */
function annotation(type: ColumnType): [ThriftValue | undefined, ThriftValue | undefined] {
  switch (type) {
    case 'DATE':
      return [i32(6), struct([6, struct()])];
    case 'TIMESTAMPTZ':
      return [i32(10), struct([8, struct([1, bool(true)], [2, struct([2, struct()])])])];
    case 'VARCHAR':
      return [i32(0), struct([1, struct()])];
    case 'JSON':
      return [i32(19), struct([12, struct()])];
    case 'DOUBLE':
    case 'DOUBLE[]':
    case 'DOUBLE[][]':
      return [undefined, undefined];
  }
}
