import { GexlakeError } from './errors.ts';
import { limits } from './limits.ts';
import { isSessionDate } from './session.ts';
import { pathParts, readSourceName, type SourceName } from './source-name.ts';

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

const gexCategories = ['gex_full', 'gex_zero', 'gex_one'];
const greekCategories = ['delta', 'gamma', 'vanna', 'charm'].flatMap((greek) => [`${greek}_zero`, `${greek}_one`]);

/** All endpoints GEXBot keeps history for: 3 classic, 3 state gex, 8 state greeks, 1 orderflow (GEXBot OpenAPI 2.3.0). */
export const endpoints: readonly Endpoint[] = [
  ...gexCategories.map((name): Endpoint => ({ name, package: 'classic', category: name, ladder: 'gex' })),
  ...gexCategories.map((category) => stateEndpoint(category, 'gex')),
  ...greekCategories.map((category) => stateEndpoint(category, 'greeks')),
  { name: 'orderflow', package: 'orderflow', category: 'orderflow', ladder: 'none' },
];

function stateEndpoint(category: string, ladder: Ladder): Endpoint {
  return { name: `state_${category}`, package: 'state', category, ladder };
}

const byName = new Map(endpoints.map((known) => [known.name, known]));

/** Finds an endpoint by its governed name or an alias: `zero`, `classic/gex_zero`, `classic_gex_zero`, `state_zero`, `gamma_one`. */
export function parseEndpoint(text: string): Endpoint {
  const plain = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s/-]+/g, '_')
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

/**
 * The name under which a source is staged: its own, without a query and without `.gz` or `.zst`, or an error where it could leave
 * the folder.
 */
export function stagedFileName(source: string): string {
  const name = (pathParts(source).at(-1) ?? '').replace(/\.(?:gz|zst)$/i, '');
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
 * Ticker, endpoint and session of a source: from its name, as {@link readSourceName} reads it, each overridden by its flag. Of a name
 * with two different dates neither counts.
 */
export function identifySource(source: string, flags: SourceFlags = {}): Identity {
  const name = readSourceName(source);
  if (flags.date === undefined) mustBeDay(name.file);
  const ticker = flags.ticker ?? name.tickers[0]?.value;
  const endpointName = flags.endpoint ?? name.endpoints[0]?.value;
  const date = flags.date ?? namedDay(name);
  if (ticker === undefined || endpointName === undefined) {
    throw new GexlakeError('SOURCE_UNIDENTIFIED', notSaid(name.file, { ticker, endpoint: endpointName }), {
      hint: 'Give --ticker and --endpoint, or keep the name as GEXBot gave it: 2025-10-22_NQ_NDX_classic_gex_zero.json.',
    });
  }
  return {
    ticker: parseTicker(ticker),
    endpoint: parseEndpoint(endpointName),
    sessionDate: date === undefined ? null : parseSessionDate(date),
  };
}

function notSaid(file: string, found: Omit<SourceFlags, 'date'>): string {
  const missing = (['ticker', 'endpoint'] as const).filter((what) => found[what] === undefined);
  return `the file name ${quote(file)} does not say its ${missing.join(' and ')}`;
}

/** A name that begins as the vendor's do, with a day that is none. @throws SESSION_DATE_INVALID */
function mustBeDay(file: string): void {
  const begin = /^(\d{4}-\d{2}-\d{2})_/.exec(file)?.[1];
  if (begin !== undefined) parseSessionDate(begin);
}

/** The session that a source's name says, also where it says nothing else; null where it says none. */
export function dayOfName(source: string): string | null {
  return namedDay(readSourceName(source)) ?? null;
}

/** The day that a name says: of its file, where that has one only, else of its folders. */
function namedDay({ dates }: SourceName): string | undefined {
  const ofFile = dates.filter(({ by }) => by === 'file name');
  return ofFile.length > 1 ? undefined : dates[0]?.value;
}

/** What a source's name says otherwise than it was decided: each in a sentence for people. */
export function contradictionsOf(source: string, decided: Identity): string[] {
  const name = readSourceName(source);
  const found = [
    ...name.tickers.map((said) => ({
      said,
      what: 'ticker',
      value: said.value.toUpperCase(),
      decidedOn: decided.ticker,
    })),
    ...name.endpoints.map((said) => {
      return { said, what: 'endpoint', value: endpointOr(said.value), decidedOn: decided.endpoint.name };
    }),
    ...name.dates.map((said) => ({ said, what: 'date', value: said.value, decidedOn: decided.sessionDate })),
  ];
  return found.flatMap(({ said, what, value, decidedOn }) => {
    if (value === decidedOn) return [];
    const counts = decidedOn === null ? 'it has several, and none counts' : `${decidedOn} counts`;
    return [`the ${said.by} says ${what} ${value}, ${counts}`];
  });
}

function endpointOr(text: string): string {
  try {
    return parseEndpoint(text).name;
  } catch {
    return text;
  }
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

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}…` : text);
}

/** Whether a source's name says what it is. */
export function isIdentified(source: string): boolean {
  try {
    identifySource(source);
    return true;
  } catch {
    return false;
  }
}
