import { endOfValue, skipSpace } from './boundary.ts';

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;

/** A field of an object: its key, and where its value starts. */
export type FoundField = { readonly key: string; readonly valueAt: number };

/** Where an object lies in a window: it starts at `start` and goes on to `end` at most, which may lie inside of it. */
export type ObjectSpan = { readonly bytes: Uint8Array; readonly start: number; readonly end: number };

/**
 * The first top-level field of an object that is wanted; null where there is none in what is there of it, or what lies there is not in
 * the form of an object. Nothing is said about whether it is valid JSON.
 */
export function findField(
  { bytes, start, end }: ObjectSpan,
  isWanted: (field: FoundField) => boolean,
): FoundField | null {
  let at = skipSpace(bytes, start + 1, end);
  while (at < end && bytes[at] === quote) {
    const keyEnd = endOfValue(bytes, at, end);
    if (keyEnd === -1) return null;
    const key = textOf(bytes.subarray(at, keyEnd));
    at = skipSpace(bytes, keyEnd, end);
    if (bytes[at] !== colon) return null;
    at = skipSpace(bytes, at + 1, end);
    if (key !== null && at < end && isWanted({ key, valueAt: at })) return { key, valueAt: at };
    at = endOfValue(bytes, at, end);
    if (at === -1) return null;
    at = skipSpace(bytes, at, end);
    if (bytes[at] !== comma) return null;
    at = skipSpace(bytes, at + 1, end);
  }
  return null;
}

/** The text that a JSON string stands for, however its characters are spelled; null where it is none. */
function textOf(json: Uint8Array): string | null {
  const written = Buffer.from(json).toString('utf8');
  // Nearly always nothing in it is spelled otherwise than it is.
  if (!written.includes('\\')) return written.slice(1, -1);
  try {
    const value: unknown = JSON.parse(written);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
