import { GexlakeError } from '../core/errors.ts';
import { fieldsOf, rewriteField, type Oddities, type Span } from '../core/json-text.ts';
import { readLadder } from './parse-ladder.ts';
import { numberOf } from './parse-number.ts';
import { fieldError, recordError, typeError, where, type RecordPlace } from './record-errors.ts';
import { decodeText, parseJson, unlessTooDeep } from './record-text.ts';
import type { CurrentRecord } from './record.ts';

/** Which record is read, and the ticker that it must have. */
type Wanted = { readonly ticker: string; readonly place: RecordPlace };

/** A record's fields as values, and the places of those that have not been read yet in its text. */
type Fields = {
  readonly text: string;
  readonly values: object;
  readonly unread: Map<string, Span>;
  readonly repeated: ReadonlySet<string>;
};

/**
 * Reads a record of any form with `JSON.parse` into the current record. Known numbers may be written as texts. Fields that the
 * contract does not know, and known ones of another type than it says, are kept whole in `extra`, their numbers in their own digits.
 * The bare words NaN and Infinity, which are not JSON but are seen in real files, are read as such numbers. What is odd about a field
 * is noticed in the record.
 */
export function parseRecord(bytes: Uint8Array, record: CurrentRecord, { ticker, place }: Wanted): void {
  const text = decodeText(bytes, place);
  const values = parseJson(text, place);
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw recordError('RECORD_NOT_OBJECT', place, { problem: 'is not a JSON object' });
  }
  const { spans, repeated } = fieldsOf(text);
  const fields: Fields = { text, values, unread: spans, repeated };
  record.reset();
  for (const field of repeated) record.notice('repeated', field);
  record.timestamp_s = requiredTimestamp(fields, record, place);
  requiredTicker(fields, ticker, place);
  record.spot = !record.needsSpot && valueOf(fields, 'spot') == null ? Number.NaN : requiredSpot(fields, record, place);
  readScalars(fields, record);
  if (record.ladder !== null) {
    readLadder(valueOf(fields, record.ladder.form.field), record, record.ladder);
    fields.unread.delete(record.ladder.form.field);
  }
  readMaxPriors(fields, record);
  if (fields.unread.size > 0) record.extra = unlessTooDeep(place, () => keepUnread(fields, record));
}

function valueOf({ values }: Fields, name: string): unknown {
  return Object.hasOwn(values, name) ? (values as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** The fields that nothing has read, as a JSON object. */
function keepUnread({ text, unread, repeated }: Fields, record: CurrentRecord): string {
  const known = new Set(record.oddities.filter(({ kind }) => kind === 'wrong_type').map(({ field }) => field));
  const parts = Array.from(unread, ([name, { start, end }]) => {
    const oddities: Oddities = { repeatedField: false, loneSurrogate: false };
    const part = rewriteField(name, text.slice(start, end), oddities);
    if (oddities.repeatedField && !repeated.has(name)) record.notice('repeated', name);
    if (oddities.loneSurrogate) record.notice('half_character', name);
    if (!known.has(name)) record.notice('kept', name);
    return part;
  });
  return `{${parts.join(',')}}`;
}

function required(fields: Fields, field: string, place: RecordPlace): unknown {
  const value = valueOf(fields, field);
  if (value === undefined) throw fieldError('FIELD_MISSING', place, { field, problem: 'is missing' });
  if (value === null) throw fieldError('FIELD_NULL', place, { field, problem: 'is null' });
  return value;
}

/** Takes a field's text, of which a message shows the head. */
function taken({ text, unread }: Fields, field: string): string {
  const { start, end } = unread.get(field) ?? { start: 0, end: 0 };
  unread.delete(field);
  return shown(text.slice(start, Math.min(end, start + 100)));
}

function requiredTimestamp(fields: Fields, record: CurrentRecord, place: RecordPlace): number {
  const value = required(fields, 'timestamp', place);
  const found = taken(fields, 'timestamp');
  const timestamp_s = numberOf(value);
  if (timestamp_s === undefined || !Number.isInteger(timestamp_s))
    throw typeError('timestamp', place, `is ${found}, expected Unix seconds as an integer`);
  if (typeof value === 'string') record.notice('number_in_text', 'timestamp');
  return timestamp_s;
}

function requiredTicker(fields: Fields, ticker: string, place: RecordPlace): void {
  const value = required(fields, 'ticker', place);
  const found = taken(fields, 'ticker');
  if (value === ticker) return;
  if (typeof value !== 'string') throw typeError('ticker', place, `is ${found}, expected a text`);
  const isSpelledOtherwise = value.trim().toUpperCase() === ticker;
  throw new GexlakeError(
    'TICKER_MISMATCH',
    `${where(place)}: field ticker is ${found}, but the job's ticker is ${ticker}`,
    {
      details: { ...place, field: 'ticker' },
      hint: isSpelledOtherwise
        ? 'GEXBot writes tickers in capital letters and without blanks. This file was changed by another tool: get the original.'
        : `If the file really holds ${ticker}, it is damaged; otherwise import it with the ticker it holds (--ticker).`,
    },
  );
}

function requiredSpot(fields: Fields, record: CurrentRecord, place: RecordPlace): number {
  const value = required(fields, 'spot', place);
  const found = taken(fields, 'spot');
  const spot = numberOf(value);
  if (spot === undefined) throw typeError('spot', place, `is ${found}, expected a number`);
  if (typeof value === 'string') record.notice('number_in_text', 'spot');
  return spot;
}

function readScalars(fields: Fields, record: CurrentRecord): void {
  for (const [at, name] of record.names.entries()) {
    if (name === 'spot') {
      if (Number.isFinite(record.spot)) record.scalars[at] = record.spot;
      fields.unread.delete(name);
    } else if (fields.unread.has(name)) record.scalars[at] = scalarOf(fields, record, name);
  }
}

/** A scalar's number; NaN where it is null, or kept in `extra` because it is of another type or JSON cannot hold it. */
function scalarOf(fields: Fields, record: CurrentRecord, name: string): number {
  const value = valueOf(fields, name);
  const number = numberOf(value);
  if (number === undefined && value !== null) {
    record.notice('wrong_type', name);
    return Number.NaN;
  }
  if (number !== undefined && !Number.isFinite(number)) return Number.NaN;
  if (typeof value === 'string') record.notice('number_in_text', name);
  fields.unread.delete(name);
  return number ?? Number.NaN;
}

const pairsField = 'max_priors';

function readMaxPriors(fields: Fields, record: CurrentRecord): void {
  if (!fields.unread.has(pairsField)) return;
  const value = valueOf(fields, pairsField);
  if (value !== null) {
    const lists = numberLists(value);
    if (lists === null) return record.notice('wrong_type', pairsField);
    if (!lists.every((list) => list.every(Number.isFinite))) return;
    if (hasText(value)) record.notice('number_in_text', pairsField);
    if (lists.every((pair) => pair.length === 2)) {
      for (const [at, [first, second]] of lists.entries()) record.setPair(at, first as number, second as number);
      record.pairCount = lists.length;
    } else record.oddPairs = lists;
  }
  fields.unread.delete(pairsField);
}

/** A list of lists of numbers; null where it is anything else. */
function numberLists(value: unknown): readonly (readonly number[])[] | null {
  if (!Array.isArray(value)) return null;
  const lists = value.map((list: unknown) => (Array.isArray(list) ? list.map(numberOf) : [undefined]));
  return lists.some((list) => list.includes(undefined)) ? null : (lists as number[][]);
}

function hasText(lists: unknown): boolean {
  return (lists as readonly (readonly unknown[])[]).some((list) => list.some((item) => typeof item === 'string'));
}

/** A part of a record's text as it can stand in a message: on one line, and not for long. */
function shown(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
