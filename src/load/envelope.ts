import { GexlakeError } from '../core/errors.ts';
import { endOfValue } from './boundary.ts';
import { carriedBy, carriedTwice, pathOf } from './carriers.ts';
import { findField, type FoundField, type ObjectSpan } from './fields.ts';
import { where, type RecordPlace } from './record-errors.ts';

/*
 * Programs that record the live API put each record into an envelope, beside the time at which they received it:
 * `{"recorded_at": "…", "ticker": "SPX", "data": {record}}`. The record is what lies inside, however deep.
 */

const openBrace = 0x7b;

/** A record in the window, and the keys on the way to it, none where it lies bare. */
export type FoundRecord = { readonly start: number; readonly end: number; readonly keys: readonly string[] };

/**
 * The record that the object at `start` carries, or the object itself. `usual` are the keys under which those before it lay: there it
 * is looked for where nothing in it looks like a record.
 * @throws SOURCE_FORMAT where it carries two, or a list of them
 */
export function recordInside(
  { bytes, start, end }: ObjectSpan,
  usual: readonly string[],
  place: RecordPlace,
): FoundRecord {
  const { records, lists } = carriedBy(bytes, start, end);
  const filled = lists.filter(({ isFilled }) => isFilled);
  const [record, other] = [...records, ...filled];
  if (other !== undefined) throw carriedTwice([...records, ...filled], { ...place, what: where(place) });
  if (filled[0] !== undefined) throw listInside(pathOf(filled[0]), place);
  if (record === undefined) return descend(bytes, { start, end, keys: [] }, usual);
  return { start: record.valueAt, end: endOfValue(bytes, record.valueAt, end), keys: record.keys };
}

/** Follows the keys as far as they lead to objects. */
function descend(bytes: Uint8Array, from: FoundRecord, keys: readonly string[]): FoundRecord {
  let { start, end } = from;
  for (const wanted of keys) {
    const isWanted = ({ key, valueAt }: FoundField) => key === wanted && bytes[valueAt] === openBrace;
    const field = findField({ bytes, start, end }, isWanted);
    if (field === null) return from;
    start = field.valueAt;
    end = endOfValue(bytes, start, end);
  }
  return { start, end, keys };
}

function listInside(path: string, place: RecordPlace): GexlakeError {
  return new GexlakeError('SOURCE_FORMAT', `${where(place)}: is no record but carries a list of them, under ${path}`, {
    details: place,
    hint: `A file has one list of records, or one record after the other. Make one of these: jq -c '.. | objects | .${path}? | arrays | .[]' <file> > <new file>.`,
  });
}
