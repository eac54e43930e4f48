import { createHash } from 'node:crypto';
import { GexlakeError } from '../core/errors.ts';
import { damagedHint } from './hints.ts';

/*
 * A tail file: entries since the last full bundle, each as its length (two bytes, big-endian), its bytes, and the first eight bytes of
 * their SHA-256. The sum tells an entry that was cut by a crash, which nobody has been told of, from one that is whole.
 */

const length_bytes = 2;
const sum_bytes = 8;
/** An entry is a JSON object. */
const openingBrace = 0x7b;

export function frameOf(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(length_bytes);
  length.writeUInt16BE(bytes.byteLength);
  return Buffer.concat([length, bytes, sumOf(bytes)]);
}

export type Frames = {
  readonly entries: readonly Buffer[];
  /** Where the whole entries end. Behind it lies what a crash has left of one, if anything. */
  readonly end: number;
};

/**
 * Reads a tail file. What is not whole at its end is left out.
 * @throws JOURNAL_DAMAGED where a whole entry follows one that is not
 */
export function readFrames(bytes: Buffer, path: string): Frames {
  const entries: Buffer[] = [];
  let at = 0;
  while (at + length_bytes <= bytes.byteLength) {
    const end = frameEnd(bytes, at);
    if (end === null) break;
    entries.push(bytes.subarray(at + length_bytes, end - sum_bytes));
    at = end;
  }
  if (isFollowed(bytes, at)) throw damagedTail(path, at);
  return { entries, end: at };
}

/** Where the entry that begins here ends; null where it is not whole. */
function frameEnd(bytes: Buffer, at: number): number | null {
  const begin = at + length_bytes;
  const end = begin + bytes.readUInt16BE(at) + sum_bytes;
  if (end > bytes.byteLength) return null;
  const entry = bytes.subarray(begin, end - sum_bytes);
  return sumOf(entry).equals(bytes.subarray(end - sum_bytes, end)) ? end : null;
}

/**
 * Whether a whole entry lies anywhere behind one that is not: that is damage, and no crash, for only the last append can be cut. The
 * length of the broken one may be what is broken, so every place is tried.
 */
function isFollowed(bytes: Buffer, broken: number): boolean {
  for (let at = broken + 1; at + length_bytes <= bytes.byteLength; at++)
    if (bytes[at + length_bytes] === openingBrace && frameEnd(bytes, at) !== null) return true;
  return false;
}

function sumOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, sum_bytes);
}

function damagedTail(path: string, at: number): GexlakeError {
  return new GexlakeError(
    'JOURNAL_DAMAGED',
    `${path} has an entry that is not whole at byte ${at}, and others behind it`,
    {
      details: { path, byte: at },
      hint: damagedHint,
    },
  );
}
