import type { Clock } from '../core/clock.ts';
import type { Limits } from '../core/limits.ts';
import type { SourcePolicy } from '../source/source.ts';

/** Where the API is, and who asks. Plain data, so that it can be handed to another process; the key is a secret. */
export type VendorSettings = {
  /** The base of the API's addresses. */
  readonly url: string;
  /** Null: it is in the file, or nothing can be asked but what is public. */
  readonly key: string | null;
  /** A file with the key. */
  readonly key_file?: string | null;
  /** The host that has the same files where the one of a link cannot be reached: its name, or its origin in full; null for none. */
  readonly fallback_host: string | null;
  /** So far apart are two calls of the API, by all processes of a data folder. */
  readonly pace_ms: number;
};

export type VendorOptions = {
  readonly settings: VendorSettings;
  /** Which addresses a link may lead to. */
  readonly policy: SourcePolicy;
  readonly limits: Limits;
  readonly clock: Clock;
  /** Settles when the API may be called. */
  readonly pace: () => Promise<unknown>;
  readonly signal?: AbortSignal | undefined;
};

/** The same with the key at hand, if there is one. */
export type Asking = VendorOptions & { readonly key: string | null };

/** Where the vendor is unless somebody has said otherwise. */
const vendorUrl = 'https://api.gex.bot/v2';

/**
 * What may be fetched on the vendor's behalf: from its API, and from where links may lead. An address that the operator has set himself is
 * his explicit word for it and for what it links to on its own origin, however plain or local it is.
 */
export function vendorPolicy({ policy, settings }: Pick<VendorOptions, 'policy' | 'settings'>): SourcePolicy {
  const { origin, hostname } = new URL(settings.url);
  const isOwn = origin === new URL(vendorUrl).origin;
  return isOwn
    ? { ...policy, hosts: [...policy.hosts, hostname] }
    : { ...policy, origins: [...policy.origins, origin] };
}
