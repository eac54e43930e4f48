import { isIP } from 'node:net';
import { GexlakeError } from '../core/errors.ts';
import { isPublicAddress } from './addresses.ts';

/** Where the vendor keeps history files. */
export const vendorHosts: readonly string[] = [
  'hist.gex.bot',
  'hist.gexbot.com',
  'nfagexbotresearch.blob.core.windows.net',
];

/** Which bytes may be fetched. Plain data, so that it can be handed to another process. */
export type SourcePolicy = {
  /** Hosts that may be fetched from over HTTPS on its own port, at public addresses. */
  readonly hosts: readonly string[];
  /** Origins that an operator wrote out in full: allowed as they are, plain, local or on another port. */
  readonly origins: readonly string[];
  /** Whether local paths and `file:` URLs may be read; never for what came over HTTP. */
  readonly localFiles: boolean;
  /** The proxy that hosts are fetched through, with its secrets; null for none. Origins are reached directly. */
  readonly proxy: string | null;
};

/**
 * The policy from the entries of GEXLAKE_SOURCE_ALLOW: a host (`files.example.com`), or an origin in full
 * (`http://127.0.0.1:9000`). Throws CONFIG_INVALID for anything else.
 */
export function sourcePolicy(allow: readonly string[], localFiles: boolean, proxy: string | null = null): SourcePolicy {
  const hosts = new Set(vendorHosts);
  const origins = new Set<string>();
  for (const entry of allow.map((text) => text.trim()).filter((text) => text !== '')) {
    const isOrigin = entry.includes('://');
    const url = URL.parse(isOrigin ? entry : `https://${entry}`);
    if (url === null || !isBare(url) || (!isOrigin && url.port !== '')) throw invalidEntry(entry);
    if (isOrigin) origins.add(url.origin);
    else hosts.add(url.hostname);
  }
  return { hosts: [...hosts], origins: [...origins], localFiles, proxy };
}

function isBare(url: URL): boolean {
  const nothingElse =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return nothingElse && (url.protocol === 'https:' || url.protocol === 'http:');
}

function invalidEntry(entry: string): GexlakeError {
  const shown = JSON.stringify(entry.replace(/[?#].*$/s, '…').replace(/\/\/.*@/s, '//…@'));
  return new GexlakeError('CONFIG_INVALID', `GEXLAKE_SOURCE_ALLOW: ${shown} is neither a host nor an origin`, {
    hint: 'Write a host (files.example.com) or an origin in full (http://127.0.0.1:9000), separated by commas.',
  });
}

/** The URL, if it may be fetched; SOURCE_NOT_ALLOWED with the reason if not. Asked before a request and at every redirect. */
export function checkUrl(text: string, policy: SourcePolicy): URL {
  const url = /\p{Cc}/u.test(text) ? null : URL.parse(text);
  if (url === null) throw refusal('the source is not a URL that can be read', policy);
  if (url.username !== '' || url.password !== '')
    throw refusal(`a URL with a user name or password, to host ${url.hostname}, is not fetched`, policy);
  if (policy.origins.includes(url.origin)) return url;
  if (url.protocol !== 'https:')
    throw refusal(`sources are fetched over https:, not ${url.protocol} (host ${url.hostname})`, policy);
  if (!policy.hosts.includes(url.hostname))
    throw refusal(`host ${url.hostname} is not one that sources are fetched from`, policy);
  if (url.port !== '') throw refusal(`port ${url.port} of host ${url.hostname} is not open to sources`, policy);
  if (!isPublicOrName(url.hostname)) throw refusal(`${url.hostname} is not a public address`, policy);
  return url;
}

/** Whether a connection to a resolved address may be opened for an origin. */
export function mayConnect(policy: SourcePolicy, address: string, origin: string): boolean {
  return policy.origins.includes(origin) || isPublicAddress(address);
}

/** The proxy for an origin: what an operator wrote out in full is reached as it is written, all else through the proxy. */
export function proxyFor(policy: SourcePolicy, origin: string): URL | null {
  return policy.proxy == null || policy.origins.includes(origin) ? null : new URL(policy.proxy);
}

function isPublicOrName(hostname: string): boolean {
  const literal = hostname.replace(/^\[|\]$/g, '');
  return isIP(literal) === 0 || isPublicAddress(literal);
}

function refusal(message: string, policy: SourcePolicy): GexlakeError {
  const allowed = [...policy.hosts, ...policy.origins].join(', ');
  return new GexlakeError('SOURCE_NOT_ALLOWED', message, {
    hint: `Sources come over HTTPS from ${allowed}. An operator can add a host, or an origin in full, with GEXLAKE_SOURCE_ALLOW.`,
  });
}
