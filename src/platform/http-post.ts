import { GexlakeError } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';
import type { ConnectorSettings } from './connector.ts';
import { networkError } from './network-errors.ts';
import { version } from './version.ts';

/** So much of an answer is read. */
const answer_bytes = 1_000_000;

export type Posted = { readonly status: number; readonly bytes: Buffer };

export type Posting = {
  readonly url: URL;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** The time for all of it. */
  readonly timeout_ms: number;
};

/** One POST with a small body and a small answer. Redirects are answers like any other. Rejects with DOWNLOAD_… or SOURCE_NOT_ALLOWED. */
export async function postOnce(
  settings: ConnectorSettings,
  { url, body, headers, timeout_ms }: Posting,
): Promise<Posted> {
  const [undici, { checkedConnector }] = await Promise.all([import('undici'), import('./connector.ts')]);
  const connector = checkedConnector(undici.buildConnector, settings);
  const agent = new undici.Agent({ connect: connector.connect, allowH2: false });
  const late = new AbortController();
  const silent = new GexlakeError(
    'DOWNLOAD_STALLED',
    `${redactUrl(url.href)} gave no answer in ${timeout_ms / 1000} s`,
  );
  const timer = setTimeout(() => late.abort(silent), timeout_ms);
  try {
    const answer = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'POST',
      headers: { ...headers, 'user-agent': `gexlake/${version()}` },
      body: Buffer.from(body),
      signal: late.signal,
    });
    return { status: answer.statusCode, bytes: await readSome(answer.body, url) };
  } catch (error) {
    throw networkError(error, {
      url,
      phase: 'head',
      signal: late.signal,
      proxied: settings.proxyFor(url.origin) !== null,
    });
  } finally {
    clearTimeout(timer);
    await agent.destroy();
    connector.close();
  }
}

async function readSome(body: AsyncIterable<Uint8Array>, url: URL): Promise<Buffer> {
  const blocks: Uint8Array[] = [];
  let size_bytes = 0;
  for await (const block of body) {
    size_bytes += block.byteLength;
    if (size_bytes > answer_bytes)
      throw new GexlakeError(
        'DOWNLOAD_REFUSED',
        `${redactUrl(url.href)} answered with more than ${answer_bytes} bytes`,
      );
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}
