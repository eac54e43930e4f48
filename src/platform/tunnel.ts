import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Socket } from 'node:net';
import { GexlakeError, type ErrorCode } from '../core/errors.ts';

export type Tunnel = {
  /** `http:` or `https:`, with the user name and password that the proxy wants, if any. */
  readonly proxy: URL;
  readonly host: string;
  readonly port: number;
  readonly timeout_ms: number;
  /** Told of every socket as soon as there is one. */
  readonly known: (socket: Socket) => void;
};

/** Hears of a tunnel once: of the error that there is instead, or of the socket. */
type OnTunnel = (...outcome: [error: GexlakeError, socket: null] | [error: null, socket: Socket]) => void;

/**
 * Asks a proxy for a connection (CONNECT) and gives the socket, over which TLS with the host itself is spoken: the proxy sees its name
 * and no more. Errors are DOWNLOAD_… that name the proxy and none of its secrets.
 */
export function openTunnel({ proxy, host, port, timeout_ms, known }: Tunnel, onTunnel: OnTunnel): void {
  const target = `${host}:${port}`;
  const request = proxy.protocol === 'https:' ? secureRequest : plainRequest;
  let isOver = false;
  const end: OnTunnel = (...outcome) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    onTunnel(...outcome);
  };
  const fail = (error: GexlakeError) => end(error, null);
  const asked = request({
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : Number(proxy.port),
    method: 'CONNECT',
    path: target,
    headers: { host: target, ...credentials(proxy) },
    agent: false,
  });
  // Counted from the start on, whatever the proxy says meanwhile.
  const timer = setTimeout(() => {
    fail(problem('DOWNLOAD_UNREACHABLE', proxy, `gave no connection to ${target} in ${timeout_ms / 1000} s`));
    asked.destroy();
  }, timeout_ms);
  asked.on('socket', known);
  asked.on('connect', (answer, socket, head) => {
    if (head.byteLength > 0) socket.unshift(head);
    if (answer.statusCode === 200) end(null, socket);
    else {
      socket.destroy();
      fail(refused(proxy, target, answer.statusCode ?? 0));
    }
  });
  asked.on('response', (answer) => {
    fail(refused(proxy, target, answer.statusCode ?? 0));
    asked.destroy();
  });
  asked.on('error', (error: NodeJS.ErrnoException) => {
    const why = error.code?.startsWith('HPE_') === true ? 'did not answer in HTTP' : `cannot be reached`;
    const code = error.code?.startsWith('HPE_') === true ? 'DOWNLOAD_REFUSED' : 'DOWNLOAD_UNREACHABLE';
    fail(problem(code, proxy, `${why} (${error.code ?? 'no code'})`));
  });
  asked.end();
}

function credentials({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const both = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(both).toString('base64')}` };
}

function refused(proxy: URL, target: string, status: number): GexlakeError {
  const what = status === 407 ? 'wants a user name and password (407)' : `answered ${status} for ${target}`;
  return problem(status >= 500 ? 'DOWNLOAD_UNAVAILABLE' : 'DOWNLOAD_REFUSED', proxy, what);
}

function problem(code: ErrorCode, proxy: URL, what: string): GexlakeError {
  return new GexlakeError(code, `the proxy ${proxy.host} ${what}`, {
    hint: 'Check the setting `proxy` (GEXLAKE_PROXY): http://user:password@proxy.example:3128. Without it the connection is direct.',
  });
}
