import { buildDictionary, type Dictionary, type Doubles, type RecordLengths } from './dictionary.ts';
import { encodeLevels, writeRepeatedRun } from './levels.ts';
import { encodeLists, encodePairs, type Lists, type Pairs } from './lists.ts';
import { numberBounds, plainScalars, runBounds } from './plain.ts';
import type { Leaf } from './schema.ts';
import { layPage, valuesPage, type EncodedColumn } from './values.ts';

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

/** Encodes `rows` rows of a column as one dictionary page (where it pays) and one data page, in memory that the next call uses again. */
export function encodeColumn(leaf: Leaf, column: ColumnValues, rows: number): EncodedColumn {
  switch (column.kind) {
    case 'runs':
      return encodeRuns(leaf, column, rows);
    case 'doubles':
      return encodeDoubles(leaf, column, rows);
    case 'lists':
      return encodeLists(leaf, column, rows);
    case 'pairs':
      return encodePairs(leaf, column);
    case 'texts':
      return encodeTexts(leaf, column.values);
  }
}

type ValuesOf<Kind> = Extract<ColumnValues, { readonly kind: Kind }>;

function encodeRuns(leaf: Leaf, { values, lengths }: ValuesOf<'runs'>, rows: number): EncodedColumn {
  const levels = encodeLevels({ all: 1, count: rows }, 1);
  const entries = new Map<number | string, number>();
  for (const value of values) if (!entries.has(value)) entries.set(value, entries.size);
  const distinct = [...entries.keys()];
  const statistics = { nulls: 0, ...runBounds(leaf, distinct) };
  if (lengths === null) {
    return { values: rows, dictionary: null, data: layPage([levels, plainScalars(leaf, values)]), statistics };
  }
  const dictionary = { entries: distinct.length, body: plainScalars(leaf, distinct), indices: null };
  const runs = encodedRuns(entries, values, lengths);
  return { values: rows, dictionary, data: layPage([levels, Uint8Array.from([16]), runs]), statistics };
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

function encodeDoubles(leaf: Leaf, { values, lengths }: ValuesOf<'doubles'>, rows: number): EncodedColumn {
  const repeats = lengths === null ? 'by chance' : 'along ladders';
  const dictionary = buildDictionary({ values, count: rows }, lengths, repeats);
  if (dictionary !== null) return encodePresent(leaf, { values, count: rows, levels: null, rows }, dictionary);
  const present = withoutNulls(values, rows);
  const rest = present.levels === null ? null : buildDictionary(present, null, repeats);
  return encodePresent(leaf, present, rest);
}

/** The values that are not null, and the definition levels of all `rows` (null: none is null). */
type Present = Doubles & { readonly levels: Uint8Array | null; readonly rows: number };

function encodePresent(leaf: Leaf, present: Present, dictionary: Dictionary | null): EncodedColumn {
  const { rows } = present;
  const levels = encodeLevels(present.levels ?? { all: 1, count: rows }, leaf.maxDefinition);
  const bounds =
    dictionary === null
      ? numberBounds(leaf, present.values, present.count)
      : numberBounds(leaf, dictionary.values, dictionary.values.length);
  const statistics = { nulls: rows - present.count, ...bounds };
  return { values: rows, statistics, ...valuesPage([levels], present, dictionary) };
}

function withoutNulls(values: Float64Array, rows: number): Present {
  let nulls = 0;
  for (let row = 0; row < rows; row++) if (Number.isNaN(values[row])) nulls++;
  if (nulls === 0) return { values, count: rows, levels: null, rows };
  const levels = new Uint8Array(rows);
  const kept = new Float64Array(rows - nulls);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row] as number;
    if (Number.isNaN(value)) continue;
    levels[row] = 1;
    kept[count++] = value;
  }
  return { values: kept, count, levels, rows };
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
    data: layPage([levels, plainScalars(leaf, present)]),
    statistics: null,
  };
}
