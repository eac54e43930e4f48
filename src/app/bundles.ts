import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import type { OnBytes } from '../core/journey.ts';
import type { Endpoint } from '../core/names.ts';
import { fileNameOf, formatVendorSource, vendorSourceOf, type VendorBundle } from '../core/vendor-source.ts';
import { withPrivateFolder } from '../maintenance/maintenance.ts';
import { clearBundle, fetchBundle, type VendorShop } from '../pipeline/pipeline.ts';
import { lackingIn, lookAtBundle, type Bundle, type RequestedSource, type RequestedSources } from '../source/source.ts';
import { aheadOf, arrivedAhead } from '../staging/staging.ts';
import type { AppContext } from './context.ts';

/**
 * Puts the members of each bundle in its place: downloads it into the inbox, unless it is there, and looks at what is in it. A bundle
 * that cannot be had, or is still that of another day, is one source with an error.
 */
export async function unfoldBundles(
  context: AppContext,
  requested: RequestedSources,
  onBytes: OnBytes,
): Promise<RequestedSources> {
  const sources: RequestedSource[] = [];
  const [leftOut, notices] = [[...requested.leftOut], [...requested.notices]];
  for (const one of requested.sources) {
    const asked = one.error === null ? vendorSourceOf(one.source) : null;
    if (asked?.kind !== 'bundle') {
      sources.push(one);
      continue;
    }
    try {
      const bundle = await membersOf(context, asked, onBytes);
      sources.push(...bundle.sources);
      leftOut.push(...bundle.leftOut);
      notices.push(...bundle.notices);
    } catch (error) {
      sources.push({ ...one, error: toGexlakeError(error) });
    }
  }
  return { sources, leftOut, notices };
}

async function membersOf(context: AppContext, asked: VendorBundle, onBytes: OnBytes): Promise<RequestedSources> {
  const { folder, limits, clock, vendor, quietly, log } = context;
  const ahead = aheadOf(folder, asked);
  const isHere = (await arrivedAhead(ahead)) !== null;
  if (!isHere) {
    await context.ready();
    const shop: VendorShop = { folder, vendor, limits, clock };
    const { date } = await withPrivateFolder(quietly, (privateFolder) =>
      fetchBundle(shop, asked, { privateFolder, onBytes }),
    );
    if (date !== asked.date) {
      // It stays for who wants that day, unless that is here.
      await clearBundle({ folder, log, limits }, { ticker: asked.ticker, date });
      throw ofAnotherDay(asked, date);
    }
  }
  const bundle = await lookAtBundle(ahead.path, limits);
  if (bundle === null) throw ofAnotherDay(asked, 'no day that can be read');
  // What was promised is not asked for again where the bundle was here already.
  const promised = isHere ? null : (await vendor.whoami().catch(nothingSaid)).endpoints;
  return { sources: sourcesOf(bundle), leftOut: bundle.strange, notices: lackOf(asked, bundle, promised) };
}

/** Whoever cannot say what was promised keeps no bundle from being imported. */
function nothingSaid(error: unknown): { readonly endpoints: null } {
  if (error instanceof GexlakeError) return { endpoints: null };
  throw error;
}

function sourcesOf({ ticker, date, members }: Bundle): RequestedSource[] {
  return members.map(({ endpoint, size_bytes, error }) => {
    return { source: formatVendorSource({ kind: 'member', ticker, date, endpoint }), size_bytes, error };
  });
}

function lackOf(asked: VendorBundle, bundle: Bundle, promised: readonly Endpoint[] | null): string[] {
  const lacking = lackingIn(bundle, promised);
  if (lacking.length === 0) return [];
  const names = lacking.map((endpoint) => `${endpoint.package}/${endpoint.category}`).join(', ');
  return [`${fileNameOf(asked)} lacks ${names}, which the key may have`];
}

function ofAnotherDay({ ticker, date }: VendorBundle, found: string): GexlakeError {
  const message = `the bundle that GEXBot has of ${ticker} is that of ${found}, not of ${date}`;
  if (found < date)
    return new GexlakeError('VENDOR_NOT_PUBLISHED', message, {
      hint: `Bundles appear from 17:05 New York on: ask again later. The one of ${found} was kept: gexlake import gexbot:eod/${ticker}/${found}`,
    });
  return new GexlakeError('VENDOR_TOO_OLD', message, {
    hint: `Only the latest bundle can be had. Where the key has single days: gexlake import gexbot:hist/${ticker}/<package>/<category>/${date}`,
  });
}
