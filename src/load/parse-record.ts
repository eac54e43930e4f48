import { createHash } from 'node:crypto';
import { GexlakeError } from '../core/errors.ts';
import { readLenientJson } from './lenient-json.ts';
import type { CurrentRecord } from './record.ts';

// TypeScript's library does not declare it yet; Node has it since 21.
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/** Where a record stands, for messages. */
export type RecordPlace = { readonly file: string; readonly record: number; readonly byte: number };

/**
 * Reads a record of any form with `JSON.parse` into the current record. Fields that the contract does not know, and known
 * ones of another type than it says, are kept whole in `extra`. The bare words NaN and Infinity, which are not JSON but are
 * seen in real files, are read as such numbers.
 */
export function parseRecord(bytes: Uint8Array, record: CurrentRecord, ticker: string, place: RecordPlace): void {
  const value = parseJson(bytes, place);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw recordError('RECORD_NOT_OBJECT', 'is not a JSON object', place);
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  record.reset();
  record.timestamp_s = requiredTimestamp(fields, place);
  requiredTicker(fields, ticker, place);
  record.spot = !record.needsSpot && fields.get('spot') == null ? Number.NaN : requiredSpot(fields, place);
  readScalars(fields, record);
  readLadder(fields, record);
  readMaxPriors(fields, record);
  if (fields.size > 0) record.extra = unlessTooDeep(place, () => toJson(Object.fromEntries(fields)));
}

/** The record as a value; bare NaN and Infinity included. */
function parseJson(bytes: Uint8Array, place: RecordPlace): unknown {
  const text = decodeText(bytes, place);
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
 * their numbers and texts are spelled.
 */
export function digestOfRecord(bytes: Uint8Array, place: RecordPlace): string {
  const value = parseJson(bytes, place);
  const text = unlessTooDeep(place, () => toJson(canonical(value)));
  return createHash('sha256').update(text).digest('base64');
}

/** A value with its fields in one order, and its texts marked, so that a text is never equal to a number written as one. */
function canonical(value: unknown): unknown {
  if (typeof value === 'string') return `'${value}`;
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.flatMap(([key, item]) => [key, canonical(item)]).concat('object');
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

function required(fields: Map<string, unknown>, field: string, place: RecordPlace): unknown {
  const value = fields.get(field);
  if (value === undefined) throw fieldError('FIELD_MISSING', field, 'is missing', place);
  if (value === null) throw fieldError('FIELD_NULL', field, 'is null', place);
  fields.delete(field);
  return value;
}

function requiredTimestamp(fields: Map<string, unknown>, place: RecordPlace): number {
  const value = required(fields, 'timestamp', place);
  if (Number.isInteger(value)) return value as number;
  throw fieldError('FIELD_TYPE', 'timestamp', `is ${shown(value)}, expected Unix seconds as an integer`, place);
}

function requiredTicker(fields: Map<string, unknown>, ticker: string, place: RecordPlace): void {
  const value = required(fields, 'ticker', place);
  if (value === ticker) return;
  if (typeof value !== 'string') throw fieldError('FIELD_TYPE', 'ticker', `is ${shown(value)}, expected a text`, place);
  throw new GexlakeError(
    'TICKER_MISMATCH',
    `${where(place)}: field ticker is ${shown(value)}, but the job's ticker is ${ticker}`,
    {
      details: { ...place, field: 'ticker' },
      hint: `If the file really holds ${ticker}, it is damaged; otherwise import it with the ticker it holds (--ticker).`,
    },
  );
}

function requiredSpot(fields: Map<string, unknown>, place: RecordPlace): number {
  const value = required(fields, 'spot', place);
  if (typeof value === 'number') return value;
  throw fieldError('FIELD_TYPE', 'spot', `is ${shown(value)}, expected a number`, place);
}

function readScalars(fields: Map<string, unknown>, record: CurrentRecord): void {
  for (const [at, name] of record.names.entries()) {
    const value = name === 'spot' ? record.spot : fields.get(name);
    if (typeof value === 'number' && Number.isFinite(value)) record.scalars[at] = value;
    else if (value !== null && name !== 'spot') continue;
    fields.delete(name);
  }
}

function readMaxPriors(fields: Map<string, unknown>, record: CurrentRecord): void {
  const value = fields.get('max_priors');
  if (value === undefined) return;
  if (value !== null) {
    if (!isListOfNumberLists(value)) return;
    if (value.every((pair) => pair.length === 2)) {
      for (const [at, [first, second]] of value.entries()) record.setPair(at, first as number, second as number);
      record.pairCount = value.length;
    } else record.oddPairs = value;
  }
  fields.delete('max_priors');
}

function isListOfNumberLists(value: unknown): value is readonly (readonly number[])[] {
  return Array.isArray(value) && value.every((list) => Array.isArray(list) && list.every(Number.isFinite));
}

function readLadder(fields: Map<string, unknown>, record: CurrentRecord): void {
  const ladder = record.ladder;
  if (ladder === null) return;
  const value = fields.get(ladder.form.field);
  fields.delete(ladder.form.field);
  if (value === undefined || value === null) return;
  if (!Array.isArray(value)) {
    record.ladderProblem = `${ladder.form.field} is not an array`;
    return;
  }
  for (const [at, entry] of value.entries()) {
    const row = readLadderRow(entry, ladder.form);
    if (typeof row === 'string') {
      record.ladderProblem = `${ladder.form.field}[${at}] ${row}`;
      ladder.rollBack();
      return;
    }
    ladder.set(ladder.committed + at, row.numbers, row.priors);
  }
  record.ladderRows = value.length;
}

type Form = NonNullable<CurrentRecord['ladder']>['form'];
type LadderRow = { readonly numbers: number[]; readonly priors: number[] | null };

/** One entry of a ladder, or what is wrong with it. The strike is required, the other numbers may be null or absent. */
function readLadderRow(entry: unknown, form: Form): LadderRow | string {
  if (!Array.isArray(entry)) return 'is not an array';
  const items: readonly unknown[] = entry;
  const priorsAt = form.lead.length;
  const width = priorsAt + 1 + form.trailing.length;
  if (items.length > width) return `has ${items.length} items, expected ${width}`;
  if (items.length < priorsAt) return `has ${items.length} items, expected at least ${priorsAt}`;
  const numbers = [...items.slice(0, priorsAt), ...items.slice(priorsAt + 1)].map(nullableNumber);
  if (numbers[0] === undefined || Number.isNaN(numbers[0])) return 'has no strike';
  const priors: unknown = items[priorsAt] ?? null;
  if (priors !== null && !Array.isArray(priors)) return 'has priors that are not an array';
  const priorNumbers = priors === null ? null : priors.map(nullableNumber);
  if ([...numbers, ...(priorNumbers ?? [])].includes(undefined)) return 'holds something else than finite numbers';
  return { numbers: numbers as number[], priors: priorNumbers as number[] | null };
}

/** A finite number as it is, null as NaN, anything else as undefined. */
function nullableNumber(value: unknown): number | undefined {
  if (value === null) return Number.NaN;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** JSON where NaN and Infinity, which JSON cannot hold, are written as texts, and -0 keeps its sign. */
function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item !== 'number') return item;
    if (Object.is(item, -0)) return rawJSON('-0');
    return Number.isFinite(item) ? item : String(item);
  });
}

/** `JSON.parse` reads any depth of nesting, but what walks over a value afterwards needs the stack. */
function unlessTooDeep(place: RecordPlace, act: () => string): string {
  try {
    return act();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw recordError('JSON_INVALID', 'is nested too deeply', place, cause);
  }
}

function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

export function where(place: RecordPlace): string {
  return `${place.file}, record ${place.record}, byte ${place.byte}`;
}

type RecordCode = 'JSON_INVALID' | 'RECORD_NOT_OBJECT' | 'FIELD_MISSING' | 'FIELD_NULL' | 'FIELD_TYPE';

function recordError(code: RecordCode, problem: string, place: RecordPlace, cause?: unknown): GexlakeError {
  const hint = 'Download the file again; if it is the same, report it to GEXBot.';
  return new GexlakeError(code, `${where(place)}: ${problem}`, { details: place, hint, cause });
}

function fieldError(code: RecordCode, field: string, problem: string, place: RecordPlace): GexlakeError {
  const hint =
    'Every record needs timestamp, ticker and spot. Download the file again; if it is the same, report it to GEXBot.';
  return new GexlakeError(code, `${where(place)}: field ${field} ${problem}`, { details: { ...place, field }, hint });
}
