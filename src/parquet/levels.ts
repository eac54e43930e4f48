import { paddedToEight } from './dictionary.ts';
import { writeVarint } from './thrift.ts';

/**
 * Definition or repetition levels in Parquet's RLE / bit-packed hybrid, with the length prefix of a version 1 data page.
 * One level repeated throughout, the usual case, is a single run of a few bytes.
 */
export function encodeLevels(
  levels: Uint8Array | { readonly all: number; readonly count: number },
  maxLevel: number,
): Uint8Array {
  const width = Math.ceil(Math.log2(maxLevel + 1));
  if (!(levels instanceof Uint8Array)) {
    const run: number[] = [];
    writeRepeatedRun(run, levels.all, levels.count, 1);
    return withLength(run);
  }
  const head: number[] = [];
  const groups = paddedToEight(levels.length) / 8;
  writeVarint(head, groups * 2 + 1);
  const packed = new Uint8Array(head.length + groups * width);
  packed.set(head);
  packBits(levels, width, packed, head.length);
  return withLength(packed);
}

/** The repetition levels of `count` values in lists of `width` each: 0, then `width - 1` times 1, over and over. */
export function encodeRepetition(count: number, width: number): Uint8Array {
  const head: number[] = [];
  const size = paddedToEight(count) / 8;
  writeVarint(head, size * 2 + 1);
  const pattern = new Uint8Array(width);
  packBits(
    Uint8Array.from({ length: width * 8 }, (_, at) => (at % width === 0 ? 0 : 1)),
    1,
    pattern,
    0,
  );
  const packed = Buffer.alloc(size, pattern);
  if (count % 8 > 0) packed[size - 1] = (packed[size - 1] as number) & (2 ** (count % 8) - 1);
  return withLength(Buffer.concat([Uint8Array.from(head), packed]));
}

/** Writes one RLE run: `count` times `value`, which takes `value_bytes` bytes. */
export function writeRepeatedRun(out: number[], value: number, count: number, value_bytes: number): void {
  writeVarint(out, count * 2);
  for (let byte = 0; byte < value_bytes; byte++) out.push((value >>> (8 * byte)) & 0xff);
}

function packBits(values: Uint8Array, width: number, target: Uint8Array, offset: number): void {
  let bits = 0;
  let held = 0;
  let at = offset;
  for (let each = 0; each < values.length; each++) {
    bits |= (values[each] as number) << held;
    held += width;
    if (held >= 8) {
      target[at++] = bits & 0xff;
      bits >>>= 8;
      held -= 8;
    }
  }
  if (held > 0) target[at] = bits;
}

function withLength(levels: Uint8Array | number[]): Uint8Array {
  const out = new Uint8Array(4 + levels.length);
  new DataView(out.buffer).setUint32(0, levels.length, true);
  out.set(levels, 4);
  return out;
}
