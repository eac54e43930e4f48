import { postOnce, type Posted } from '../platform/http-post.ts';
import { checkUrl, mayConnect, proxyFor, type SourcePolicy } from './policy.ts';

/** What is sent to somebody outside, who was named on the command line. */
export type Outgoing = {
  readonly url: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeout_ms: number;
};

/**
 * Sends a few bytes to an address that the operator has named: over HTTPS to public addresses, and to plain or local ones only where the
 * policy has the origin written out in full.
 * @throws SOURCE_NOT_ALLOWED, DOWNLOAD_…
 */
export async function postOutside({ url, ...rest }: Outgoing, policy: SourcePolicy): Promise<Posted> {
  const host = URL.parse(url)?.hostname;
  const named = { ...policy, hosts: host === undefined ? policy.hosts : [...policy.hosts, host] };
  const target = checkUrl(url, named);
  return postOnce(
    {
      connect_timeout_ms: rest.timeout_ms,
      mayConnect: (address, origin) => mayConnect(named, address, origin),
      proxyFor: (origin) => proxyFor(named, origin),
    },
    { ...rest, url: target },
  );
}
