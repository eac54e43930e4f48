import { GexlakeError } from '../core/errors.ts';

/** A place in a list that is ordered by texts, as something to hand back for the next page. */
export function formatCursor(place: readonly string[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** @throws REQUEST_INVALID where it is none that this service has given out */
export function parseCursor(cursor: string, parts: number): string[] {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const isPlace = Array.isArray(place) && place.length === parts && place.every((part) => typeof part === 'string');
    if (isPlace && isTime(String(place[0]))) return place;
  } catch {
    // told below
  }
  throw new GexlakeError('REQUEST_INVALID', 'the query field "cursor" is not one that this service has given out', {
    hint: 'Give `next_cursor` of the page before, with the same filters, or start without a cursor.',
  });
}

/** Only as the log writes times: much else that JavaScript takes for a date is none to DuckDB. */
function isTime(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text));
}
