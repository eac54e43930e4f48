import { isUrl, withoutQuery } from './redact.ts';
import { isSessionDate } from './session.ts';
import { vendorNameOf } from './vendor-form.ts';

/** Something that a source's name says, and where: in the name of the file, or in the folders that it lies in. */
export type Said = { readonly value: string; readonly by: 'file name' | 'folder' };

/**
 * All that the path of a source says about its content, as it is written there: what counts first. `dates` has every day that the file's
 * name has, as YYYY-MM-DD.
 */
export type SourceName = {
  readonly file: string;
  readonly tickers: readonly Said[];
  readonly endpoints: readonly Said[];
  readonly dates: readonly Said[];
};

const packageName = /^(?:classic|state|orderflow)$/i;
const categoryName = /^(?:gex_(?:full|zero|one)|(?:delta|gamma|vanna|charm)_(?:zero|one)|orderflow)$/i;
/** A folder that is a ticker: as GEXBot writes them, since other folders stand there, too. */
const tickerName = /^[A-Z][A-Z0-9]{0,5}(?:_[A-Z][A-Z0-9]{0,5})?$/;

/**
 * Reads the path of a source. File names: the vendor's `DATE_TICKER_package_category`, the same without date or ticker, and a date
 * anywhere. Folders, as downloaders lay them out: `DATE/TICKER/package/category`, `TICKER/package/category/DATE`,
 * `DATE/package_category` and `TICKER/DATE/package_category`.
 */
export function readSourceName(source: string): SourceName {
  const parts = pathParts(source);
  const file = parts.at(-1) ?? '';
  const stem = withoutCopyMark(
    file.replace(/\.(?:gz|zst)(?:\.\d+)?$/i, '').replace(/\.(?:json|jsonl|ndjson)(?:\.\d+)?$/i, ''),
  );
  const isHistory = stem !== file;
  const named = isHistory ? readStem(stem) : nothing;
  const folders = isHistory ? readFolders(parts.slice(0, -1).toReversed(), stem, named) : nothing;
  const dates = datesIn(stem).map(({ date }) => date);
  return {
    file,
    tickers: [...said(named.ticker, 'file name'), ...said(folders.ticker, 'folder')],
    endpoints: [...said(named.endpoint, 'file name'), ...said(folders.endpoint, 'folder')],
    dates: [...[...new Set(dates)].flatMap((date) => said(date, 'file name')), ...said(folders.date, 'folder')],
  };
}

function said(value: string | null, by: Said['by']): Said[] {
  return value === null ? [] : [{ value, by }];
}

/**
 * The parts of a URL's path, decoded, or of a local path; without the query, also in the name of a file that was saved under its URL's.
 * Of a source of the vendor, the name of its file.
 */
export function pathParts(source: string): string[] {
  const ofVendor = vendorNameOf(source);
  if (ofVendor !== null) return [ofVendor];
  if (!isUrl(source)) return localParts(source);
  const path = withoutQuery(source, true).replace(/^\s*[a-z][a-z0-9+.-]*:\/{0,2}[^/]*/i, '');
  return path.split('/').map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
}

/** What follows a query in a local path is a part of that query, unless a history file comes after it: then it is a folder's name. */
function localParts(path: string): string[] {
  const last = path.slice(path.lastIndexOf('/') + 1);
  if (!/\.(?:json|jsonl|ndjson)\b/i.test(last)) return withoutQuery(path, false).split('/');
  return [...path.split('/').slice(0, -1), withoutQuery(last, false)];
}

/** A name without what browsers, shells and desktops add where the name was taken: ` (1)`, `-1`, ` - Copy`. */
function withoutCopyMark(stem: string): string {
  return stem
    .replace(/\.(?:json|jsonl|ndjson)(?= ?\(\d+\)$)/i, '')
    .replace(/(?: ?\(\d+\)| - copy(?: \(\d+\))?)$/i, '')
    .replace(/(?<=[a-z])-\d{1,3}$/i, '');
}

type Found = { readonly date: string; readonly start: number; readonly end: number };

/** The days in a text: 2025-11-14, 20251114, 2025_11_14 or 2025.11.14, not as a part of a longer number or word. */
function datesIn(text: string): Found[] {
  const found: Found[] = [];
  for (const match of text.matchAll(/(?<![0-9a-z])((?:19|20)\d\d)([-_.]?)(\d\d)\2(\d\d)(?![0-9a-z])/g)) {
    const date = `${match[1]}-${match[3]}-${match[4]}`;
    if (isSessionDate(date)) found.push({ date, start: match.index, end: match.index + match[0].length });
  }
  return found;
}

type Subject = { readonly ticker: string | null; readonly endpoint: string | null; readonly date: string | null };

const nothing: Subject = { ticker: null, endpoint: null, date: null };

/** `TICKER_package_category` with a date before, in or behind it, or without. What stands between date and package is the ticker. */
function readStem(stem: string): Subject {
  const dates = datesIn(stem);
  const [first, last] = [dates[0], dates.at(-1)];
  const before = trim(stem.slice(0, first?.start ?? 0));
  // What is no part of a name is no word before a date: the name is then read as it is, and refused.
  if (first === undefined || last === undefined || !/^[\w .()-]*$/.test(before)) return readUndated(stem) ?? nothing;
  const rest = stem.slice(last.end);
  const behind = readUndated(trim(rest));
  if (behind !== null) return { ...behind, ticker: behind.ticker ?? (before === '' ? null : before) };
  return readUndated(trim(`${before}_${rest}`)) ?? nothing;
}

/** Any category is taken for one where a package stands before it, so that a wrong one is told. */
function readUndated(text: string): Subject | null {
  const match = /^(?:(.+)_)?(classic|state|orderflow)_([a-z_]+)$/i.exec(text);
  return match === null ? null : { ticker: match[1] ?? null, endpoint: `${match[2]}_${match[3]}`, date: null };
}

function trim(text: string): string {
  return text.replace(/^(?:[-_ ]+|\.(?=[A-Z\d]))|(?:[-_ ]+|(?<=[A-Z\d])\.)$/gi, '').replaceAll(/_{2,}/g, '_');
}

/** What the folders say, the nearest first, where they and the file's name together have one of the layouts. */
function readFolders(folders: readonly string[], stem: string, named: Subject): Subject {
  const [first = '', second = ''] = folders;
  if (packageName.test(first) && categoryName.test(stem)) {
    return { ...tickerAndDay(folders.slice(1)), endpoint: `${first}_${stem}` };
  }
  if (categoryName.test(first) && packageName.test(second)) {
    return { ...tickerAndDay(folders.slice(2)), endpoint: `${second}_${first}` };
  }
  if (named.endpoint !== null && named.ticker === null) return { ...tickerAndDay(folders), endpoint: null };
  return nothing;
}

/** `DATE/TICKER`, `TICKER/DATE`, or one of the two. */
function tickerAndDay([first = '', second = '']: readonly string[]): Omit<Subject, 'endpoint'> {
  const [date, otherDate] = [dayOf(first), dayOf(second)];
  if (tickerName.test(first)) return { ticker: first, date: otherDate };
  return { ticker: date !== null && tickerName.test(second) ? second : null, date };
}

/** The day that a folder is named after, and after nothing else. */
function dayOf(folder: string): string | null {
  const [found] = datesIn(folder);
  return found?.start === 0 && found.end === folder.length ? found.date : null;
}
