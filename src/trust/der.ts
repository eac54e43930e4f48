/*
 * As much of DER (X.690) as a time-stamp request and its answer need.
 */

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  oid: 0x06,
  time: 0x18,
  sequence: 0x30,
  explicit0: 0xa0,
} as const;

export type Der = { readonly tag: number; readonly body: Buffer };

export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of(tag), lengthOf(body.byteLength), body]);
}

/** A whole number that is not negative, from its bytes, without zeros before it that are not needed. */
export function derInteger(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const rest = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  return der(tags.integer, (rest[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : Buffer.alloc(0), rest);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const digits = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Uint8Array.of(0x80 | digits.byteLength), digits]);
}

/** The values that follow each other in some bytes. @throws RangeError for bytes that are no DER */
export function readDer(bytes: Buffer): Der[] {
  const values: Der[] = [];
  for (let at = 0; at < bytes.byteLength;) {
    const tag = bytes.readUInt8(at);
    const { length, from } = readLength(bytes, at + 1);
    if (from + length > bytes.byteLength) throw new RangeError('DER that ends too early');
    values.push({ tag, body: bytes.subarray(from, from + length) });
    at = from + length;
  }
  return values;
}

function readLength(bytes: Buffer, at: number): { readonly length: number; readonly from: number } {
  const first = bytes.readUInt8(at);
  if (first < 0x80) return { length: first, from: at + 1 };
  const digits = first & 0x7f;
  if (digits < 1 || digits > 4) throw new RangeError('DER with a length that cannot be');
  return { length: bytes.readUIntBE(at + 1, digits), from: at + 1 + digits };
}
