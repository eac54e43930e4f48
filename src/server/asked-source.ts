import { GexlakeError } from '../core/errors.ts';
import { parseEndpoint, parseTicker } from '../core/names.ts';
import type { ImportBody } from './import-schemas.ts';

/** What a path of the vendor's API speaks of. */
type ApiPath = { readonly ticker: string; readonly endpoint: string; readonly date: string | undefined };

/** Where a body says that the records are: at a URL, or (null) in itself. `api`: what a path of the vendor's API beside it says. */
export type AskedSource = { readonly url: string | null; readonly api: ApiPath | null };

/**
 * Reads which source a body names: `url`, or `source` or `path` in its place.
 * @throws REQUEST_INVALID where it names none; SOURCE_NOT_ALLOWED where it names only a path of the vendor's API
 */
export function askedSource(body: ImportBody): AskedSource {
  const given = [body.url, body.source, body.path].map((text) => text?.trim() ?? '').filter((text) => text !== '');
  const paths = given.map(apiPathIn);
  const api = paths.find((path) => path !== null) ?? null;
  const isOther = api !== null || body.raw_body != null;
  // A blank URL is refused as what may not be fetched.
  const url = given.find((_, at) => paths[at] === null) ?? (isOther ? null : (body.url ?? null));
  if (url !== null || body.raw_body != null) return { url, api };
  if (api !== null) throw needsKey(api);
  throw new GexlakeError('REQUEST_INVALID', 'the body has no field "url"', {
    hint: 'Send the signed URL of a history file as "url", or its records as "raw_body".',
  });
}

/** `/hist/NDX/classic/gex_zero`, with or without the API before it and a day behind it. */
function apiPathIn(text: string): ApiPath | null {
  const bare = text.replace(/[?#].*$/s, '').replace(/^https:\/\/api\.gex(?:\.bot|bot\.com)(?::443)?(?=\/)/i, '');
  const found = /^\/?(?:v\d\/)?hist\/([^/]+)\/(classic|state|orderflow)\/([^/]+?)(?:\/(\d{4}-\d{2}-\d{2}))?\/*$/i.exec(
    bare,
  );
  if (found === null) return null;
  const [, ticker = '', pack = '', category = '', date] = found;
  return { ticker: parseTicker(ticker), endpoint: parseEndpoint(`${pack}/${category}`).name, date };
}

function needsKey({ ticker, endpoint, date }: ApiPath): GexlakeError {
  const { package: pack, category } = parseEndpoint(endpoint);
  const path = `/hist/${ticker}/${pack}/${category}`;
  return new GexlakeError(
    'SOURCE_NOT_ALLOWED',
    `${path} is a path of the vendor's API for ${ticker} ${endpoint}, which answers only with a key`,
    {
      hint: `Where the service has a key, send "url": "gexbot:hist/${ticker}/${pack}/${category}/${date ?? '<date>'}". Else ask for https://api.gex.bot/v2${path}/${date ?? '<date>'} with yours and the query "noredirect", and send the "url" of its answer.`,
    },
  );
}
