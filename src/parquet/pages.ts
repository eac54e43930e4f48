import type { Leaf } from './schema.ts';
import { physical } from './schema.ts';
import { buildDictionary, paddedToEight } from './dictionary.ts';
import { encodeLevels, repeatedRun } from './levels.ts';
import { writeVarint } from './thrift.ts';

/**
 * The values of one column in one row group, in the form that the importer has them:
 * - `runs`: one value per record, repeated for `lengths[record]` rows (null lengths: once each);
 * - `doubles`: one per row, NaN for null;
 * - `lists`: `width` doubles per row, flattened; rows that differ (null, other length, null items as NaN) are in `irregular`;
 * - `nested`: one list of lists per row, or null;
 * - `texts`: one per row, or null.
 */
export type ColumnValues =
  | { readonly kind: 'runs'; readonly values: readonly (number | string)[]; readonly lengths: readonly number[] | null }
  | { readonly kind: 'doubles'; readonly values: Float64Array }
  | { readonly kind: 'lists'; readonly values: Float64Array; readonly width: number; readonly irregular: Irregular }
  | { readonly kind: 'nested'; readonly values: readonly (readonly (readonly number[])[] | null)[] }
  | { readonly kind: 'texts'; readonly values: readonly (string | null)[] };

export type Irregular = ReadonlyMap<number, Float64Array | null>;

export const encoding = { PLAIN: 0, RLE: 3, RLE_DICTIONARY: 8 } as const;

/** A column chunk's pages before compression. `values` counts levels, which for lists is more than rows. */
export type EncodedColumn = {
  readonly values: number;
  readonly dictionary: { readonly entries: number; readonly body: Uint8Array } | null;
  readonly data: Uint8Array;
  readonly statistics: { readonly nulls: number; readonly min: Uint8Array; readonly max: Uint8Array } | null;
};

/** Encodes `rows` rows of a column as one dictionary page (where it pays) and one data page. */
export function encodeColumn(leaf: Leaf, column: ColumnValues, rows: number): EncodedColumn {
  switch (column.kind) {
    case 'runs':
      return encodeRuns(leaf, column.values, column.lengths, rows);
    case 'doubles':
      return encodeDoubles(leaf, column.values, rows);
    case 'lists':
      return encodeLists(leaf, column, rows);
    case 'nested':
      return encodeNested(leaf, column.values);
    case 'texts':
      return encodeTexts(leaf, column.values);
  }
}

function encodeRuns(
  leaf: Leaf,
  values: readonly (number | string)[],
  lengths: readonly number[] | null,
  rows: number,
): EncodedColumn {
  const entries = [...new Set(values)];
  const statistics = { nulls: 0, ...runBounds(leaf, entries) };
  const levels = encodeLevels({ all: 1, count: rows }, 1);
  if (lengths === null) {
    return { values: rows, dictionary: null, data: concat([levels, plainScalars(leaf, values)]), statistics };
  }
  const positions = new Map(entries.map((value, position) => [value, position]));
  const runs: number[] = [16];
  for (const [record, value] of values.entries()) {
    for (const byte of repeatedRun(positions.get(value) ?? 0, lengths[record] ?? 0, 2)) runs.push(byte);
  }
  const dictionary = { entries: entries.length, body: plainScalars(leaf, entries) };
  return { values: rows, dictionary, data: concat([levels, Uint8Array.from(runs)]), statistics };
}

function encodeDoubles(leaf: Leaf, values: Float64Array, rows: number): EncodedColumn {
  const present = withoutNulls(values, rows);
  const levels = encodeLevels(present.levels ?? { all: 1, count: rows }, leaf.maxDefinition);
  const statistics = { nulls: rows - present.count, ...numberBounds(leaf, present.values, present.count) };
  return { values: rows, statistics, ...encodeValues([levels], present.values, present.count) };
}

function withoutNulls(
  values: Float64Array,
  rows: number,
): { values: Float64Array; count: number; levels: Uint8Array | null } {
  let nulls = 0;
  for (let row = 0; row < rows; row++) if (Number.isNaN(values[row])) nulls++;
  if (nulls === 0) return { values, count: rows, levels: null };
  const levels = new Uint8Array(rows);
  const kept = new Float64Array(rows - nulls);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row] as number;
    if (Number.isNaN(value)) continue;
    levels[row] = 1;
    kept[count++] = value;
  }
  return { values: kept, count, levels };
}

/** Levels, then the values: by dictionary where that is smaller, else plain. */
function encodeValues(
  levels: readonly Uint8Array[],
  values: Float64Array,
  count: number,
): Pick<EncodedColumn, 'dictionary' | 'data'> {
  const dictionary = buildDictionary(values, count);
  if (dictionary === null) return { dictionary: null, data: concat([...levels, bytesOf(values, count)]) };
  const narrow = dictionary.values.length <= 256;
  const indices = narrow ? new Uint8Array(dictionary.indices) : dictionary.indices;
  const head: number[] = [narrow ? 8 : 16];
  writeVarint(head, (paddedToEight(count) / 8) * 2 + 1);
  const packed = new Uint8Array(indices.buffer, indices.byteOffset, indices.byteLength);
  return {
    dictionary: { entries: dictionary.values.length, body: bytesOf(dictionary.values, dictionary.values.length) },
    data: concat([...levels, Uint8Array.from(head), packed]),
  };
}

type Lists = { readonly values: Float64Array; readonly width: number; readonly irregular: Irregular };

function encodeLists(leaf: Leaf, lists: Lists, rows: number): EncodedColumn {
  if (lists.irregular.size > 0) {
    const rowsAsLists = Array.from({ length: rows }, (_, row) => listAt(lists, row));
    return encodeLeveled(leaf, levelsOfLists(rowsAsLists));
  }
  const count = rows * lists.width;
  const definition = encodeLevels({ all: leaf.maxDefinition, count }, leaf.maxDefinition);
  const levels = [encodeLevels(regularRepetition(count, lists.width), 1), definition];
  return { values: count, statistics: null, ...encodeValues(levels, lists.values, count) };
}

function listAt(lists: Lists, row: number): Float64Array | null {
  const irregular = lists.irregular.get(row);
  return irregular === undefined ? lists.values.subarray(row * lists.width, (row + 1) * lists.width) : irregular;
}

function regularRepetition(count: number, width: number): Uint8Array {
  const levels = new Uint8Array(count).fill(1);
  for (let at = 0; at < count; at += width) levels[at] = 0;
  return levels;
}

type Leveled = { readonly repetition: number[]; readonly definition: number[]; readonly values: number[] };

/** Definition levels of an optional list of optional doubles: 0 null list, 1 empty list, 2 null item, 3 item. */
function levelsOfLists(lists: readonly (ArrayLike<number> | null)[]): Leveled {
  const out: Leveled = { repetition: [], definition: [], values: [] };
  for (const list of lists) {
    if (list === null || list.length === 0) push(out, 0, list === null ? 0 : 1);
    else for (let at = 0; at < list.length; at++) pushItem(out, at === 0 ? 0 : 1, 2, list[at] as number);
  }
  return out;
}

function encodeNested(leaf: Leaf, rows: readonly (readonly (readonly number[])[] | null)[]): EncodedColumn {
  const out: Leveled = { repetition: [], definition: [], values: [] };
  for (const row of rows) {
    if (row === null || row.length === 0) push(out, 0, row === null ? 0 : 1);
    else {
      row.forEach((inner, outerAt) => {
        if (inner.length === 0) push(out, outerAt === 0 ? 0 : 1, 3);
        inner.forEach((value, at) => pushItem(out, at > 0 ? 2 : outerAt > 0 ? 1 : 0, 4, value));
      });
    }
  }
  return encodeLeveled(leaf, out);
}

function push(out: Leveled, repetition: number, definition: number): void {
  out.repetition.push(repetition);
  out.definition.push(definition);
}

function pushItem(out: Leveled, repetition: number, nullLevel: number, value: number): void {
  push(out, repetition, Number.isNaN(value) ? nullLevel : nullLevel + 1);
  if (!Number.isNaN(value)) out.values.push(value);
}

function encodeLeveled(leaf: Leaf, leveled: Leveled): EncodedColumn {
  const levels = [
    encodeLevels(Uint8Array.from(leveled.repetition), leaf.maxRepetition),
    encodeLevels(Uint8Array.from(leveled.definition), leaf.maxDefinition),
  ];
  const values = Float64Array.from(leveled.values);
  return { values: leveled.definition.length, statistics: null, ...encodeValues(levels, values, values.length) };
}

function encodeTexts(leaf: Leaf, rows: readonly (string | null)[]): EncodedColumn {
  const present = rows.filter((value) => value !== null);
  const all = present.length === 0 ? 0 : 1;
  const uniform = present.length === 0 || present.length === rows.length;
  const levels = encodeLevels(
    uniform ? { all, count: rows.length } : Uint8Array.from(rows, (value) => (value === null ? 0 : 1)),
    1,
  );
  return {
    values: rows.length,
    dictionary: null,
    data: concat([levels, plainScalars(leaf, present)]),
    statistics: null,
  };
}

/** PLAIN encoding of dates (int32), timestamps (int64), doubles and texts (length-prefixed UTF-8). */
function plainScalars(leaf: Leaf, values: readonly (number | string)[]): Uint8Array {
  if (leaf.physical === physical.BYTE_ARRAY) return concat(values.flatMap((value) => prefixedText(String(value))));
  const size = leaf.physical === physical.INT32 ? 4 : 8;
  const out = new DataView(new ArrayBuffer(values.length * size));
  for (const [at, value] of values.entries()) setNumber(out, at * size, leaf.physical, Number(value));
  return new Uint8Array(out.buffer);
}

function setNumber(out: DataView, offset: number, type: number, value: number): void {
  if (type === physical.INT32) out.setInt32(offset, value, true);
  else if (type === physical.INT64) out.setBigInt64(offset, BigInt(value), true);
  else out.setFloat64(offset, value, true);
}

function prefixedText(value: string): Uint8Array[] {
  const body = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return [length, body];
}

/** The bounds of a column of runs: texts by their bytes, numbers by value. */
function runBounds(leaf: Leaf, values: readonly (number | string)[]): { min: Uint8Array; max: Uint8Array } {
  if (leaf.physical === physical.BYTE_ARRAY) {
    const sorted = values.map((value) => Buffer.from(String(value))).sort(Buffer.compare);
    return { min: sorted[0] ?? Buffer.alloc(0), max: sorted.at(-1) ?? Buffer.alloc(0) };
  }
  return numberBounds(leaf, Float64Array.from(values, Number), values.length);
}

/** Bounds of numbers; a zero bound of doubles is written as -0 for the least and +0 for the greatest, as the format asks. */
function numberBounds(leaf: Leaf, values: Float64Array, count: number): { min: Uint8Array; max: Uint8Array } {
  let min = Infinity;
  let max = -Infinity;
  for (let at = 0; at < count; at++) {
    const value = values[at] as number;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (count === 0) return { min: new Uint8Array(0), max: new Uint8Array(0) };
  return { min: plainScalars(leaf, [min === 0 ? -0 : min]), max: plainScalars(leaf, [max === 0 ? 0 : max]) };
}

function bytesOf(values: Float64Array, count: number): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, count * 8);
}

/** One copy into fresh memory, so that the importer's buffers can be filled again while this page is compressed. */
function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
