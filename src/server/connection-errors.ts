import { randomUUID } from 'node:crypto';
import type { FastifyServerOptions } from 'fastify';
import { errorRules, GexlakeError } from '../core/errors.ts';
import { problemType, toProblem, unreadable } from './problems.ts';

type OnClientError = NonNullable<FastifyServerOptions['clientErrorHandler']>;

/** Answers what is not even a request: bytes that are not HTTP, headers without end, a client that takes for ever. */
export const onUnreadable: OnClientError = (error, socket) => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = toProblem(meaning(error.code), randomUUID());
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${problem.request_id}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};

function meaning(code: string | undefined): GexlakeError {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new GexlakeError('HEADERS_TOO_LARGE', 'the headers of the request are too large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new GexlakeError('REQUEST_TOO_SLOW', 'the request came too slowly', {
      hint: `That is answered with ${errorRules.REQUEST_TOO_SLOW.http}; send it in one go.`,
    });
  return unreadable('what was sent is not a request in HTTP/1.1');
}
