import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Limits } from '../core/limits.ts';
import { bodyTooLarge, mediaType, unreadable } from './problems.ts';
import { bringsRecords } from './raw-body.ts';

/** What JSON comes as: under its name; as text, which a page's last message (sendBeacon) calls it; as a form, as `curl -d` does. */
const jsonTypes = ['application/json', 'text/plain', 'application/x-www-form-urlencoded'];

/** A client that has nothing to say may still call it JSON; and one that says nothing of what it sends sends JSON. */
export function readJson(app: FastifyInstance, { body_bytes }: Limits): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.decorateRequest('bodyText', null);
  app.addHook('onRequest', async ({ method, raw: { headers } }) => {
    if (method === 'POST') headers['content-type'] ??= 'application/json';
  });
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser(jsonTypes, { parseAs: 'buffer' }, (request, body, done) => {
    const text = toText(Buffer.from(body));
    if (text === null) done(unreadable('the body is not UTF-8'));
    else if (text === '') done(null, undefined);
    else if (isForm(request) && !/^\s*[{["]/.test(text)) done(mediaType);
    else if (bringsRecords(text)) {
      request.bodyText = text;
      void parse(request, text, done);
    } else if (body.length > body_bytes) done(bodyTooLarge);
    else void parse(request, text, done);
  });
}

function isForm({ headers }: FastifyRequest): boolean {
  return headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
}

/** Bytes as text; null where they are not UTF-8, which a lenient decoder would turn into other text without a word. */
function toText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
