import type { Limits } from '../core/limits.ts';
import { unlessDefect } from '../core/defects.ts';
import { openHttp } from '../platform/http.ts';
import { codingsOf } from './codings.ts';
import { checkUrl, mayConnect, proxyFor, type SourcePolicy } from './policy.ts';

/** What a server says of a file without sending it. */
export type RemoteFacts = { readonly etag: string | null; readonly content_length: number | null };

type Looking = { readonly policy: SourcePolicy; readonly limits: Limits; readonly signal?: AbortSignal | undefined };

const redirects = new Set([301, 302, 303, 307, 308]);

/**
 * Asks a server what it has (HEAD), through its redirects, each checked like the first URL. Null where it does not say it plainly, for
 * whatever reason: then only the bytes tell.
 */
export async function remoteFacts(url: URL, options: Looking): Promise<RemoteFacts | null> {
  const { policy, limits, signal } = options;
  const http = await openHttp({
    ...limits,
    mayConnect: (address, origin) => mayConnect(policy, address, origin),
    proxyFor: (origin) => proxyFor(policy, origin),
  });
  const ask = async (at: URL, followed: number): Promise<RemoteFacts | null> => {
    const answer = await http.head(at, { accept: '*/*', 'accept-encoding': 'identity' }, signal);
    answer.discard();
    const [location] = answer.fields('location');
    if (redirects.has(answer.status) && location !== undefined && followed < limits.redirects)
      return ask(checkUrl(new URL(location, at.href).href, policy), followed + 1);
    if (answer.status !== 200 || codingsOf(answer.fields('content-encoding')).codings.length > 0) return null;
    const [length = ''] = answer.fields('content-length');
    return {
      etag: answer.fields('etag')[0] ?? null,
      content_length: /^\d{1,15}$/.test(length) ? Number(length) : null,
    };
  };
  try {
    return await ask(url, 0).catch(unlessDefect(null));
  } finally {
    await http.close();
  }
}

/** Whether a server surely still has what came once: the same strong tag, and the same length. */
export function isUnchanged(now: RemoteFacts, then: RemoteFacts): boolean {
  const isStrong = now.etag !== null && now.etag.startsWith('"');
  return (
    isStrong && now.etag === then.etag && now.content_length !== null && now.content_length === then.content_length
  );
}
