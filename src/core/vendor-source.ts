import { GexlakeError, toGexlakeError } from './errors.ts';
import { parseEndpoint, parseSessionDate, parseTicker, vendorFileName, type Endpoint } from './names.ts';
import { isVendorSource, vendorParts } from './vendor-form.ts';

/*
 * A source of the vendor: what is wanted of it, in words that hold no secret and stay the same for ever. Where its bytes are to be had
 * is asked when they are wanted.
 */

/** One session of a ticker and endpoint, and how it comes: by a link of its own, or as a member of the bundle of its day. */
export type VendorFile = {
  readonly kind: 'hist' | 'member';
  readonly ticker: string;
  readonly endpoint: Endpoint;
  readonly date: string;
};

/** All that a key may have of a ticker's session, in one archive. It is no job: its members are. */
export type VendorBundle = { readonly kind: 'bundle'; readonly ticker: string; readonly date: string };

export type VendorSource = VendorFile | VendorBundle;

/**
 * Reads `gexbot:hist/<ticker>/<package>/<category>/<date>`, `gexbot:eod/<ticker>/<date>` or a member of that,
 * `gexbot:eod/<ticker>/<date>/<package>/<category>`; null for a source that is none of the vendor's.
 * @throws SOURCE_NOT_ALLOWED for one that cannot be read
 */
export function vendorSourceOf(text: string): VendorSource | null {
  if (!isVendorSource(text)) return null;
  const parts = vendorParts(text);
  if (parts === null) throw unreadable(text, 'it does not have that form');
  try {
    const ticker = parseTicker(parts.ticker);
    const date = parseSessionDate(parts.date);
    if (parts.package === null) return { kind: 'bundle', ticker, date };
    const endpoint = parseEndpoint(`${parts.package}/${parts.category}`);
    if (endpoint.package !== parts.package.toLowerCase())
      throw unreadable(text, `${parts.category} is none of ${parts.package}`);
    return { kind: parts.route === 'hist' ? 'hist' : 'member', ticker, endpoint, date };
  } catch (error) {
    const problem = toGexlakeError(error);
    throw problem.code === 'SOURCE_NOT_ALLOWED' ? problem : unreadable(text, problem.message);
  }
}

/** The one text of a source, which {@link vendorSourceOf} reads. */
export function formatVendorSource(source: VendorSource): string {
  const { ticker, date } = source;
  if (source.kind === 'bundle') return `gexbot:eod/${ticker}/${date}`;
  const { package: pack, category } = source.endpoint;
  if (source.kind === 'hist') return `gexbot:hist/${ticker}/${pack}/${category}/${date}`;
  return `gexbot:eod/${ticker}/${date}/${pack}/${category}`;
}

/** A source as it is kept: one of the vendor's in its one text, any other as it is given. @throws SOURCE_NOT_ALLOWED */
export function settledSource(text: string): string {
  const source = vendorSourceOf(text);
  return source === null ? text : formatVendorSource(source);
}

/** The name that the vendor gives the file of a source. */
export function fileNameOf(source: VendorSource): string {
  const { ticker, date } = source;
  return source.kind === 'bundle' ? `eod_report_${ticker}_${date}.zip` : vendorFileName(ticker, source.endpoint, date);
}

/** A source as the name of a folder: `hist_SPX_classic_gex_zero_2026-11-27`, `eod_SPY_2026-07-17`. */
export function folderNameOf(source: VendorSource): string {
  return formatVendorSource(source).slice('gexbot:'.length).replaceAll('/', '_');
}

function unreadable(text: string, why: string): GexlakeError {
  const shown = JSON.stringify(text.trim().slice(0, 120));
  return new GexlakeError('SOURCE_NOT_ALLOWED', `${shown} is not a source of GEXBot that can be read: ${why}`, {
    hint: 'Write gexbot:hist/SPX/classic/gex_zero/2026-11-27 for one file, or gexbot:eod/SPX/2026-11-27 for the bundle of a day.',
  });
}
