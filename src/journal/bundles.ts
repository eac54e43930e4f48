/*
 * Entry bundles as C2SP tlog-tiles has them: each entry as its length (two bytes, big-endian) and its bytes.
 */

const length_bytes = 2;

export function encodeBundle(entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      const length = Buffer.alloc(length_bytes);
      length.writeUInt16BE(entry.byteLength);
      return [length, entry];
    }),
  );
}

/** The entries of a bundle; null for bytes that end within one. */
export function decodeBundle(bytes: Buffer): Buffer[] | null {
  const entries: Buffer[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    const begin = at + length_bytes;
    if (begin > bytes.byteLength) return null;
    at = begin + bytes.readUInt16BE(at);
    if (at > bytes.byteLength) return null;
    entries.push(bytes.subarray(begin, at));
  }
  return entries;
}
