import type { LadderForm } from '../core/contract.ts';
import { endOfValue, skipSpace } from './boundary.ts';
import { findField } from './fields.ts';
import { readLenientJson } from './lenient-json.ts';
import { readLadderRow } from './parse-ladder.ts';
import { numberOf } from './parse-number.ts';

const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Bytes of a record, counted from its first one. */
type Place = { readonly start: number; readonly end: number };

/** An entry of a ladder and its numbers, in the order of the form; NaN for null. `priors` null where they are null. */
export type LadderEntry = Place & { readonly numbers: readonly number[]; readonly priors: readonly number[] | null };

/** Where the value of a record's field lies; null where it has none. Of a field that is there twice the last counts, as to `JSON.parse`. */
function placeOfField(record: Uint8Array, name: string): Place | null {
  let found: Place | null = null;
  findField({ bytes: record, start: 0, end: record.byteLength }, ({ key, valueAt }) => {
    if (key === name) found = { start: valueAt, end: endOfValue(record, valueAt, record.byteLength) };
    return false;
  });
  return found;
}

/** The number that a record's field has; null where it has none, or something else. */
export function numberAt(record: Uint8Array, name: string): number | null {
  const value = valueIn(record, placeOfField(record, name));
  return numberOf(value) ?? null;
}

/** The text that a record's field has; null where it has none, or something else. */
export function textAt(record: Uint8Array, name: string): string | null {
  const value = valueIn(record, placeOfField(record, name));
  return typeof value === 'string' ? value : null;
}

/** The entries of a record's ladder, in their order, as loading reads them. Ends at what is none. */
export function* ladderEntries(record: Uint8Array, form: LadderForm): Generator<LadderEntry, void, void> {
  const field = placeOfField(record, form.field);
  if (field === null || record[field.start] !== openBracket) return;
  let at = skipSpace(record, field.start + 1, field.end);
  while (at < field.end && record[at] !== closeBracket) {
    const end = endOfValue(record, at, field.end);
    if (end === -1) return;
    const row = readLadderRow(valueIn(record, { start: at, end }), form);
    if (typeof row === 'string') return;
    yield { start: at, end, numbers: row.numbers, priors: row.priors };
    at = skipSpace(record, end, field.end);
    if (record[at] === comma) at = skipSpace(record, at + 1, field.end);
  }
}

function valueIn(record: Uint8Array, place: Place | null): unknown {
  if (place === null) return undefined;
  const read = readLenientJson(Buffer.from(record.subarray(place.start, place.end)).toString('utf8'));
  return 'value' in read ? read.value : undefined;
}
