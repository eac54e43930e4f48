import { GexlakeError } from '../core/errors.ts';

/** Where a record stands, for messages. */
export type RecordPlace = { readonly file: string; readonly record: number; readonly byte: number };

export function where(place: RecordPlace): string {
  return `${place.file}, record ${place.record}, byte ${place.byte}`;
}

type RecordCode = 'JSON_INVALID' | 'RECORD_NOT_OBJECT' | 'FIELD_MISSING' | 'FIELD_NULL' | 'FIELD_TYPE';

export function recordError(
  code: RecordCode,
  place: RecordPlace,
  { problem, cause }: { readonly problem: string; readonly cause?: unknown },
): GexlakeError {
  const hint = 'Download the file again; if it is the same, report it to GEXBot.';
  return new GexlakeError(code, `${where(place)}: ${problem}`, { details: place, hint, cause });
}

/** Advice where the times of a file have another form than seconds: milliseconds, nanoseconds, dates as texts. */
export const otherForm = 'GEXBot history is in Unix seconds. This file was changed by another tool: get the original.';

const neededFields =
  'Every record needs timestamp, ticker and spot. Download the file again; if it is the same, report it to GEXBot.';

export function typeError(field: string, place: RecordPlace, problem: string): GexlakeError {
  return fieldError('FIELD_TYPE', place, { field, problem });
}

export function fieldError(
  code: RecordCode,
  place: RecordPlace,
  { field, problem }: { readonly field: string; readonly problem: string },
): GexlakeError {
  const hint = code === 'FIELD_TYPE' && field === 'timestamp' ? otherForm : neededFields;
  return new GexlakeError(code, `${where(place)}: field ${field} ${problem}`, { details: { ...place, field }, hint });
}
