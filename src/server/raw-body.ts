import { GexlakeError } from '../core/errors.ts';
import { fieldsOf } from '../core/json-text.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The text of a body that brings its records itself: numbers in it keep all their digits. */
    bodyText: string | null;
  }
}

/** Whether a body brings its records itself. */
export function bringsRecords(text: string): boolean {
  return text.includes('"raw_body"');
}

/**
 * The text of the records in a body: that of a file, or of JSON as it was sent.
 * @throws BODY_TOO_LARGE where it has more bytes than may be uploaded
 */
export function recordsOf(rawBody: unknown, bodyText: string | null, upload_bytes: number): Buffer {
  const text = typeof rawBody === 'string' ? rawBody : (valueOf(bodyText ?? '', 'raw_body') ?? JSON.stringify(rawBody));
  const bytes = Buffer.from(text);
  if (bytes.byteLength <= upload_bytes) return bytes;
  throw new GexlakeError('BODY_TOO_LARGE', `raw_body has ${bytes.byteLength} bytes, more than may be uploaded`, {
    hint: 'Raise max_upload_mb, or send the URL of the file.',
  });
}

/** The text of a field's value in the text of a JSON object, which is valid; of a repeated field the last. */
function valueOf(json: string, field: string): string | null {
  const span = fieldsOf(json).spans.get(field);
  return span === undefined ? null : json.slice(span.start, span.end);
}
