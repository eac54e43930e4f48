import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { buildConnector, Dispatcher } from 'undici';
import { GexlakeError, type ErrorCode } from '../core/errors.ts';
import { redactText, redactUrl } from '../core/redact.ts';
import { version } from './version.ts';

/** Whether a connection to `address` may be opened on behalf of `origin`; asked for every address a name resolves to. */
export type MayConnect = (address: string, origin: string) => boolean;

export type HttpSettings = {
  readonly connect_timeout_ms: number;
  /** Silence after which an answer is given up, before its first byte and within it. */
  readonly stall_timeout_ms: number;
  readonly mayConnect: MayConnect;
};

/** An answer whose body has not been read yet. It is either read to its end or discarded. */
export type HttpAnswer = {
  readonly status: number;
  /** The values of a header field, by its name in lower case, in the order they came. */
  readonly fields: (name: string) => readonly string[];
  readonly body: AsyncIterable<Uint8Array>;
  readonly discard: () => void;
};

export type HttpClient = {
  /** One GET. Redirects are answers like any other. Rejects with DOWNLOAD_…, SOURCE_NOT_ALLOWED or INTERRUPTED. */
  readonly get: (url: URL, headers: Readonly<Record<string, string>>, signal?: AbortSignal) => Promise<HttpAnswer>;
  readonly close: () => Promise<void>;
};

/**
 * A client for one download. It follows no redirects, decodes nothing, takes no proxy from the environment, and says who it is.
 * HTTP/1.1 only: one file needs one stream, and HTTP/2's flow control would slow it on a long line.
 */
export async function openHttp(settings: HttpSettings): Promise<HttpClient> {
  // Loaded here and not above: the 90 ms that undici takes to load are not for imports of local files to pay.
  const { Agent, buildConnector } = await import('undici');
  const agent = new Agent({
    connect: checkedConnector(buildConnector, settings),
    headersTimeout: settings.stall_timeout_ms,
    bodyTimeout: settings.stall_timeout_ms,
    allowH2: false,
  });
  const userAgent = `gexlake/${version()}`;
  return {
    get: async (url, headers, signal) => {
      const request = { origin: url.origin, path: url.pathname + url.search, method: 'GET' as const };
      try {
        const all = { ...headers, 'user-agent': userAgent };
        return answerOf(await agent.request({ ...request, headers: all, signal: signal ?? null }), url, signal);
      } catch (error) {
        throw networkError(error, url, signal);
      }
    },
    close: () => agent.destroy(),
  };
}

function answerOf(response: Dispatcher.ResponseData, url: URL, signal: AbortSignal | undefined): HttpAnswer {
  const { body, headers, statusCode } = response;
  return {
    status: statusCode,
    fields: (name) => [headers[name] ?? []].flat(),
    body: readBody(body, url, signal),
    discard: () => {
      body.on('error', () => undefined);
      body.destroy();
    },
  };
}

async function* readBody(body: AsyncIterable<Uint8Array>, url: URL, signal: AbortSignal | undefined) {
  try {
    yield* body;
  } catch (error) {
    throw networkError(error, url, signal);
  }
}

/** Connects like undici does, but asks about the address first: a literal one here, resolved ones when they are known. */
function checkedConnector(build: typeof buildConnector, settings: HttpSettings): buildConnector.connector {
  return (target, callback) => {
    const origin = new URL(`${target.protocol}//${target.host ?? target.hostname}`).origin;
    if (isIP(target.hostname) !== 0 && !settings.mayConnect(target.hostname, origin)) {
      callback(addressRefused(target.hostname, target.hostname), null);
      return;
    }
    const checkedLookup = lookupFor((address) => settings.mayConnect(address, origin));
    build({ timeout: settings.connect_timeout_ms, allowH2: false, lookup: checkedLookup })(target, callback);
  };
}

/** The system's name resolution; one address that is not allowed refuses the name, whatever its other addresses are. */
function lookupFor(isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const refused = error === null ? found.find(({ address }) => !isAllowed(address)) : undefined;
      const first = found?.[0];
      if (error !== null) callback(error, []);
      else if (refused !== undefined) callback(addressRefused(hostname, refused.address), []);
      else if (options.all === true || first === undefined) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}

function addressRefused(host: string, address: string): GexlakeError {
  return new GexlakeError('SOURCE_NOT_ALLOWED', `host ${host} leads to ${address}, which is not a public address`, {
    hint: 'Sources are fetched from public addresses only. An operator can open one origin, written in full, with GEXLAKE_SOURCE_ALLOW.',
  });
}

const unreachable = new Set(
  'ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH ETIMEDOUT UND_ERR_CONNECT_TIMEOUT'.split(' '),
);
const stalled = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
const cut = new Set('ECONNRESET ECONNABORTED EPIPE UND_ERR_SOCKET UND_ERR_RES_CONTENT_LENGTH_MISMATCH'.split(' '));
const untrusted = /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_TLS_|ERR_SSL_|EPROTO$)/;

/** A failure of the network as one of gexlake's errors. No part of a URL that could be a secret is in it, nor in its cause. */
function networkError(error: unknown, url: URL, signal: AbortSignal | undefined): GexlakeError {
  if (error instanceof GexlakeError) return error;
  const shown = redactUrl(url.href);
  if (signal?.aborted === true) return new GexlakeError('INTERRUPTED', `the download of ${shown} was interrupted`);
  const text = redactText(error instanceof Error ? error.message : String(error));
  const code = codeOf(error);
  // The library's own error object may hold the request or parts of the answer, so only its words are kept.
  const tell = (as: ErrorCode, message: string, hint: string) =>
    new GexlakeError(as, message, { hint, cause: new Error(text) });
  const again = 'Check the network, then retry the job.';
  if (unreachable.has(code))
    return tell('DOWNLOAD_UNREACHABLE', `cannot reach ${url.host} for ${shown} (${code})`, again);
  if (stalled.has(code)) return tell('DOWNLOAD_STALLED', `${shown} went silent`, again);
  if (cut.has(code)) return tell('DOWNLOAD_CUT', `the connection for ${shown} was cut (${code})`, again);
  if (untrusted.test(code)) {
    const hint = 'Check the clock of this machine and its certificates (NODE_EXTRA_CA_CERTS).';
    return tell('DOWNLOAD_REFUSED', `no secure connection to ${url.host} for ${shown} (${code})`, hint);
  }
  if (code === 'not HTTP' || code === 'UND_ERR_HEADERS_OVERFLOW')
    return tell('DOWNLOAD_REFUSED', `${shown} did not answer in HTTP (${code})`, 'Check the URL.');
  if (/^E[A-Z]+$/.test(code))
    return tell('DOWNLOAD_UNREACHABLE', `the connection for ${shown} failed (${code})`, again);
  return tell(
    'INTERNAL',
    `unexpected failure while fetching ${shown}: ${text}`,
    'This is a defect in gexlake. Please report it.',
  );
}

/** The code of a network error. Those of undici's parser come without one: an answer that ends in the middle is a cut. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error.name === 'HTTPParserError') return /\bEOF\b/i.test(error.message) ? 'UND_ERR_SOCKET' : 'not HTTP';
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
