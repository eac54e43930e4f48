import { endOfValue } from './boundary.ts';
import { findField } from './fields.ts';

/*
 * Programs that record the live API put each record into an envelope, beside the time at which they received it:
 * `{"recorded_at": "…", "ticker": "SPX", "data": {record}}`. The record is what lies inside.
 */

const openBrace = 0x7b;

/** Keys under which an envelope has its record. */
const envelopeKeys: ReadonlySet<string> = new Set(['data', 'record', 'payload', 'snapshot']);

/** The key under which the object at `start` has a record; null where it is a record itself. */
export function envelopeKeyOf(bytes: Uint8Array, start: number, end: number): string | null {
  if (bytes[start] !== openBrace) return null;
  const field = findField(
    bytes,
    start,
    end,
    ({ key, valueAt }) => key === 'timestamp' || (envelopeKeys.has(key) && bytes[valueAt] === openBrace),
  );
  return field === null || field.key === 'timestamp' ? null : field.key;
}

/** Where the record in the envelope at `start` lies; the envelope itself where it has none under that key. */
export function recordInside(
  bytes: Uint8Array,
  start: number,
  end: number,
  envelopeKey: string,
): { readonly start: number; readonly end: number } {
  const field = findField(bytes, start, end, ({ key, valueAt }) => key === envelopeKey && bytes[valueAt] === openBrace);
  return field === null ? { start, end } : { start: field.valueAt, end: endOfValue(bytes, field.valueAt, end) };
}
