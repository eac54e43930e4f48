import { GexlakeError } from './errors.ts';
import { limits } from './limits.ts';
import { isUrl } from './redact.ts';
import { isSessionDate } from './session.ts';

export type Ladder = 'gex' | 'greeks' | 'none';

/** An endpoint by its governed name, with the vendor's two words for it and the form of its ladder. */
export type Endpoint = {
  readonly name: string;
  readonly package: 'classic' | 'state' | 'orderflow';
  readonly category: string;
  readonly ladder: Ladder;
};

/** What a source's name or the caller's flags say about its content. */
export type Identity = { readonly ticker: string; readonly endpoint: Endpoint; readonly sessionDate: string | null };

const spans = ['full', 'zero', 'one'];
const greeks = ['delta', 'gamma', 'vanna', 'charm'];

/** All endpoints GEXBot keeps history for: 3 classic, 3 state gex, 8 state greeks, 1 orderflow (GEXBot OpenAPI 2.3.0). */
export const endpoints: readonly Endpoint[] = [
  ...spans.map((span) => endpoint(`gex_${span}`, 'classic', `gex_${span}`, 'gex')),
  ...spans.map((span) => endpoint(`state_gex_${span}`, 'state', `gex_${span}`, 'gex')),
  ...greeks.flatMap((greek) =>
    ['zero', 'one'].map((span) => endpoint(`state_${greek}_${span}`, 'state', `${greek}_${span}`, 'greeks')),
  ),
  endpoint('orderflow', 'orderflow', 'orderflow', 'none'),
];

function endpoint(name: string, pack: Endpoint['package'], category: string, ladder: Ladder): Endpoint {
  return { name, package: pack, category, ladder };
}

const byName = new Map(endpoints.map((known) => [known.name, known]));

/** Finds an endpoint by its governed name or an alias: `zero`, `classic/gex_zero`, `classic_gex_zero`, `state_zero`, `gamma_one`. */
export function parseEndpoint(text: string): Endpoint {
  const plain = text
    .trim()
    .toLowerCase()
    .replaceAll('/', '_')
    .replace(/^classic_/, '')
    .replace(/^orderflow_(?=orderflow$)/, '');
  const candidates = [
    plain,
    `gex_${plain}`,
    plain.replace(/^state_(?=full$|zero$|one$)/, 'state_gex_'),
    `state_${plain}`,
  ];
  for (const name of candidates) {
    const found = byName.get(name);
    if (found !== undefined) return found;
  }
  throw new GexlakeError('ENDPOINT_UNKNOWN', `endpoint ${quote(text)} is not one that GEXBot keeps history for`, {
    hint: `Known endpoints: ${endpoints.map((known) => known.name).join(', ')}.`,
  });
}

/** Checks a ticker and brings it to upper case. A ticker becomes a folder name, so nothing that could leave the folder passes. */
export function parseTicker(text: string): string {
  const ticker = text.trim().toUpperCase();
  if (/^[A-Z0-9][A-Z0-9_.-]{0,31}$/.test(ticker) && !ticker.includes('..') && !ticker.endsWith('.')) return ticker;
  throw new GexlakeError(
    'TICKER_INVALID',
    `ticker ${quote(text)} is not a ticker: letters, digits and _ . - only, at most 32`,
    {
      hint: 'Give the ticker as GEXBot writes it, for example SPX or NQ_NDX.',
    },
  );
}

export function parseSessionDate(text: string): string {
  if (isSessionDate(text)) return text;
  throw new GexlakeError('SESSION_DATE_INVALID', `date ${quote(text)} is not a day of the calendar as YYYY-MM-DD`, {
    hint: 'Give the session date as in 2025-10-22.',
  });
}

/** The last part of a URL's path or of a local path: the name the vendor gave the file. */
function sourceFileName(source: string): string {
  if (!isUrl(source)) return source.slice(source.lastIndexOf('/') + 1);
  const path = source.replace(/[?#].*$/s, '').replace(/^\s*[a-z][a-z0-9+.-]*:\/{0,2}[^/]*/i, '');
  const last = path.slice(path.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** The name under which a source is staged: its own, without `.gz` or `.zst`, or an error where it could leave the folder. */
export function stagedFileName(source: string): string {
  const name = sourceFileName(source).replace(/\.(?:gz|zst)$/i, '');
  const unsafe = /[/\\\p{Cc}]/u.test(name) || name.startsWith('.') || name === '';
  if (!unsafe && Buffer.byteLength(name) <= limits.file_name_bytes) return name;
  throw new GexlakeError('SOURCE_NAME_UNSAFE', `the source's file name ${quote(name)} cannot be used as a file name`, {
    hint: `Names must not be empty, start with a dot, hold / \\ or control characters, or exceed ${limits.file_name_bytes} bytes. Rename the file.`,
  });
}

export type SourceFlags = {
  readonly ticker?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly date?: string | undefined;
};

/**
 * Ticker, endpoint and session of a source: from its file name (`YYYY-MM-DD_<TICKER>_<package>_<category>.json[.gz|.zst]`, read
 * from both ends since tickers hold underscores), each overridden by its flag.
 */
export function identifySource(source: string, flags: SourceFlags = {}): Identity {
  const name = sourceFileName(source);
  const match = /^(?:(\d{4}-\d{2}-\d{2})_)?(.+)_(classic|state|orderflow)_([a-z_]+?)\.json(?:\.gz|\.zst)?$/i.exec(name);
  const ticker = flags.ticker ?? match?.[2];
  const endpointName = flags.endpoint ?? (match ? `${match[3]}_${match[4]}` : undefined);
  const date = flags.date ?? match?.[1];
  if (ticker === undefined || endpointName === undefined) {
    throw new GexlakeError('SOURCE_UNIDENTIFIED', `the file name ${quote(name)} does not say its ticker and endpoint`, {
      hint: 'Give --ticker and --endpoint, or keep the name as GEXBot gave it: 2025-10-22_NQ_NDX_classic_gex_zero.json.',
    });
  }
  return {
    ticker: parseTicker(ticker),
    endpoint: parseEndpoint(endpointName),
    sessionDate: date === undefined ? null : parseSessionDate(date),
  };
}

/** The name that the vendor gives the file of a session: `2025-10-22_NQ_NDX_classic_gex_zero.json`. */
export function vendorFileName(ticker: string, { package: pack, category }: Endpoint, sessionDate: string): string {
  return `${sessionDate}_${ticker}_${pack}_${category}.json`;
}

/** The name that bytes without one get, by what is said about them; `input.json` where too little is said. */
export function nameOfInput(flags: SourceFlags): string {
  if (flags.ticker === undefined || flags.endpoint === undefined) return 'input.json';
  const { ticker, endpoint: found, sessionDate } = identifySource('input.json', flags);
  const name = vendorFileName(ticker, found, sessionDate ?? '');
  return sessionDate === null ? name.slice(1) : name;
}

/** The canonical folder of a month, relative to the data folder: `parquet/gex/YYYY/MM/<ticker>/<endpoint>`. */
export function parquetFolder(month: string, ticker: string, endpointName: string): string {
  return `parquet/gex/${month.slice(0, 4)}/${month.slice(5, 7)}/${ticker}/${endpointName}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}…` : text);
}
