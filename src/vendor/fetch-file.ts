import type { GexlakeError } from '../core/errors.ts';
import type { SourceBytes } from '../core/journey.ts';
import { fileNameOf, formatVendorSource, type VendorFile } from '../core/vendor-source.ts';
import { openWanted, type Wanted } from '../source/source.ts';
import { ask } from './ask.ts';
import { vendorPolicy, type Asking, type VendorOptions } from './options.ts';
import { linkIn } from './answers.ts';

/** Errors of a download that say that no connection came about that could be trusted. */
function isOfConnection({ code, details }: GexlakeError): boolean {
  return code === 'DOWNLOAD_UNREACHABLE' || details.untrusted === true;
}

/** After these the same link still holds: nothing of the file has been lost to a signature that ended. */
function keepsLink(error: GexlakeError): boolean {
  return isOfConnection(error) || error.code === 'DOWNLOAD_UNAVAILABLE';
}

/** Errors of a line that may be the host's. */
const ofLine: ReadonlySet<string> = new Set(['DOWNLOAD_CUT', 'DOWNLOAD_STALLED']);

/** So often a store may refuse a link that was just signed. */
const refusals = 2;

/** Asks for the signed link of a file, which is a secret and ends soon. */
export async function askForLink(file: Omit<VendorFile, 'kind'>, options: Asking): Promise<URL> {
  const { ticker, endpoint, date } = file;
  const path = `/hist/${ticker}/${endpoint.package}/${endpoint.category}/${date}?noredirect`;
  const question = { path, what: fileNameOf({ ...file, kind: 'hist' }), date };
  return linkIn(await ask(question, options), question, options);
}

/** The key, for when it is needed, and a link that was just signed, where there is one. */
type Opening = { readonly key: () => Promise<string | null>; readonly link: URL | null };

/**
 * A file of `/hist`, ready to be transferred: signed just before, again after a refusal and before it is resumed, and from the fallback
 * host where the first cannot be reached.
 */
export function openFile(file: VendorFile, options: VendorOptions, { key, link }: Opening): SourceBytes {
  const { limits, clock, signal } = options;
  const source = formatVendorSource({ ...file, kind: 'hist' });
  return openWanted(source, linkOf(file, options, { key, link }), {
    policy: vendorPolicy(options),
    limits,
    clock,
    signal,
  });
}

function linkOf(file: VendorFile, options: VendorOptions, { key, link: given }: Opening): Wanted {
  let link = given;
  let isFallback = false;
  let had_bytes = 0;
  let denied = 0;
  return {
    mayPass: (error) => {
      if (error.code === 'DOWNLOAD_DENIED') denied += 1;
      if (error.code === 'DOWNLOAD_DENIED') return denied <= refusals;
      return isOfConnection(error) && options.settings.fallback_host !== null;
    },
    locate: async (failed, received_bytes) => {
      // A host that gives nothing more is left for the other one; one that gave some goes on.
      const isStuck = failed !== null && ofLine.has(failed.code) && received_bytes <= had_bytes;
      if (failed !== null && (isStuck || isOfConnection(failed))) isFallback = !isFallback;
      had_bytes = received_bytes;
      if (link === null || (failed !== null && !keepsLink(failed)))
        link = await askForLink(file, { ...options, key: await key() });
      return { url: isFallback ? atFallback(link, options) : link };
    },
  };
}

function atFallback(link: URL, { settings }: VendorOptions): URL {
  const host = settings.fallback_host;
  if (host === null) return link;
  return new URL(link.pathname + link.search, host.includes('://') ? host : `https://${host}`);
}
