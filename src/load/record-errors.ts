import { GexlakeError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';

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

export function tooLarge(place: RecordPlace): GexlakeError {
  return new GexlakeError('RECORD_TOO_LARGE', `${where(place)}: longer than ${limits.record_bytes} bytes`, {
    details: place,
    hint: 'No real record comes near this size: the file is damaged. Download it again.',
  });
}

/** The error of a file that ends at `end` where a record or the end of the list was still to come. */
export function truncated(place: RecordPlace, end: number): GexlakeError {
  const { file, record, byte } = place;
  const problem =
    byte === end
      ? `the file ends before record ${record} or the closing ]`
      : `the file ends inside record ${record}, which starts at byte ${byte}`;
  return new GexlakeError('INPUT_TRUNCATED', `${file}, byte ${end}: ${problem}`, {
    details: place,
    hint: 'The download was cut. Download the file again.',
  });
}

/** The error of a byte that cannot stand before the record at hand. */
export function unexpected(place: RecordPlace, expected: string, found: Uint8Array): GexlakeError {
  const { file, record, byte } = place;
  const text = JSON.stringify(Buffer.from(found).toString('latin1'));
  return new GexlakeError(
    'JSON_INVALID',
    `${file}, byte ${byte}: expected ${expected} after record ${record - 1}, found ${text}`,
    { details: place, hint: 'The file is not valid JSON. Download it again.' },
  );
}
