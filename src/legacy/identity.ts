import { GexlakeError } from '../core/errors.ts';
import { parseEndpoint, parseTicker, type Endpoint } from '../core/names.ts';
import { isSessionDate } from '../core/session.ts';

/** How the path of an old file is made. */
export type PathForm = 'flat' | 'hive' | 'months';

/** What a path says. Null: nothing. */
export type PathIdentity = {
  readonly form: PathForm;
  readonly ticker: string | null;
  readonly endpoint: Endpoint | null;
  readonly date: string | null;
};

/** Ticker, endpoint and session from one place of a path. */
type Hints = {
  readonly ticker?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly date?: string | undefined;
};

/**
 * Reads ticker, endpoint and session from a path: Hive keys (`ticker=SPX`), then the folders `<ticker>/<endpoint>/`, then the
 * file name (`2025-10-22_NQ_NDX_classic_gex_zero`, `20251022.strikes`). Endpoints may be aliases. Keys count below the folder
 * `below` only, and where it is one itself: what lies above it says where somebody keeps old files, and not what they are.
 */
export function identifyPath(path: string, below: string): PathIdentity {
  const parts = path.split('/');
  const name = (parts.pop() ?? '').replace(/\.(?:parquet|parq|pq)$/i, '');
  const keys = new Map(
    parts
      .slice(depthOf(below))
      .map((part) => /^([a-z_]+)=(.*)$/i.exec(part))
      .filter((match) => match !== null)
      .map(([, key = '', value = '']) => [key.toLowerCase(), decoded(value)]),
  );
  const folders = parts.filter((part) => !part.includes('='));
  const found = [fromKeys(keys), fromFolders(folders), fromName(name)];
  const first = (pick: (hints: Hints) => string | undefined) => found.map(pick).find((value) => value !== undefined);
  const form = keys.size > 0 ? 'hive' : /^\d{8}\.(?:strikes|snapshots)$/i.test(name) ? 'flat' : 'months';
  return {
    form,
    ticker: first(({ ticker }) => ticker) ?? null,
    endpoint: known(() => parseEndpoint(first(({ endpoint }) => endpoint) ?? '')),
    date: first(({ date }) => date) ?? null,
  };
}

/** How many parts of a path lie above the keys that count. */
function depthOf(below: string): number {
  const parts = below.replace(/\/+$/, '').split('/');
  return parts.findLastIndex((part) => !part.includes('=')) + 1;
}

/** The file of the same name that holds the snapshots of a file of strikes; null where the name does not say strikes. */
export function snapshotsBeside(path: string): string | null {
  const slash = path.lastIndexOf('/') + 1;
  const name = path.slice(slash);
  const other = name.replace(/(?<![a-z])strikes(?![a-z])/i, 'snapshots');
  return other === name ? null : path.slice(0, slash) + other;
}

function fromKeys(keys: ReadonlyMap<string, string>): Hints {
  const day = keys.get('day') ?? keys.get('date') ?? keys.get('session_date') ?? '';
  const [year = '', month = ''] = [keys.get('year'), keys.get('month')];
  const joined = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return {
    ticker: tickerOf(keys.get('ticker') ?? keys.get('symbol')),
    endpoint: endpointOf(keys.get('endpoint') ?? keys.get('category')),
    date: dateOf(day) ?? dateOf(joined),
  };
}

/** `…/<ticker>/<endpoint>/` or `…/<ticker>/<package>/<category>/`. */
function fromFolders(folders: readonly string[]): Hints {
  const [ticker, pack, last] = folders.slice(-3);
  if (/^(?:classic|state|orderflow)$/i.test(pack ?? '')) {
    const endpoint = endpointOf(`${pack}/${last}`);
    if (endpoint !== undefined) return { ticker: tickerOf(ticker), endpoint };
  }
  const endpoint = endpointOf(last);
  return endpoint === undefined ? {} : { ticker: tickerOf(pack), endpoint };
}

/** `[date_]<ticker>_<endpoint>[_date]`, the longest ending that is an endpoint; or only a date. */
function fromName(name: string): Hints {
  const plain = name.replace(/[._-](?:strikes|snapshots|records)$/i, '');
  const date = dateOf(/(?<!\d)(\d{4}-\d{2}-\d{2}|\d{8})(?!\d)/.exec(plain)?.[1] ?? '');
  const words = plain
    .replace(/(?<!\d)(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{4}-\d{2})(?!\d)/g, '')
    .replaceAll(/[_.-]+/g, '_')
    .replaceAll(/^_|_$/g, '')
    .split('_');
  for (let at = 1; at < words.length; at++) {
    const endpoint = endpointOf(words.slice(at).join('_'));
    if (endpoint !== undefined) return { ticker: tickerOf(words.slice(0, at).join('_')), endpoint, date };
  }
  return { date };
}

function endpointOf(text: string | undefined): string | undefined {
  return known(() => parseEndpoint(text ?? ''))?.name;
}

/** Months and years are folders, too, and no tickers. */
function tickerOf(text: string | undefined): string | undefined {
  if (text === undefined || /^\d+$/.test(text)) return undefined;
  return known(() => parseTicker(text)) ?? undefined;
}

function dateOf(text: string): string | undefined {
  const date = text.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
  return isSessionDate(date) ? date : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function known<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if (error instanceof GexlakeError) return null;
    throw error;
  }
}
