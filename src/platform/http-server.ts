import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { GexlakeError } from '../core/errors.ts';
import { largestPiece_bytes, type Link } from './link.ts';

export type HttpRequest = {
  readonly method: string;
  /** As it was sent, percent-encoding and all, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly readBody: () => Promise<string>;
};

export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Uint8Array;
  /** Ends the connection after so many bytes of the body; `before` resets it without an answer. */
  readonly breaks?: number | 'before' | undefined;
  /** What the body's bytes go over, at its pace. */
  readonly links?: readonly Link[];
  /** Told once nothing more will be sent: how many bytes of the body were handed over, and whether that was all of it. */
  readonly ended?: (sent_bytes: number, whole: boolean) => void;
};

export type HttpServer = { readonly origin: string; readonly close: () => Promise<void> };

/** A small HTTP server on the loopback address, at a port or at any that is free (0). What it says is a value that `answer` gives. */
export async function startHttpServer(
  answer: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>,
  port = 0,
): Promise<HttpServer> {
  // Loaded here and not above: with it comes a second HTTP library of Node's own, 20 ms that few commands need.
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    exchange(answer, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  const listening = once(server, 'listening');
  server.listen(port, '127.0.0.1');
  await listening.catch((error: unknown) => {
    throw portError(error, port);
  });
  // A server that listens on a port has an address with one.
  const { port: found } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { origin: `http://127.0.0.1:${found}`, close };
}

function portError(error: unknown, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new GexlakeError('PORT_TAKEN', `port ${port} of 127.0.0.1 is in use by another program`, {
      hint: 'Stop that program, or choose another port with --port; 0 takes any that is free.',
    });
  if (code === 'EACCES')
    return new GexlakeError('ADDRESS_UNUSABLE', `cannot listen on port ${port} of 127.0.0.1 (${code})`, {
      hint: 'Choose a port above 1023.',
    });
  return error;
}

async function exchange(
  answer: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const given = await answer(asRequest(request));
  let sent_bytes = 0;
  let told = false;
  const tell = () => {
    if (!told) given.ended?.(sent_bytes, given.breaks === undefined && sent_bytes === given.body.byteLength);
    told = true;
  };
  try {
    if (given.breaks === 'before') request.socket.resetAndDestroy();
    else {
      response.writeHead(given.status, given.headers);
      const end = request.method === 'HEAD' ? 0 : bytesToSend(given);
      for await (const size of sendBody(response, given, end)) {
        sent_bytes += size;
        // Before the other side can have the last of it, and ask what was sent.
        if (sent_bytes === end) tell();
      }
      tell();
      if (typeof given.breaks === 'number') response.socket?.destroySoon();
      else if (!response.destroyed) response.end();
    }
  } finally {
    tell();
  }
}

function bytesToSend({ body, breaks }: HttpAnswer): number {
  return typeof breaks === 'number' ? Math.min(breaks, body.byteLength) : body.byteLength;
}

function asRequest(request: IncomingMessage): HttpRequest {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return {
    method: request.method ?? 'GET',
    path: mark === -1 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark === -1 ? '' : target.slice(mark)),
    headers: Object.fromEntries(headers) as Record<string, string>,
    readBody: () => text(request),
  };
}

/** Sends the body up to a place, and gives the size of each piece before it goes; ends early when the other side has gone. */
async function* sendBody(
  response: ServerResponse,
  { body, links = [] }: HttpAnswer,
  end: number,
): AsyncGenerator<number> {
  const piece_bytes = Math.min(largestPiece_bytes, ...links.map((link) => link.piece_bytes));
  for (let at = 0; at < end; at += piece_bytes) {
    const piece = body.subarray(at, Math.min(at + piece_bytes, end));
    for (const link of links) await link.carry(piece.byteLength);
    if (response.destroyed) return;
    yield piece.byteLength;
    if (!response.write(piece)) await roomIn(response);
  }
}

/** Waits until more may be written, or until nobody will take it. */
async function roomIn(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events = ['drain', 'close'] as const;
  for (const event of events) response.on(event, resolve);
  await promise;
  for (const event of events) response.off(event, resolve);
}
