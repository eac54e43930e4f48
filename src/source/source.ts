import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GexlakeError } from '../core/errors.ts';
import type { ByteSink, SourceBytes, Transferred } from '../core/journey.ts';
import type { Limits } from '../core/limits.ts';
import type { Clock } from '../core/clock.ts';
import { vendorSourceOf, type VendorSource } from '../core/vendor-source.ts';
import { zipMemberOf } from '../core/zip-member.ts';
import { downloadInto, downloadWanted, type Wanted } from './download.ts';
import { readLocalInto, type LocalOptions } from './local.ts';
import { readMemberInto } from './zip.ts';
import { checkUrl, type SourcePolicy } from './policy.ts';

/*
 * The door of the room that knows which bytes may be fetched, and how. A source is an HTTPS URL, a `file:` URL or a local
 * path; its bytes go, as they are transferred, into a sink that another room gives.
 */

export type { Located, Refused } from './attempt.ts';
export type { Wanted } from './download.ts';
export { isUnchanged, remoteFacts } from './look-again.ts';
export { postOutside } from './post.ts';
export { checkUrl, mayConnect, proxyFor, sourcePolicy, type SourcePolicy } from './policy.ts';
export { bundleOf, lackingIn, lookAtBundle, type Bundle, type BundleMember } from './bundle.ts';
export { readRefusal } from './refusal.ts';
export { backoff_ms, retryAfter_ms } from './retry.ts';
export { saidName } from './said-name.ts';
export { requestedSources, type RequestedSource, type RequestedSources } from './requested.ts';

/** A source that the policy allows. Nothing has been opened yet. */
export type AllowedSource =
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'vendor'; readonly source: VendorSource }
  | { readonly kind: 'remote'; readonly url: URL };

export type SourceOptions = {
  readonly policy: SourcePolicy;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly random?: (() => number) | undefined;
};

/** Says what a source is, or throws SOURCE_NOT_ALLOWED. Pure: no name is resolved and no file looked at. */
export function allowSource(spec: string, policy: SourcePolicy): AllowedSource {
  const text = spec.trim();
  const ofVendor = vendorSourceOf(text);
  if (ofVendor !== null) return { kind: 'vendor', source: ofVendor };
  if (/^file:/i.test(text)) return { kind: 'local', path: localPath(() => fileURLToPath(text), policy) };
  // Anything that starts like a web address is one: mistyped, it must not be taken for a path and shown with its secrets.
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/|https?:)/i.test(text)) return { kind: 'remote', url: checkUrl(text, policy) };
  return { kind: 'local', path: localPath(() => resolve(spec), policy) };
}

function localPath(read: () => string, policy: SourcePolicy): string {
  if (!policy.localFiles) {
    throw new GexlakeError('SOURCE_NOT_ALLOWED', 'local files are imported from the command line only', {
      hint: 'Give an HTTPS URL, or import the file with: gexlake import <file>.',
    });
  }
  try {
    return read();
  } catch (cause) {
    throw new GexlakeError('SOURCE_NOT_ALLOWED', 'the file: URL does not name a file of this machine', {
      cause,
      hint: 'Write it with three slashes, as in file:///data/2025-10-22_SPX_classic_gex_zero.json, or give the path.',
    });
  }
}

/** Readies a source that the policy allows for being transferred, or throws SOURCE_NOT_ALLOWED. Nothing is opened yet. */
export function openSource(spec: string, options: SourceOptions): SourceBytes {
  const { policy, limits, clock, signal, random = Math.random } = options;
  const source = allowSource(spec, policy);
  if (source.kind === 'vendor') throw notByName(spec);
  return {
    kind: source.kind,
    location: source.kind === 'local' ? source.path : source.url.href,
    transferInto: async (sink, onBytes) => {
      if (signal?.aborted === true)
        throw new GexlakeError('INTERRUPTED', 'the import was interrupted before its source was read');
      if (source.kind === 'local') return readLocal(source.path, sink, { limits, onBytes, signal });
      return downloadInto(source.url, sink, { policy, limits, clock, onBytes, signal, random });
    },
  };
}

/** Where its bytes are to be had is for the vendor to say, to who has a key. */
function notByName(spec: string): GexlakeError {
  return new GexlakeError(
    'SOURCE_NOT_ALLOWED',
    `${spec} is a source of GEXBot, which cannot be fetched by its name here`,
    {
      hint: 'Import it with: gexlake import <source>.',
    },
  );
}

/** Readies something that is located anew before each attempt. `location` is what it is called, and says its name. */
export function openWanted(location: string, wanted: Wanted, options: SourceOptions): SourceBytes {
  const { policy, limits, clock, signal, random = Math.random } = options;
  return {
    kind: 'remote',
    location,
    transferInto: (sink, onBytes) => downloadWanted(wanted, sink, { policy, limits, clock, onBytes, signal, random }),
  };
}

/** Reads a file, or the member of an archive that the path names. */
async function readLocal(path: string, sink: ByteSink, options: LocalOptions): Promise<Transferred> {
  const member = zipMemberOf(path);
  return member === null ? readLocalInto(path, sink, options) : readMemberInto(member, sink, options);
}
