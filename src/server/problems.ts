import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { errorRules, GexlakeError, toGexlakeError, type ErrorCode } from '../core/errors.ts';
import { redactText } from '../core/redact.ts';
import type { Problem } from './problem-schemas.ts';

export const problemType = 'application/problem+json';

/** An error as RFC 9457 has it. Nothing of a secret, of a stack or of a defect's inside is in it. */
export function toProblem(error: GexlakeError, requestId: string): Problem {
  const { code, message, hint } = error.report();
  // What was not foreseen may say anything: its words are for the log only.
  const detail =
    code === 'INTERNAL' ? 'Something failed that was not foreseen; the log of the service says more.' : message;
  return {
    type: `urn:gexlake:error:${code}`,
    title: titleOf(code),
    // No request comes to a code without one; if it does, that is ours.
    status: errorRules[code].http ?? 500,
    detail: redactText(detail),
    code,
    hint: code === 'INTERNAL' || hint === null ? null : redactText(hint),
    request_id: requestId,
  };
}

/** `LOCK_BUSY` as `Lock busy`. */
function titleOf(code: ErrorCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export async function sendProblem(reply: FastifyReply, error: GexlakeError): Promise<FastifyReply> {
  const problem = toProblem(error, reply.request.id);
  // Before the headers of a limit that is used up: Retry-After is the limiter's.
  if (error.transient && !reply.hasHeader('retry-after')) reply.header('retry-after', '2');
  // Who is not known keeps no connection, and no body that is still to come is waited for.
  if (error.code === 'UNAUTHORIZED')
    reply.header('www-authenticate', 'Bearer realm="gexlake"').header('connection', 'close');
  return reply.code(problem.status).type(problemType).send(problem);
}

/** The last stop of every error: told to the client as a problem, and to the log where it is not the client's doing. */
export async function handleError(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const error = toKnownError(thrown as FastifyError, request.method);
  if (error.code === 'INTERNAL') request.log.error({ err: thrown }, 'a request failed in a way that was not foreseen');
  else request.log.info({ code: error.code }, redactText(error.message));
  return sendProblem(reply, error);
}

/** What Fastify and its plug-ins throw, by their codes, as gexlake's errors. */
function toKnownError(thrown: FastifyError, method: string): GexlakeError {
  if (thrown instanceof GexlakeError) return thrown;
  if (thrown.validation !== undefined) return invalid(thrown);
  switch (thrown.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
      return mediaType;
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return bodyTooLarge;
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return unreadable('the body is empty');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return unreadable('the body is not as long as its Content-Length says');
    default:
      break;
  }
  // A path that cannot be decoded or is too long, a body that is not JSON.
  const { statusCode = 500 } = thrown;
  if (statusCode >= 400 && statusCode < 500)
    return unreadable(`the ${method === 'POST' && statusCode === 400 ? 'body is not JSON' : 'path cannot be read'}`);
  return toGexlakeError(thrown);
}

export const bodyTooLarge = new GexlakeError('BODY_TOO_LARGE', 'the body is larger than a request may be', {
  hint: 'Send the URL of a file, not the file; its records as "raw_body" only up to max_upload_mb.',
});

export const mediaType = new GexlakeError(
  'UNSUPPORTED_MEDIA_TYPE',
  'the content type is not one that is understood here',
  {
    hint: 'Send JSON as application/json or text/plain.',
  },
);

export function unreadable(problem: string): GexlakeError {
  return new GexlakeError('REQUEST_UNREADABLE', problem, { hint: '/openapi.json says what each request must be.' });
}

const parts: Readonly<Record<string, string>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
};

/** Names the field and what is expected; a value is never repeated. */
function invalid(error: FastifyError): GexlakeError {
  const [first] = error.validation ?? [];
  const part = parts[error.validationContext ?? ''] ?? 'request';
  const params = first?.params;
  const unknown = params?.['additionalProperty'];
  const field = (first?.instancePath ?? '').replace(/^\//, '').replaceAll('/', '.').slice(0, 80);
  const problem =
    typeof unknown === 'string'
      ? `knows no field ${JSON.stringify(unknown.slice(0, 80))}`
      : `${field === '' ? '' : `field ${JSON.stringify(field)} `}${first?.message ?? 'is not as expected'}`;
  return new GexlakeError('REQUEST_INVALID', `the ${part} ${problem}`, {
    hint: '/openapi.json says what each request must be.',
  });
}
