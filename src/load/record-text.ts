import { createHash } from 'node:crypto';
import type { GexlakeError } from '../core/errors.ts';
import { canonicalJson, TooDeep } from '../core/json-text.ts';
import { readLenientJson } from './lenient-json.ts';
import { recordError, type RecordPlace } from './record-errors.ts';

/** The record as a value; bare NaN and Infinity included. */
export function parseJson(text: string, place: RecordPlace): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const lenient = readLenientJson(text);
    if ('value' in lenient) return lenient.value;
    throw invalidJson(text, place, { wrongAt: lenient.wrongAt, cause });
  }
}

/**
 * A digest of a record's values: equal for equal records, whatever their white space, the order of their fields, and how
 * their numbers and texts are spelled. Numbers are equal where all their digits are.
 */
export function digestOfRecord(bytes: Uint8Array, place: RecordPlace): string {
  const text = unlessTooDeep(place, () => canonicalJson(decodeText(bytes, place)));
  return createHash('sha256').update(text).digest('base64');
}

/** The error of a record that never ends: what is wrong with it before the file does, or null where the file just ends. */
export function brokenBefore(bytes: Uint8Array, place: RecordPlace): GexlakeError | null {
  const text = Buffer.from(bytes).toString('utf8');
  const lenient = readLenientJson(text);
  if ('value' in lenient || lenient.wrongAt === text.length) return null;
  return invalidJson(text, place, { wrongAt: lenient.wrongAt });
}

export function decodeText(bytes: Uint8Array, place: RecordPlace): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const again = Buffer.from(Buffer.from(bytes).toString('utf8'));
    const wrongAt = bytes.findIndex((byte, at) => byte !== again[at]);
    const at = { ...place, byte: place.byte + wrongAt };
    throw recordError('JSON_INVALID', at, { problem: 'is not valid UTF-8', cause });
  }
}

function invalidJson(
  text: string,
  place: RecordPlace,
  { wrongAt, cause }: { readonly wrongAt: number; readonly cause?: unknown },
): GexlakeError {
  const found = JSON.stringify(text.slice(Math.max(0, wrongAt - 20), wrongAt + 20));
  const byte = place.byte + Buffer.byteLength(text.slice(0, wrongAt));
  return recordError('JSON_INVALID', { ...place, byte }, { problem: `is not valid JSON near ${found}`, cause });
}

/** `JSON.parse` reads any depth of nesting, but what writes a value anew needs the stack. */
export function unlessTooDeep(place: RecordPlace, act: () => string): string {
  try {
    return act();
  } catch (cause) {
    if (!(cause instanceof TooDeep)) throw cause;
    throw recordError('JSON_INVALID', place, { problem: 'is nested too deeply', cause });
  }
}
