import type { HttpAnswer } from '../platform/http-server.ts';

/** An answer without what the calls' record adds. */
export type Answer = Omit<HttpAnswer, 'ended' | 'links'>;

export function jsonAnswer(status: number, value: unknown, headers: HttpAnswer['headers'] = {}): Answer {
  const body = Buffer.from(JSON.stringify(value));
  return {
    status,
    headers: { 'content-type': 'application/json', 'content-length': body.byteLength, ...headers },
    body,
  };
}

/** The vendor's form of an error. */
export function errorAnswer(status: number, error: string): Answer {
  return jsonAnswer(status, { error });
}

/** The blob store's form of an error. */
export function blobError(status: number, code: string, message: string): Answer {
  const text = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body = Buffer.from(text);
  return {
    status,
    headers: { 'content-type': 'application/xml', 'content-length': body.byteLength, 'x-ms-error-code': code },
    body,
  };
}
