import { createHash, type Hash } from 'node:crypto';
import type { Column } from '../core/contract.ts';
import type { RecordLengths } from './dictionary.ts';
import { asNested, listAt, type Lists, type Pairs } from './lists.ts';
import type { ColumnValues } from './pages.ts';
import { bytesOf, plainScalars } from './plain.ts';
import { leafOf } from './schema.ts';
import type { EncodedColumn } from './values.ts';

/*
 * The content hash says which rows a file has, whatever its bytes are: docs/data-layout.md defines it. It is made of the hashes of
 * segments, which are the row groups that an import makes of the rows, and so can be made in the encoder's thread without
 * anything that outlives a group.
 */

/** The columns of `strikes` that a record has once. */
const recordColumns: ReadonlySet<string> = new Set(['endpoint', 'session_date', 'timestamp', 'ticker', 'spot']);

const none = 0xffff_ffff;
/** What is hashed for a null number. */
const nullDouble = Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf8, 0x7f);

/** The hash of one segment, column by column. `lengths` are the rows of each record of `strikes`, null for `snapshots`. */
export class SegmentHash {
  readonly #hash = createHash('sha256');
  readonly #rows: number;
  readonly #lengths: RecordLengths;

  constructor(rows: number, lengths: RecordLengths) {
    this.#rows = rows;
    this.#lengths = lengths;
    this.#hash.update(words(lengths === null ? [rows] : [rows, lengths.length, ...lengths]));
  }

  /** Adds a column with what encoding has made of it, while that still lies in the encoder's memory. */
  add(column: Column, values: ColumnValues, encoded: EncodedColumn): void {
    switch (values.kind) {
      case 'runs':
        // In `strikes` each value is that of one record; in `snapshots`, where rows are counted, it may stand for several.
        addRuns(this.#hash, column, values.values, this.#lengths === null ? values.lengths : null);
        return;
      case 'doubles':
        this.#addDoubles(column, values.values.subarray(0, this.#rows), encoded);
        return;
      case 'texts':
        addTexts(this.#hash, values.values, null);
        return;
      case 'lists':
        addLists(this.#hash, values, this.#rows, encoded);
        return;
      case 'pairs':
        addPairs(this.#hash, values);
    }
  }

  #addDoubles(column: Column, values: Float64Array, encoded: EncodedColumn): void {
    const hasNulls = encoded.statistics !== null && encoded.statistics.nulls > 0;
    if (this.#lengths === null) addPlain(this.#hash, { values, hasNulls });
    else if (recordColumns.has(column.name))
      addPlain(this.#hash, { values: firstOfRecords(values, this.#lengths), hasNulls });
    else addRepeating(this.#hash, { values, hasNulls }, encoded);
  }

  digest(): Uint8Array {
    return this.#hash.digest();
  }
}

/** The hash of a file: of its columns, and of its segments. */
export class ContentHash {
  readonly #hash = createHash('sha256');

  constructor(columns: readonly Column[]) {
    const named = columns.map(({ name, type }) => `${name} ${type}\n`);
    this.#hash.update(`gexlake content 1\n${named.join('')}\n`);
  }

  add(segment: Uint8Array): void {
    this.#hash.update(segment);
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

/** One value for each row of runs. */
function eachOf<T>(values: readonly T[], lengths: RecordLengths): readonly T[] {
  if (lengths === null) return values;
  return values.flatMap((value, at) => Array.from({ length: lengths[at] ?? 0 }, () => value));
}

function firstOfRecords(values: Float64Array, lengths: readonly number[]): Float64Array {
  let row = 0;
  return Float64Array.from(lengths, (length) => {
    const value = values[row] as number;
    row += length;
    return value;
  });
}

function addRuns(hash: Hash, column: Column, values: readonly (number | string)[], lengths: RecordLengths): void {
  if (column.type === 'VARCHAR') addTexts(hash, values as readonly string[], lengths);
  else if (column.type === 'DATE')
    hash.update(new Uint8Array(Int32Array.from(eachOf(values as readonly number[], lengths)).buffer));
  else hash.update(plainScalars(leafOf(column), eachOf(values, lengths)));
}

/** Texts by runs of equal ones; each stands for as many as `lengths` says, or for one. */
function addTexts(hash: Hash, values: readonly (string | null)[], lengths: RecordLengths): void {
  for (let at = 0; at < values.length;) {
    const value = values[at] as string | null;
    let count = 0;
    for (; at < values.length && values[at] === value; at++) count += lengths?.[at] ?? 1;
    const text = value === null ? null : Buffer.from(value);
    hash.update(words([count, text?.length ?? none]));
    if (text !== null) hash.update(text);
  }
}

type Numbers = { readonly values: Float64Array; readonly hasNulls: boolean };

function addPlain(hash: Hash, { values, hasNulls }: Numbers): void {
  const bytes = bytesOf(values, values.length);
  hash.update(hasNulls ? withEqualNulls(values, bytes) : bytes);
}

/** A NaN has many bit patterns; here it has one. */
function withEqualNulls(values: Float64Array, bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (const [at, value] of values.entries()) if (Number.isNaN(value)) copy.set(nullDouble, at * 8);
  return copy;
}

/** Numbers along ladders, by the dictionary that the encoder has for them: a quarter of the bytes. */
function addRepeating(hash: Hash, numbers: Numbers, { dictionary }: EncodedColumn): void {
  const indices = numbers.hasNulls ? null : (dictionary?.indices ?? null);
  if (dictionary === null || indices === null) {
    hash.update(Uint8Array.of(0));
    addPlain(hash, numbers);
    return;
  }
  hash.update(Uint8Array.of(1));
  hash.update(words([dictionary.entries]));
  hash.update(dictionary.body);
  hash.update(new Uint8Array(indices.buffer, indices.byteOffset, numbers.values.length * 2));
}

function addLists(hash: Hash, lists: Lists, rows: number, encoded: EncodedColumn): void {
  if (lists.irregular.size === 0) {
    hash.update(words([rows, lists.width]));
    addRepeating(hash, { values: lists.values.subarray(0, rows * lists.width), hasNulls: false }, encoded);
    return;
  }
  const each = Array.from({ length: rows }, (_, row) => listAt(lists, row));
  addLengths(
    hash,
    each.map((list) => list?.length ?? -1),
  );
  const values = Float64Array.from(each.flatMap((list) => (list === null ? [] : Array.from(list))));
  addRepeating(hash, { values, hasNulls: values.some(Number.isNaN) }, encoded);
}

function addPairs(hash: Hash, pairs: Pairs): void {
  if (pairs.irregular.size === 0) {
    addLengths(hash, pairs.counts);
    if (pairs.values.length > 0) hash.update(words([pairs.values.length / 2, 2]));
    addPlain(hash, { values: pairs.values, hasNulls: false });
    return;
  }
  const nested = asNested(pairs);
  addLengths(
    hash,
    nested.map((row) => row?.length ?? -1),
  );
  const inner = nested.flatMap((row) => row ?? []);
  addLengths(
    hash,
    inner.map((list) => list.length),
  );
  const values = Float64Array.from(inner.flat());
  addPlain(hash, { values, hasNulls: values.some(Number.isNaN) });
}

/** Lengths of lists by runs of equal ones, a negative one for null. */
function addLengths(hash: Hash, lengths: readonly number[]): void {
  const runs: number[] = [];
  for (let at = 0; at < lengths.length;) {
    const start = at;
    while (at < lengths.length && lengths[at] === lengths[start]) at++;
    const length = lengths[start] as number;
    runs.push(at - start, length < 0 ? none : length);
  }
  hash.update(words(runs));
}

/** Whole numbers from 0 to 2^32 - 1 in four bytes each, the lowest first. */
function words(values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}
