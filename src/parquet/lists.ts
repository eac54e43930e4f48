import { buildDictionary, type RecordLengths } from './dictionary.ts';
import { encodeLevels, encodeRepetition } from './levels.ts';
import type { Leaf } from './schema.ts';
import { valuesPage, type EncodedColumn } from './values.ts';

/** Lists of doubles, `width` of them in each row, flattened. Rows that differ are in `irregular`: null, longer, shorter, NaN for null. */
export type Lists = { readonly values: Float64Array; readonly width: number; readonly irregular: Irregular };

/** Lists of pairs of doubles, `counts[row]` of them (-1: null), flattened. Rows with lists of other lengths are in `irregular`. */
export type Pairs = {
  readonly values: Float64Array;
  readonly counts: readonly number[];
  readonly irregular: ReadonlyMap<number, readonly (readonly number[])[]>;
};

export type Irregular = ReadonlyMap<number, Float64Array | null>;

type ListsOfRecords = Lists & { readonly lengths: RecordLengths };

export function encodeLists(leaf: Leaf, lists: ListsOfRecords, rows: number): EncodedColumn {
  if (lists.irregular.size > 0) {
    const rowsAsLists = Array.from({ length: rows }, (_, row) => listAt(lists, row));
    return encodeLeveled(leaf, levelsOfLists(rowsAsLists), null);
  }
  const { values, width, lengths } = lists;
  const count = rows * width;
  const definition = encodeLevels({ all: leaf.maxDefinition, count }, leaf.maxDefinition);
  const levels = [encodeRepetition(count, width), definition];
  const widened = lengths?.map((length) => length * width) ?? null;
  const doubles = { values, count };
  const page = valuesPage(levels, doubles, buildDictionary(doubles, widened, 'along ladders'));
  return { values: count, statistics: null, ...page };
}

export function listAt(lists: Lists, row: number): Float64Array | null {
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

export function encodePairs(leaf: Leaf, pairs: Pairs): EncodedColumn {
  if (pairs.irregular.size > 0) return encodeLeveled(leaf, levelsOfNested(asNested(pairs)), null);
  const lengths = pairs.counts.map((count) => Math.max(0, count * 2));
  return encodeLeveled(leaf, levelsOfPairs(pairs), lengths);
}

export function asNested({ counts, values, irregular }: Pairs): (readonly (readonly number[])[] | null)[] {
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
  const doubles = { values, count: values.length };
  const page = valuesPage(levels, doubles, buildDictionary(doubles, lengths, 'along ladders'));
  return { values: count, statistics: null, ...page };
}
