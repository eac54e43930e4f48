import { GexlakeError } from './errors.ts';

/** What an answer about a time rests on: the times that the events of the log say, or the journal under it. */
export type AsOfBasis = 'events' | 'journal';

/** A time that somebody asks about, and the schema that is to show it; null where it is the only one. */
export type AskedTime = { readonly name: string | null; readonly at: string };

/** A time that was answered. */
export type AnsweredTime = {
  readonly name: string | null;
  readonly as_of: string;
  readonly basis: AsOfBasis;
  readonly files: number;
};

const form = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(:\d{2})?(\.\d+)?(Z|z|[+-]\d{2}:\d{2})$/;

/**
 * A moment, as ISO 8601 in UTC with milliseconds; of finer digits nothing is kept, as the log has none. A day, or a time without its zone,
 * is several moments, so it is refused.
 * @throws AS_OF_INVALID
 */
export function parseMoment(text: string): string {
  const [, day = '', minutes = '', seconds = ':00', fraction = '', zone = ''] = form.exec(text) ?? [];
  const local = `${day}T${minutes}${seconds}${fraction.slice(0, 4)}`;
  const asUtc = Date.parse(`${local}Z`);
  const at = Date.parse(`${local}${zone.toUpperCase()}`);
  // Of days that are not in the calendar JavaScript makes others.
  const isReal = Number.isFinite(asUtc) && new Date(asUtc).toISOString().startsWith(`${day}T${minutes}${seconds}`);
  if (isReal && Number.isFinite(at)) return new Date(at).toISOString();
  throw new GexlakeError('AS_OF_INVALID', `${JSON.stringify(text)} is not a moment: ${whyNot(text)}`, {
    hint: 'Give day, time and zone: 2025-11-03T14:30:00Z, or 2025-11-03T09:30:00-05:00 for New York.',
  });
}

function whyNot(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return 'a day has many';
  if (form.test(`${text}Z`)) return 'its zone is missing';
  // In the query string of a URL, + stands for a space.
  if (/ \d{2}:\d{2}$/.test(text) && form.test(text.replace(/ (?=\d{2}:\d{2}$)/, '+')))
    return 'it has a space before its zone: write %2B for + in a URL';
  return form.test(text) ? 'no calendar or clock has it' : 'expected a time as of RFC 3339';
}

/** What DuckDB has under these names itself. */
const taken: ReadonlySet<string> = new Set([
  'main',
  'temp',
  'memory',
  'system',
  'information_schema',
  'pg_catalog',
  'versions',
]);

/**
 * Times as they are asked for on a command line: `T`, or `name=T` for several side by side.
 * @throws AS_OF_INVALID, USAGE for names that are no names of schemas, or are given twice
 */
export function parseAskedTimes(texts: readonly string[]): AskedTime[] {
  const asked = texts.map((text): AskedTime => {
    const [, name, at = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    return name === undefined ? { name: null, at: parseMoment(text) } : { name: schemaName(name), at: parseMoment(at) };
  });
  const names = asked.map(({ name }) => name?.toLowerCase() ?? null);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return asked;
  const problem = twice === null ? 'two times have no name' : `two times have the name ${twice}`;
  throw new GexlakeError('USAGE', `--as-of: ${problem}`, { hint: 'Name them: --as-of before=… --as-of after=…' });
}

function schemaName(name: string): string {
  if (/^[A-Za-z_]\w{0,62}$/.test(name) && !taken.has(name.toLowerCase())) return name;
  throw new GexlakeError('USAGE', `--as-of: ${JSON.stringify(name)} cannot be the name of a schema`, {
    hint: 'Letters, digits and _, not one of DuckDB’s own: --as-of before=2025-11-03T14:30:00Z',
  });
}
