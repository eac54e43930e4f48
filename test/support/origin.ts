import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the origin serves one path. Every number that can change from one request to the next counts requests from 1. */
export type Served = {
  readonly body?: Uint8Array | string | ((request: number) => Uint8Array | string);
  /** The ETag with its quotes; none where it is absent. */
  readonly etag?: string | ((request: number) => string);
  readonly lastModified?: string;
  /** Whether it answers Range with 206; If-Range is honoured unless `ignoresIfRange`. */
  readonly ranges?: boolean;
  readonly ignoresIfRange?: boolean;
  /** Sends the body without Content-Length, in chunks. */
  readonly chunked?: boolean;
  /** Says this Content-Length whatever the body is. */
  readonly claimLength?: number;
  /** Destroys the connection after so many bytes of an answer's body, for the first `cutTimes` requests (1 by default). */
  readonly cutAfter?: number;
  readonly cutTimes?: number;
  /** Says nothing more after so many bytes of the body, for the first `stallTimes` requests (1 by default). */
  readonly stallAfter?: number;
  readonly stallTimes?: number;
  /** The stalled answer goes on when this settles. */
  readonly stallUntil?: Promise<unknown>;
  /** Accepts these requests and never answers them. */
  readonly muteTimes?: number;
  /** The status of request 1, 2, …; the ones after them are served. */
  readonly statuses?: readonly number[];
  /** Answers 403 from this request on, like a signed URL that has expired. */
  readonly expiresAt?: number;
  readonly redirectTo?: string;
  readonly redirectStatus?: number;
  readonly headers?: Readonly<Record<string, string>>;
};

export type SeenRequest = {
  readonly method: string | undefined;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
};

export type Origin = {
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string;
  /** Every request, in the order they came. */
  readonly requests: readonly SeenRequest[];
  readonly url: (path: string) => string;
  /** Serves a path from now on; its requests are counted anew. */
  readonly serve: (path: string, served: Served) => void;
  readonly close: () => Promise<void>;
};

/** A real HTTP server on this machine, on a free port, that behaves as badly as it is told to. */
export async function startOrigin(paths: Readonly<Record<string, Served>> = {}): Promise<Origin> {
  const served = new Map(Object.entries(paths).map(([path, how]) => [path, { how, count: 0 }]));
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://origin').pathname;
    requests.push({ method: request.method, path, headers: request.headers });
    const entry = served.get(path);
    if (entry === undefined) {
      response.writeHead(404).end();
      return;
    }
    entry.count += 1;
    answer(entry.how, entry.count, request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A server that listens on a port has an address with one.
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    requests,
    url: (path) => origin + path,
    serve: (path, how) => served.set(path, { how, count: 0 }),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(how: Served, count: number, request: IncomingMessage, response: ServerResponse): void {
  if (count <= (how.muteTimes ?? 0)) return;
  const status = how.expiresAt !== undefined && count >= how.expiresAt ? 403 : how.statuses?.[count - 1];
  if (status !== undefined && status !== 200) {
    response.writeHead(status, how.headers).end(`{"error":"status ${status}"}`);
  } else if (how.redirectTo !== undefined) {
    response.writeHead(how.redirectStatus ?? 302, { ...how.headers, location: how.redirectTo }).end();
  } else {
    serveBody(how, count, request, response);
  }
}

function serveBody(how: Served, count: number, request: IncomingMessage, response: ServerResponse): void {
  const whole = Buffer.from(typeof how.body === 'function' ? how.body(count) : (how.body ?? ''));
  const etag = typeof how.etag === 'function' ? how.etag(count) : how.etag;
  if (etag !== undefined) response.setHeader('etag', etag);
  if (how.lastModified !== undefined) response.setHeader('last-modified', how.lastModified);
  for (const [name, value] of Object.entries(how.headers ?? {})) response.setHeader(name, value);
  const start = rangeStart(how, etag, request);
  if (start !== null && start >= whole.byteLength) {
    response.writeHead(416, { 'content-range': `bytes */${whole.byteLength}` }).end();
    return;
  }
  const body = whole.subarray(start ?? 0);
  if (start !== null) {
    response.statusCode = 206;
    response.setHeader('content-range', `bytes ${start}-${whole.byteLength - 1}/${whole.byteLength}`);
  }
  if (how.chunked !== true) response.setHeader('content-length', how.claimLength ?? body.byteLength);
  send(how, count, body, response);
}

/** Where the answer starts if it is to be a partial one, else null. */
function rangeStart(how: Served, etag: string | undefined, request: IncomingMessage): number | null {
  const match = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  if (how.ranges !== true || match === null) return null;
  const condition = request.headers['if-range'];
  const holds = condition === undefined || condition === etag || condition === how.lastModified;
  return holds || how.ignoresIfRange === true ? Number(match[1]) : null;
}

function send(how: Served, count: number, body: Buffer, response: ServerResponse): void {
  const isCut = how.cutAfter !== undefined && count <= (how.cutTimes ?? 1);
  const isStalled = how.stallAfter !== undefined && count <= (how.stallTimes ?? 1);
  if (isCut) response.write(body.subarray(0, how.cutAfter), () => response.socket?.destroySoon());
  else if (isStalled) {
    response.write(body.subarray(0, how.stallAfter));
    void how.stallUntil?.then(() => response.end(body.subarray(how.stallAfter)));
  } else if (how.claimLength !== undefined && how.claimLength !== body.byteLength)
    response.write(body, () => response.socket?.destroySoon());
  else response.end(body);
}
