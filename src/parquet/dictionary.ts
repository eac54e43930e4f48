const maxEntries = 65_536;

/** Distinct values in order of first appearance, and for each input value its position among them. */
export type Dictionary = { readonly values: Float64Array; readonly indices: Uint16Array };

// One table for all columns: the writer encodes one column at a time, and a fresh table per column costs page faults.
const table = new Int32Array(maxEntries * 4);
const tableShift = 32 - 18;
const distinct = new Float64Array(maxEntries);
const distinctWords = new Int32Array(distinct.buffer);

/**
 * Builds the dictionary of the first `count` doubles, comparing bit patterns so that -0 and 0 stay apart. Null where there
 * are too many distinct values for 16-bit indices, or too few repeats for a dictionary to be the smaller form.
 *
 * Indices are whole 16-bit words and not packed to the smallest width: measured on a day of ladders, zstd makes the aligned
 * form smaller than the packed one, and it costs no bit shuffling.
 */
export function buildDictionary(values: Float64Array, count: number): Dictionary | null {
  const words = new Int32Array(values.buffer, values.byteOffset, count * 2);
  const indices = new Uint16Array(paddedToEight(count));
  const limit = Math.min(maxEntries, Math.max(16, (count * 3) >> 2));
  table.fill(0);
  let entries = 0;
  for (let row = 0; row < count; row++) {
    const low = words[row * 2] as number;
    const high = words[row * 2 + 1] as number;
    let slot = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b) >>> tableShift;
    for (;;) {
      const found = (table[slot] as number) - 1;
      if (found === -1) {
        if (entries === limit) return null;
        distinctWords[entries * 2] = low;
        distinctWords[entries * 2 + 1] = high;
        indices[row] = entries;
        table[slot] = ++entries;
        break;
      }
      if (distinctWords[found * 2] === low && distinctWords[found * 2 + 1] === high) {
        indices[row] = found;
        break;
      }
      slot = (slot + 1) & (table.length - 1);
    }
  }
  return { values: distinct.slice(0, entries), indices };
}

/** Bit-packed runs hold whole groups of eight values. */
export function paddedToEight(count: number): number {
  return (count + 7) & ~7;
}
