const maxEntries = 65_536;

/** The first `count` of an array. */
export type Doubles = { readonly values: Float64Array; readonly count: number };

/** Distinct values in order of first appearance, and for each input value its position among them. */
export type Dictionary = { readonly values: Float64Array; readonly indices: Uint16Array };

/**
 * How many values each record has, one record after the other, or null where they do not come in records. A value is very
 * often the one at the same place of the record before.
 */
export type RecordLengths = readonly number[] | null;

/**
 * Where equal values are to be expected. With one value per record, zstd makes more of plain values than of a dictionary as soon
 * as more than a quarter of them differ; along ladders, that come again from record to record, not before three quarters.
 */
export type Repeats = 'along ladders' | 'by chance';

// One set of tables for all columns: the writer encodes one column at a time, and fresh ones for each cost page faults.
const leastBits = 14;
const mostBits = 18;
const table = new Int32Array(2 ** mostBits);
/**
 * Places of the table that are in use: 2^bits, and four times as many once a quarter is taken. Few places stay in the
 * processor's cache: a third of the time for the 14,000 different numbers of a row group's priors.
 */
let bits = leastBits;
const distinct = new Float64Array(maxEntries + 1);
const distinctWords = new Int32Array(distinct.buffer);
let indices = new Uint16Array(0);
let entries = 0;
/** What the table holds from earlier columns is not above this, so that it need not be cleared for each. */
let oldEntries = 0;

/**
 * Builds the dictionary of doubles, comparing bit patterns so that -0 and 0 stay apart. Null where there
 * is a NaN among them, too many distinct values for 16-bit indices, or too few repeats for a dictionary to be the smaller
 * form. Both lie in memory that the next call uses again.
 *
 * Indices are whole 16-bit words and not packed to the smallest width: measured on a day of ladders, zstd makes the aligned
 * form smaller than the packed one, and it costs no bit shuffling.
 */
export function buildDictionary(
  { values, count }: Doubles,
  lengths: RecordLengths,
  repeats: Repeats,
): Dictionary | null {
  const words = new Int32Array(values.buffer, values.byteOffset, count * 2);
  const most = repeats === 'along ladders' ? (count * 3) >> 2 : count >> 2;
  const limit = Math.min(maxEntries, Math.max(16, most));
  startEmpty(count);
  let before = 0;
  for (let record = 0, row = 0; row < count; record++) {
    // Without records, each value is compared with the one right before it.
    const length = lengths?.[record] ?? (record === 0 ? 1 : count - 1);
    if (!indexRecord(indices, values, words, row, row + length, before, limit)) return null;
    row += length;
    before = length;
  }
  return { values: distinct.subarray(0, entries), indices };
}

function startEmpty(count: number): void {
  forgetEntries();
  entries = 0;
  bits = leastBits;
  if (indices.length < count) indices = new Uint16Array(count);
}

/** Makes all places of the table count as free. */
function forgetEntries(): void {
  oldEntries += entries;
  if (oldEntries < 2 ** 31 - 2 * maxEntries) return;
  oldEntries = 0;
  table.fill(0);
}

/**
 * Finds the indices of one record's values, first by looking at the value as many places `before`: on a day of ladders 9 of 10
 * are equal to that, and need no hashing. False where there can be no dictionary. What the loop uses is passed in, so that it
 * lies in registers: a fifth faster.
 */
function indexRecord(
  target: Uint16Array,
  values: Float64Array,
  words: Int32Array,
  start: number,
  end: number,
  before: number,
  limit: number,
): boolean {
  for (let row = start; row < end; row++) {
    const value = values[row];
    const earlier = row - before;
    // Zeros are equal whatever their sign, which is in the second word.
    if (before !== 0 && value === values[earlier] && (value !== 0 || words[row * 2 + 1] === words[earlier * 2 + 1])) {
      target[row] = target[earlier] as number;
      continue;
    }
    const low = words[row * 2] as number;
    const high = words[row * 2 + 1] as number;
    const index = indexOf(low, high);
    if (index === limit || isNotANumber(low, high)) return false;
    target[row] = index;
  }
  return true;
}

/** The position of a value among the entries, added behind them where it is new. */
function indexOf(low: number, high: number): number {
  const last = 2 ** bits - 1;
  let place = placeOf(low, high);
  for (;;) {
    const found = (table[place] as number) - oldEntries - 1;
    if (found < 0) break;
    if (distinctWords[found * 2] === low && distinctWords[found * 2 + 1] === high) return found;
    place = (place + 1) & last;
  }
  distinctWords[entries * 2] = low;
  distinctWords[entries * 2 + 1] = high;
  table[place] = oldEntries + ++entries;
  if (entries * 4 > last && bits < mostBits) spread();
  return entries - 1;
}

function placeOf(low: number, high: number): number {
  return Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b) >>> (32 - bits);
}

/** Takes four times as many places, and gives every entry its new one. */
function spread(): void {
  forgetEntries();
  bits += 2;
  const last = 2 ** bits - 1;
  for (let entry = 0; entry < entries; entry++) {
    let place = placeOf(distinctWords[entry * 2] as number, distinctWords[entry * 2 + 1] as number);
    while ((table[place] as number) > oldEntries) place = (place + 1) & last;
    table[place] = oldEntries + entry + 1;
  }
}

/** Whether the two words of a double are those of a NaN. */
function isNotANumber(low: number, high: number): boolean {
  return (high & 0x7ff00000) === 0x7ff00000 && ((high & 0xfffff) | low) !== 0;
}

/** Bit-packed runs hold whole groups of eight values. */
export function paddedToEight(count: number): number {
  return (count + 7) & ~7;
}
