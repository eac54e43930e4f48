import { createHash } from 'node:crypto';
import { GexlakeError } from '../core/errors.ts';
import { canonicalJson, fieldsOf, rewriteField, TooDeep, type Oddities, type Span } from '../core/json-text.ts';
import { readLenientJson } from './lenient-json.ts';
import { readLadder } from './parse-ladder.ts';
import { numberOf } from './parse-number.ts';
import type { CurrentRecord } from './record.ts';

/** Where a record stands, for messages. */
export type RecordPlace = { readonly file: string; readonly record: number; readonly byte: number };

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
export function parseRecord(bytes: Uint8Array, record: CurrentRecord, ticker: string, place: RecordPlace): void {
  const text = decodeText(bytes, place);
  const values = parseJson(text, place);
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw recordError('RECORD_NOT_OBJECT', 'is not a JSON object', place);
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

/** The record as a value; bare NaN and Infinity included. */
function parseJson(text: string, place: RecordPlace): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const lenient = readLenientJson(text);
    if ('value' in lenient) return lenient.value;
    throw invalidJson(text, lenient.wrongAt, place, cause);
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
  return invalidJson(text, lenient.wrongAt, place);
}

function decodeText(bytes: Uint8Array, place: RecordPlace): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const again = Buffer.from(Buffer.from(bytes).toString('utf8'));
    const wrongAt = bytes.findIndex((byte, at) => byte !== again[at]);
    throw recordError('JSON_INVALID', 'is not valid UTF-8', { ...place, byte: place.byte + wrongAt }, cause);
  }
}

function invalidJson(text: string, wrongAt: number, place: RecordPlace, cause?: unknown): GexlakeError {
  const found = JSON.stringify(text.slice(Math.max(0, wrongAt - 20), wrongAt + 20));
  const byte = place.byte + Buffer.byteLength(text.slice(0, wrongAt));
  return recordError('JSON_INVALID', `is not valid JSON near ${found}`, { ...place, byte }, cause);
}

function required(fields: Fields, field: string, place: RecordPlace): unknown {
  const value = valueOf(fields, field);
  if (value === undefined) throw fieldError('FIELD_MISSING', field, 'is missing', place);
  if (value === null) throw fieldError('FIELD_NULL', field, 'is null', place);
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
    throw fieldError('FIELD_TYPE', 'timestamp', `is ${found}, expected Unix seconds as an integer`, place);
  if (typeof value === 'string') record.notice('number_in_text', 'timestamp');
  return timestamp_s;
}

function requiredTicker(fields: Fields, ticker: string, place: RecordPlace): void {
  const value = required(fields, 'ticker', place);
  const found = taken(fields, 'ticker');
  if (value === ticker) return;
  if (typeof value !== 'string') throw fieldError('FIELD_TYPE', 'ticker', `is ${found}, expected a text`, place);
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
  if (spot === undefined) throw fieldError('FIELD_TYPE', 'spot', `is ${found}, expected a number`, place);
  if (typeof value === 'string') record.notice('number_in_text', 'spot');
  return spot;
}

function readScalars(fields: Fields, record: CurrentRecord): void {
  for (const [at, name] of record.names.entries()) {
    if (name === 'spot') {
      if (Number.isFinite(record.spot)) record.scalars[at] = record.spot;
      fields.unread.delete(name);
    } else if (fields.unread.has(name)) readScalar(fields, record, at, name);
  }
}

function readScalar(fields: Fields, record: CurrentRecord, at: number, name: string): void {
  const value = valueOf(fields, name);
  const number = numberOf(value);
  if (number === undefined && value !== null) return record.notice('wrong_type', name);
  // What JSON cannot hold is kept in `extra`.
  if (number !== undefined && !Number.isFinite(number)) return;
  if (typeof value === 'string') record.notice('number_in_text', name);
  if (number !== undefined) record.scalars[at] = number;
  fields.unread.delete(name);
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

/** `JSON.parse` reads any depth of nesting, but what writes a value anew needs the stack. */
function unlessTooDeep(place: RecordPlace, act: () => string): string {
  try {
    return act();
  } catch (cause) {
    if (!(cause instanceof TooDeep)) throw cause;
    throw recordError('JSON_INVALID', 'is nested too deeply', place, cause);
  }
}

/** A part of a record's text as it can stand in a message: on one line, and not for long. */
function shown(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

export function where(place: RecordPlace): string {
  return `${place.file}, record ${place.record}, byte ${place.byte}`;
}

type RecordCode = 'JSON_INVALID' | 'RECORD_NOT_OBJECT' | 'FIELD_MISSING' | 'FIELD_NULL' | 'FIELD_TYPE';

function recordError(code: RecordCode, problem: string, place: RecordPlace, cause?: unknown): GexlakeError {
  const hint = 'Download the file again; if it is the same, report it to GEXBot.';
  return new GexlakeError(code, `${where(place)}: ${problem}`, { details: place, hint, cause });
}

/** Advice where the times of a file have another form than seconds: milliseconds, nanoseconds, dates as texts. */
export const otherForm = 'GEXBot history is in Unix seconds. This file was changed by another tool: get the original.';

const neededFields =
  'Every record needs timestamp, ticker and spot. Download the file again; if it is the same, report it to GEXBot.';

function fieldError(code: RecordCode, field: string, problem: string, place: RecordPlace): GexlakeError {
  const hint = code === 'FIELD_TYPE' && field === 'timestamp' ? otherForm : neededFields;
  return new GexlakeError(code, `${where(place)}: field ${field} ${problem}`, { details: { ...place, field }, hint });
}
