import { GexlakeError } from '../core/errors.ts';
import type { CurrentRecord } from './record.ts';

/** Where a record stands, for messages. */
export type RecordPlace = { readonly file: string; readonly record: number; readonly byte: number };

const notFinite: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity, '-Infinity': -Infinity };

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
  record.ladder?.rollBack();
  record.timestamp_s = requiredTimestamp(fields, place);
  requiredTicker(fields, ticker, place);
  record.spot = requiredSpot(fields, place);
  readScalars(fields, record);
  readLadder(fields, record);
  readMaxPriors(fields, record);
  if (fields.size > 0) record.extra = toJson(Object.fromEntries(fields));
}

/** The record as a value, for comparing two records; bare NaN and Infinity included. */
export function parseJson(bytes: Uint8Array, place: RecordPlace): unknown {
  const text = decodeText(bytes, place);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (/NaN|Infinity/.test(text)) {
      try {
        return parseWithBareWords(text);
      } catch {
        // The first error names the place in the text as it stands.
      }
    }
    throw jsonError(error, text, place);
  }
}

function decodeText(bytes: Uint8Array, place: RecordPlace): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw recordError('JSON_INVALID', 'is not valid UTF-8', place, cause);
  }
}

function parseWithBareWords(text: string): unknown {
  const mark = '\u0000bare:';
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/gs, (token) =>
    token.startsWith('"') ? token : JSON.stringify(mark + token),
  );
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? notFinite[value.slice(mark.length)] : value,
  );
}

function jsonError(error: unknown, text: string, place: RecordPlace): GexlakeError {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  const offset = position === undefined ? 0 : Buffer.byteLength(text.slice(0, Number(position)));
  const found =
    position === undefined
      ? ''
      : ` near ${JSON.stringify(text.slice(Math.max(0, Number(position) - 20), Number(position) + 20))}`;
  return recordError('JSON_INVALID', `is not valid JSON${found}`, { ...place, byte: place.byte + offset }, error);
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
    if (!Array.isArray(value) || !value.every((pair) => Array.isArray(pair) && pair.every(Number.isFinite))) return;
    record.maxPriors = value as number[][];
  }
  fields.delete('max_priors');
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
  const priorsAt = form.lead.length;
  const width = priorsAt + 1 + form.trailing.length;
  if (entry.length > width) return `has ${entry.length} items, expected ${width}`;
  if (entry.length < priorsAt) return `has ${entry.length} items, expected at least ${priorsAt}`;
  const numbers = [...entry.slice(0, priorsAt), ...entry.slice(priorsAt + 1)].map(nullableNumber);
  if (numbers[0] === undefined || Number.isNaN(numbers[0])) return 'has no strike';
  const priors: unknown = entry[priorsAt] ?? null;
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

/** JSON where NaN and Infinity, which JSON cannot hold, are written as texts. */
function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'number' && !Number.isFinite(item) ? String(item) : item,
  );
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
