import { physical, type Leaf } from './schema.ts';

/** PLAIN encoding of dates (int32), timestamps (int64), doubles and texts (length-prefixed UTF-8). */
export function plainScalars(leaf: Leaf, values: readonly (number | string)[]): Uint8Array {
  if (leaf.physical === physical.BYTE_ARRAY)
    return Buffer.concat(values.flatMap((value) => prefixedText(String(value))));
  if (leaf.physical === physical.INT32) return asBytes(Int32Array.from(values, Number));
  return asBytes(leaf.physical === physical.INT64 ? wholeNumbers(values) : Float64Array.from(values, Number));
}

/** Whole numbers below 2^53 as int64, each in two halves: no big integer is made for any. */
function wholeNumbers(values: readonly (number | string)[]): Uint32Array<ArrayBuffer> {
  const halves = new Uint32Array(values.length * 2);
  for (let at = 0; at < values.length; at++) {
    const value = Number(values[at]);
    const high = Math.floor(value / 2 ** 32);
    halves[at * 2] = value - high * 2 ** 32;
    halves[at * 2 + 1] = high;
  }
  return halves;
}

function asBytes({
  buffer,
}: Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>): Uint8Array {
  return new Uint8Array(buffer);
}

function prefixedText(value: string): Uint8Array[] {
  const body = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return [length, body];
}

export type Bounds = { readonly min: Uint8Array; readonly max: Uint8Array };

/** The bounds of a column of runs: texts by their bytes, numbers by value. */
export function runBounds(leaf: Leaf, values: readonly (number | string)[]): Bounds {
  if (leaf.physical === physical.BYTE_ARRAY) {
    const sorted = values.map((value) => Buffer.from(String(value))).sort((left, right) => Buffer.compare(left, right));
    return { min: sorted[0] ?? Buffer.alloc(0), max: sorted.at(-1) ?? Buffer.alloc(0) };
  }
  return numberBounds(leaf, Float64Array.from(values, Number), values.length);
}

/** Bounds of numbers; a zero bound of doubles is written as -0 for the least and +0 for the greatest, as the format asks. */
export function numberBounds(leaf: Leaf, values: Float64Array, count: number): Bounds {
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

export function bytesOf(values: Float64Array, count: number): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, count * 8);
}
