/*
 * Bundles of entries (C2SP tlog-tiles, "Log entries"): each entry as its length, two bytes, big-endian, and its bytes.
 */

const length_bytes = 2;

/** What two bytes can count. A longer entry has to hold a reference to what lies elsewhere. */
export const entry_limit_bytes = 65_535;

/** Whole entries from the beginning of some bytes, and where they end: at the bytes' own end, unless the last one is cut off. */
export type SplitEntries = { readonly entries: Uint8Array[]; readonly end: number };

/** An entry as it stands in a bundle. Bundles are made by setting such entries one after the other. */
export function encodeEntry(entry: Uint8Array): Uint8Array {
  if (entry.byteLength > entry_limit_bytes)
    throw new RangeError(`an entry of ${entry.byteLength} bytes: more than ${entry_limit_bytes}`);
  const bytes = Buffer.allocUnsafe(length_bytes + entry.byteLength);
  bytes.writeUInt16BE(entry.byteLength);
  bytes.set(entry, length_bytes);
  return bytes;
}

/** The entries of a bundle, as views of its bytes. */
export function splitEntries(bytes: Uint8Array): SplitEntries {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  let end = 0;
  while (end + length_bytes <= bytes.byteLength) {
    const from = end + length_bytes;
    const to = from + view.getUint16(end);
    if (to > bytes.byteLength) break;
    entries.push(bytes.subarray(from, to));
    end = to;
  }
  return { entries, end };
}
