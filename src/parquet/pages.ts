import type { Leaf } from './schema.ts';
import { physical } from './schema.ts';
import { buildDictionary, paddedToEight, type Dictionary, type RecordLengths } from './dictionary.ts';
import { encodeLevels, encodeRepetition, writeRepeatedRun } from './levels.ts';
import { writeVarint } from './thrift.ts';

/**
 * The values of one column in one row group, in the form that the importer has them:
 * - `runs`: one value per record, repeated for `lengths[record]` rows (null lengths: once each); not -0;
 * - `doubles`: one per row, NaN for null;
 * - `lists`: `width` doubles per row, flattened; rows that differ (null, other length, null items as NaN) are in `irregular`;
 * - `pairs`: `counts[row]` pairs of doubles per row, flattened (-1: null); rows with lists of other lengths are in `irregular`;
 * - `texts`: one per row, or null.
 *
 * `lengths` are the rows of each record, in order; null where every row is a record.
 */
export type ColumnValues =
  | { readonly kind: 'runs'; readonly values: readonly (number | string)[]; readonly lengths: RecordLengths }
  | { readonly kind: 'doubles'; readonly values: Float64Array; readonly lengths: RecordLengths }
  | ({ readonly kind: 'lists'; readonly lengths: RecordLengths } & Lists)
  | ({ readonly kind: 'pairs' } & Pairs)
  | { readonly kind: 'texts'; readonly values: readonly (string | null)[] };

type Lists = { readonly values: Float64Array; readonly width: number; readonly irregular: Irregular };

type Pairs = {
  readonly values: Float64Array;
  readonly counts: readonly number[];
  readonly irregular: ReadonlyMap<number, readonly (readonly number[])[]>;
};

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
      return encodeDoubles(leaf, column.values, column.lengths, rows);
    case 'lists':
      return encodeLists(leaf, column, column.lengths, rows);
    case 'pairs':
      return encodePairs(leaf, column);
    case 'texts':
      return encodeTexts(leaf, column.values);
  }
}

function encodeRuns(
  leaf: Leaf,
  values: readonly (number | string)[],
  lengths: RecordLengths,
  rows: number,
): EncodedColumn {
  const levels = encodeLevels({ all: 1, count: rows }, 1);
  const entries = new Map<number | string, number>();
  for (const value of values) if (!entries.has(value)) entries.set(value, entries.size);
  const distinct = [...entries.keys()];
  const statistics = { nulls: 0, ...runBounds(leaf, distinct) };
  if (lengths === null) {
    return { values: rows, dictionary: null, data: concat([levels, plainScalars(leaf, values)]), statistics };
  }
  const dictionary = { entries: distinct.length, body: plainScalars(leaf, distinct) };
  const runs = encodedRuns(entries, values, lengths);
  return { values: rows, dictionary, data: concat([levels, Uint8Array.from([16]), runs]), statistics };
}

/** The positions of the values among the entries, as runs; equal neighbours make one run. */
function encodedRuns<T>(entries: ReadonlyMap<T, number>, values: readonly T[], lengths: readonly number[]): Uint8Array {
  const runs: number[] = [];
  for (let record = 0; record < values.length;) {
    const value = values[record] as T;
    let rows = 0;
    for (; record < values.length && values[record] === value; record++) rows += lengths[record] as number;
    writeRepeatedRun(runs, entries.get(value) ?? 0, rows, 2);
  }
  return Uint8Array.from(runs);
}

function encodeDoubles(leaf: Leaf, values: Float64Array, lengths: RecordLengths, rows: number): EncodedColumn {
  const dictionary = buildDictionary(values, rows, lengths);
  if (dictionary !== null) return encodePresent(leaf, { values, count: rows, levels: null }, dictionary, rows);
  const present = withoutNulls(values, rows);
  const rest = present.levels === null ? null : buildDictionary(present.values, present.count, null);
  return encodePresent(leaf, present, rest, rows);
}

/** The values that are not null, and the definition levels of all rows (null: none is null). */
type Present = { readonly values: Float64Array; readonly count: number; readonly levels: Uint8Array | null };

function encodePresent(leaf: Leaf, present: Present, dictionary: Dictionary | null, rows: number): EncodedColumn {
  const levels = encodeLevels(present.levels ?? { all: 1, count: rows }, leaf.maxDefinition);
  const bounds =
    dictionary === null
      ? numberBounds(leaf, present.values, present.count)
      : numberBounds(leaf, dictionary.values, dictionary.values.length);
  const statistics = { nulls: rows - present.count, ...bounds };
  return { values: rows, statistics, ...valuesPage([levels], present.values, present.count, dictionary) };
}

function withoutNulls(values: Float64Array, rows: number): Present {
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

/**
 * Levels, then the values, by dictionary where there is one. The page is fresh memory, written once, so that the importer's
 * buffers can be filled again while it is compressed.
 */
function valuesPage(
  levels: readonly Uint8Array[],
  values: Float64Array,
  count: number,
  dictionary: Dictionary | null,
): Pick<EncodedColumn, 'dictionary' | 'data'> {
  if (dictionary === null) return { dictionary: null, data: concat([...levels, bytesOf(values, count)]) };
  const { length: entries } = dictionary.values;
  const width_bytes = entries <= 256 ? 1 : 2;
  const head: number[] = [width_bytes * 8];
  writeVarint(head, (paddedToEight(count) / 8) * 2 + 1);
  const indices = dictionary.indices.subarray(0, count);
  const narrowed = width_bytes === 1 ? Uint8Array.from(indices) : indices;
  const body = new Uint8Array(narrowed.buffer, narrowed.byteOffset, count * width_bytes);
  const padding = new Uint8Array((paddedToEight(count) - count) * width_bytes);
  return {
    dictionary: { entries, body: bytesOf(dictionary.values, entries) },
    data: concat([...levels, Uint8Array.from(head), body, padding]),
  };
}

function encodeLists(leaf: Leaf, lists: Lists, lengths: RecordLengths, rows: number): EncodedColumn {
  if (lists.irregular.size > 0) {
    const rowsAsLists = Array.from({ length: rows }, (_, row) => listAt(lists, row));
    return encodeLeveled(leaf, levelsOfLists(rowsAsLists), null);
  }
  const { values, width } = lists;
  const count = rows * width;
  const definition = encodeLevels({ all: leaf.maxDefinition, count }, leaf.maxDefinition);
  const levels = [encodeRepetition(count, width), definition];
  const widened = lengths?.map((length) => length * width) ?? null;
  return {
    values: count,
    statistics: null,
    ...valuesPage(levels, values, count, buildDictionary(values, count, widened)),
  };
}

function listAt(lists: Lists, row: number): Float64Array | null {
  const irregular = lists.irregular.get(row);
  return irregular === undefined ? lists.values.subarray(row * lists.width, (row + 1) * lists.width) : irregular;
}

type Leveled = { readonly repetition: Uint8Array; readonly definition: Uint8Array; readonly values: Float64Array };

/** Levels and values item by item; for the lists that no quicker way is worth its code for. */
class Items {
  readonly #repetition: number[] = [];
  readonly #definition: number[] = [];
  readonly #values: number[] = [];

  /** A list that is null or empty. */
  addNone(repetition: number, definition: number): void {
    this.#repetition.push(repetition);
    this.#definition.push(definition);
  }

  /** An item, NaN for null; `nullLevel` is the definition level of a null item. */
  add(repetition: number, nullLevel: number, value: number): void {
    this.addNone(repetition, Number.isNaN(value) ? nullLevel : nullLevel + 1);
    if (!Number.isNaN(value)) this.#values.push(value);
  }

  get leveled(): Leveled {
    return {
      repetition: Uint8Array.from(this.#repetition),
      definition: Uint8Array.from(this.#definition),
      values: Float64Array.from(this.#values),
    };
  }
}

/** Definition levels of an optional list of optional doubles: 0 null list, 1 empty list, 2 null item, 3 item. */
function levelsOfLists(lists: readonly (ArrayLike<number> | null)[]): Leveled {
  const out = new Items();
  for (const list of lists) {
    if (list === null || list.length === 0) out.addNone(0, list === null ? 0 : 1);
    else for (let at = 0; at < list.length; at++) out.add(at === 0 ? 0 : 1, 2, list[at] as number);
  }
  return out.leveled;
}

/** Definition levels of lists of lists: 0 null, 1 empty, 2 and 3 the same of an inner list, 4 null item, 5 item. */
function levelsOfNested(rows: readonly (readonly (readonly number[])[] | null)[]): Leveled {
  const out = new Items();
  for (const row of rows) {
    if (row === null || row.length === 0) out.addNone(0, row === null ? 0 : 1);
    for (const [outerAt, inner] of (row ?? []).entries()) {
      const first = outerAt === 0 ? 0 : 1;
      if (inner.length === 0) out.addNone(first, 3);
      for (const [at, value] of inner.entries()) out.add(at === 0 ? first : 2, 4, value);
    }
  }
  return out.leveled;
}

/** The same levels for pairs. */
function levelsOfPairs({ counts, values }: Pairs): Leveled {
  const size = counts.reduce((sum, count) => sum + Math.max(1, count * 2), 0);
  const repetition = new Uint8Array(size);
  const definition = new Uint8Array(size).fill(5);
  let at = 0;
  for (const count of counts) {
    if (count <= 0) definition[at++] = count === 0 ? 1 : 0;
    for (let pair = 0; pair < count; pair++) {
      repetition[at] = pair === 0 ? 0 : 1;
      repetition[at + 1] = 2;
      at += 2;
    }
  }
  return { repetition, definition, values };
}

function encodePairs(leaf: Leaf, pairs: Pairs): EncodedColumn {
  if (pairs.irregular.size > 0) return encodeLeveled(leaf, levelsOfNested(asNested(pairs)), null);
  const lengths = pairs.counts.map((count) => Math.max(0, count * 2));
  return encodeLeveled(leaf, levelsOfPairs(pairs), lengths);
}

function asNested({ counts, values, irregular }: Pairs): (readonly (readonly number[])[] | null)[] {
  let at = 0;
  return counts.map((count, row) => {
    const odd = irregular.get(row);
    if (odd !== undefined) return odd;
    return count < 0 ? null : Array.from({ length: count }, () => [values[at++] as number, values[at++] as number]);
  });
}

function encodeLeveled(leaf: Leaf, { repetition, definition, values }: Leveled, lengths: RecordLengths): EncodedColumn {
  const count = definition.length;
  const uniform = count === values.length;
  const levels = [
    encodeLevels(repetition, leaf.maxRepetition),
    encodeLevels(uniform ? { all: leaf.maxDefinition, count } : definition, leaf.maxDefinition),
  ];
  const page = valuesPage(levels, values, values.length, buildDictionary(values, values.length, lengths));
  return { values: count, statistics: null, ...page };
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
    const sorted = values.map((value) => Buffer.from(String(value))).sort((left, right) => Buffer.compare(left, right));
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
