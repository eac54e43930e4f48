import { GexlakeError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { skipSpace } from './boundary.ts';
import { findField } from './fields.ts';

/*
 * Programs that record or save what the vendor sends put it under keys of their own: each record (an envelope) or a list of them (a
 * wrapper), at times one in the other. What is a record is known by its own fields, so that no key of it is taken for such a one.
 */

const openBrace = 0x7b;
const openBracket = 0x5b;

/** Keys under which an object carries a record, a list of records, or another such object. */
const carrierKeys: ReadonlySet<string> = new Set(
  'data record records snapshot snapshots payload payloads result results response body message'.split(' '),
);

/** A record or a list that an object carries: the keys on the way to it, and where it starts. */
export type Carried = { readonly keys: readonly string[]; readonly valueAt: number };

/** A list, and whether its first item is an object: if not, it can be one of records only where nothing else can. */
export type CarriedList = Carried & { readonly isFilled: boolean };

type Found = { readonly records: Carried[]; readonly lists: CarriedList[] };

type Search = { readonly bytes: Uint8Array; readonly end: number; readonly found: Found };

/** A path of keys as it stands in messages: `data.records`. */
export function pathOf({ keys }: Pick<Carried, 'keys'>): string {
  return keys.join('.');
}

/**
 * What the object at `start` carries: objects that have a timestamp, and lists. Nothing where it is a record itself, which a timestamp
 * makes it unless there is another in it and no spot. Looks no further than `end`, which may lie inside of it.
 */
export function carriedBy(bytes: Uint8Array, start: number, end: number): Found {
  const found: Found = { records: [], lists: [] };
  if (bytes[start] === openBrace) look({ bytes, end, found }, start, []);
  return found;
}

/** Adds what the object at `start` carries, or, where it is a record, itself. */
function look({ bytes, end, found }: Search, start: number, keys: readonly string[]): void {
  const inner: Found = { records: [], lists: [] };
  let [hasTimestamp, hasSpot] = [false, false];
  findField({ bytes, start, end }, ({ key, valueAt }) => {
    hasTimestamp ||= key === 'timestamp';
    hasSpot ||= key === 'spot';
    if (carrierKeys.has(key)) lookUnder({ bytes, end, found: inner }, valueAt, [...keys, key]);
    // What follows in a record that lies in another object is its own.
    return keys.length > 0 && hasTimestamp && hasSpot;
  });
  const isRecord = hasTimestamp && (hasSpot || (inner.records.length === 0 && inner.lists.length === 0));
  if (isRecord && keys.length > 0) found.records.push({ keys, valueAt: start });
  if (!isRecord) found.records.push(...inner.records);
  // No field of a record is a list of objects.
  found.lists.push(...inner.lists.filter(({ isFilled }) => isFilled || !isRecord));
}

function lookUnder(search: Search, valueAt: number, keys: readonly string[]): void {
  const { bytes, end, found } = search;
  if (bytes[valueAt] === openBracket) {
    const isFilled = bytes[skipSpace(bytes, valueAt + 1, end)] === openBrace;
    found.lists.push({ keys, valueAt, isFilled });
  } else if (bytes[valueAt] === openBrace && keys.length < limits.envelope_levels) look(search, valueAt, keys);
}

/** What carries records in two places, in words, and where it lies. */
type Carrier = { readonly what: string; readonly file: string; readonly byte: number };

/** The error of what carries records in two places, none of which may be left out. */
export function carriedTwice(paths: readonly Carried[], { what, file, byte }: Carrier): GexlakeError {
  const named = [...new Set(paths.map(pathOf))].join(' and ');
  return new GexlakeError('SOURCE_FORMAT', `${what} has records in more than one place: ${named}`, {
    details: { file, byte },
    hint: 'Which of them are meant is not for gexlake to say. Write each list into a file of its own, and import these that you want.',
  });
}
