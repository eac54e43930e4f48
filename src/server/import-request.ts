import type { ImportRequest, OutsideRequest } from '../app/app.ts';
import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import { dayOfName, identifySource, parseEndpoint, parseTicker, type Identity } from '../core/names.ts';
import { redactFields } from '../core/redact-fields.ts';
import { redactText } from '../core/redact.ts';
import type { AskedSource } from './asked-source.ts';
import type { ImportBody } from './import-schemas.ts';

type ReadImport = Pick<OutsideRequest, 'request' | 'fields' | 'notes'>;

/** How deep a body may be: what it says is kept as it is, and nothing that anybody sends is deeper. */
const mostDepth = 16;

/**
 * Reads what a page script or a tool has posted. The file name in the URL decides ticker, endpoint and date where it has them;
 * what the body says otherwise is noted, not obeyed.
 * @throws SOURCE_UNIDENTIFIED, TICKER_INVALID, ENDPOINT_UNKNOWN, SESSION_DATE_INVALID
 */
export function readImport(body: ImportBody, { url, api }: AskedSource): ReadImport {
  const { url: _url, source: _source, path: _path, raw_body: _records, publish, ...fields } = body;
  mustBeShallow(fields);
  const source = url ?? '';
  const said = {
    ticker: firstGiven(body.ticker, body.symbol, body.underlying) ?? api?.ticker,
    endpoint: endpointIn(body) ?? api?.endpoint,
    date: firstGiven(body.date, body.session_date) ?? api?.date,
  };
  const named = identityOfName(source);
  const day = named === null ? dayOfName(source) : named.sessionDate;
  const request: ImportRequest = {
    source,
    ticker: named?.ticker ?? said.ticker,
    endpoint: named?.endpoint.name ?? said.endpoint,
    date: day ?? said.date,
    publish: publish ?? true,
  };
  if (named === null) mustSay(said);
  const isEmpty = Object.keys(fields).length === 0;
  return {
    request,
    fields: isEmpty ? null : JSON.stringify(redactFields(fields)),
    notes: contradictions({ ticker: named?.ticker ?? null, endpoint: named?.endpoint.name ?? null, day }, said),
  };
}

/** What the file name says; null where it says nothing. A name that says something impossible is an error. */
function identityOfName(source: string): Identity | null {
  try {
    return identifySource(source);
  } catch (error) {
    if (toGexlakeError(error).code === 'SOURCE_UNIDENTIFIED') return null;
    throw error;
  }
}

function mustBeShallow(body: object): void {
  let level: readonly unknown[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > mostDepth)
      throw new GexlakeError('REQUEST_INVALID', `the body is more than ${mostDepth} levels deep`, {
        hint: 'Send the URL, and what little there is to say about it.',
      });
    level = level.flatMap((value): unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
}

type Said = {
  readonly ticker?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly date?: string | undefined;
};

function mustSay({ ticker, endpoint }: Said): void {
  const missing = [ticker === undefined ? 'ticker' : '', endpoint === undefined ? 'endpoint' : ''].filter(Boolean);
  if (missing.length === 0) return;
  throw new GexlakeError(
    'SOURCE_UNIDENTIFIED',
    `neither the file name in the URL nor the body says the ${missing.join(' and the ')}`,
    { hint: 'Send "ticker" and "endpoint", or the URL of a file with the name that GEXBot gave it.' },
  );
}

function firstGiven(...values: readonly (string | undefined)[]): string | undefined {
  return values.map((value) => value?.trim()).find((value) => value !== undefined && value !== '');
}

/** The first of the endpoint's many names that is an endpoint, else the first that was given. */
function endpointIn({ endpoint, gex_type, type, feed, kind }: ImportBody): string | undefined {
  const given = [endpoint, gex_type, type, feed, kind].filter((value) => firstGiven(value) !== undefined);
  return firstGiven(given.find((value) => isEndpoint(value ?? '')) ?? given[0]);
}

function isEndpoint(text: string): boolean {
  try {
    return parseEndpoint(text).name !== '';
  } catch {
    return false;
  }
}

/** What a name says; null where it says nothing. */
type Named = { readonly ticker: string | null; readonly endpoint: string | null; readonly day: string | null };

function contradictions({ ticker, endpoint, day }: Named, said: Said): OutsideRequest['notes'] {
  const found = [
    ['ticker', said.ticker, ticker, (text: string) => parseTicker(text)],
    ['endpoint', said.endpoint, endpoint, (text: string) => parseEndpoint(text).name],
    ['date', said.date, day, (text: string) => text],
  ] as const;
  return found.flatMap(([name, text, decided, parse]) => {
    if (text === undefined || decided === null || isSame(text, decided, parse)) return [];
    const detail = `the request said ${name} ${JSON.stringify(text)}, the file name ${decided}; the file name counts`;
    return [{ event: 'contradiction', detail: redactText(detail) }];
  });
}

function isSame(text: string, decided: string, parse: (text: string) => string): boolean {
  try {
    return parse(text) === decided;
  } catch {
    return false;
  }
}

/** Fields that a client sends without a value are fields that it does not send. */
export function withoutEmpty(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const isEmpty = (name: string, value: unknown) =>
    (value === null && mayBeNull.has(name)) ||
    (typeof value === 'string' && mayBeBlank.has(name) && value.trim() === '');
  return Object.fromEntries(Object.entries(body).filter(([name, value]) => !isEmpty(name, value)));
}

const said = 'ticker symbol underlying endpoint gex_type type feed kind date session_date'.split(' ');
const mayBeBlank = new Set(said);
const mayBeNull = new Set([...said, 'url', 'source', 'path', 'raw_body', 'publish']);
