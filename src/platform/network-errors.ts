import { isDefect } from '../core/defects.ts';
import { GexlakeError, type ErrorCode } from '../core/errors.ts';
import { redactText, redactUrl } from '../core/redact.ts';

/** What was being done when an error came. */
export type Exchanging = {
  readonly url: URL;
  /** Whether the answer's headers were whole by then. */
  readonly phase: 'head' | 'body';
  readonly signal: AbortSignal | undefined;
  /** Whether it went through a proxy. */
  readonly proxied: boolean;
};

const unreachable = new Set(
  'ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH ETIMEDOUT UND_ERR_CONNECT_TIMEOUT'.split(' '),
);
const stalled = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
const cut = new Set('ECONNRESET ECONNABORTED EPIPE UND_ERR_SOCKET UND_ERR_RES_CONTENT_LENGTH_MISMATCH'.split(' '));
const untrusted = /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_TLS_|ERR_SSL_|EPROTO$)/;

/** A failure of the network as one of gexlake's errors. No part of a URL that could be a secret is in it, nor in its cause. */
export function networkError(error: unknown, { url, phase, signal, proxied }: Exchanging): GexlakeError {
  if (error instanceof GexlakeError) return error;
  const shown = redactUrl(url.href);
  if (signal?.aborted === true && signal.reason instanceof GexlakeError) return signal.reason;
  if (signal?.aborted === true) return new GexlakeError('INTERRUPTED', `the download of ${shown} was interrupted`);
  const text = redactText(error instanceof Error ? error.message : String(error));
  const code = codeOf(error);
  // The library's own error object may hold the request or parts of the answer, so only its words are kept.
  const tell = (as: ErrorCode, message: string, hint: string) =>
    new GexlakeError(as, message, { hint, cause: new Error(text) });
  const again = 'Check the network, then retry the job.';
  if (isUnaskedContinue(error, code)) {
    const what = 'sent an interim answer that was not asked for (100 Continue), which gexlake cannot read on behind';
    return tell('DOWNLOAD_REFUSED', `${shown} ${what}`, besideContinue);
  }
  const wrong = wrongHttp(error, code, phase);
  if (wrong !== null) {
    const hint = 'The server speaks no proper HTTP. Check the URL; if it is right, tell those who run the server.';
    return tell('DOWNLOAD_REFUSED', `${shown} did not answer in HTTP: ${wrong}`, hint);
  }
  if (unreachable.has(code))
    return tell('DOWNLOAD_UNREACHABLE', `cannot reach ${url.host} for ${shown} (${code})`, again + proxyHint(proxied));
  if (stalled.has(code)) return tell('DOWNLOAD_STALLED', `${shown} went silent`, again);
  if (cut.has(code)) return tell('DOWNLOAD_CUT', `the connection for ${shown} was cut (${code})`, again);
  if (untrusted.test(code)) {
    const hint = `Check the clock of this machine and its certificates (NODE_EXTRA_CA_CERTS).${proxyHint(proxied)}`;
    const message = `no secure connection to ${url.host} for ${shown} (${code})`;
    return new GexlakeError('DOWNLOAD_REFUSED', message, {
      hint,
      cause: new Error(text),
      details: { untrusted: true },
    });
  }
  if (/^E[A-Z]+$/.test(code))
    return tell('DOWNLOAD_UNREACHABLE', `the connection for ${shown} failed (${code})`, again);
  return isDefect(error)
    ? tell(
        'INTERNAL',
        `unexpected failure while fetching ${shown}: ${text}`,
        'This is a defect in gexlake. Please report it.',
      )
    : tell(
        'DOWNLOAD_REFUSED',
        `${shown} could not be fetched: ${text}`,
        'gexlake does not know this answer of the network. Get the file with another program, import it from the path, and please report the message.',
      );
}

const besideContinue =
  'Another try gets the same: the server, or a proxy before it, answers 100 to every request. If it is yours, turn that off; otherwise get the file with another program (`curl -o <name> <url>`), and import it from the path.';

/** HTTP allows such an answer, and other clients read on. The library has closed the connection by then. */
function isUnaskedContinue(error: unknown, code: string): boolean {
  return error instanceof Error && code === 'UND_ERR_SOCKET' && error.message === 'bad response';
}

/** What is wrong with an answer that no client can read, in words; null where the error is another one. */
function wrongHttp(error: unknown, code: string, phase: Exchanging['phase']): string | null {
  if (!(error instanceof Error)) return null;
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'its headers are too long';
  // The parser counts what it has read of a length that it could not accept.
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' && phase === 'head')
    return 'it says no length that can be (Content-Length), or more than one';
  if (code === 'UND_ERR_SOCKET' && error.message === 'bad upgrade')
    return 'it wants to speak another protocol (101), which was not asked for';
  // The library asserts what only a server can break: the range of a status, the order of an answer's parts.
  if (code === 'ERR_ASSERTION') return 'it has a status that no answer has';
  if (error.name !== 'HTTPParserError' || /\bEOF\b/i.test(error.message)) return null;
  const reason = /\(([\w ,/.'-]{3,60})\)$/.exec(error.message)?.[1];
  if (reason?.startsWith('Expected HTTP') === true) return 'what came is something else';
  return reason?.toLowerCase() ?? 'it cannot be read';
}

/** The code of a network error. Those of undici's parser come without one: an answer that ends in the middle is a cut. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error.name === 'HTTPParserError') return 'UND_ERR_SOCKET';
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

const proxyVariables = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];

/** For machines whose other programs use a proxy: that this one does not by itself, and how it would. */
function proxyHint(proxied: boolean): string {
  const found = proxyVariables.find((name) => (process.env[name] ?? '') !== '');
  if (found === undefined || proxied) return '';
  return ` ${found} is set and not used: gexlake uses a proxy only if its own setting says so (GEXLAKE_PROXY, or proxy in gexlake.toml).`;
}
