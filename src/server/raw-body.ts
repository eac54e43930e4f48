import { GexlakeError } from '../core/errors.ts';

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
  let found: string | null = null;
  for (let at = json.indexOf('{') + 1; at > 0 && at < json.length;) {
    const key = json.indexOf('"', at);
    if (key === -1) return found;
    const keyEnd = endOfText(json, key);
    const start = json.indexOf(':', keyEnd) + 1;
    const end = endOfValue(json, start);
    if (JSON.parse(json.slice(key, keyEnd)) === field) found = json.slice(start, end).trim();
    at = end + 1;
  }
  return found;
}

/** Where a value ends: at the comma or bracket that belongs to what it lies in. */
function endOfValue(json: string, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at++) {
    const letter = json[at];
    if (letter === '"') at = endOfText(json, at) - 1;
    else if (letter === '{' || letter === '[') depth += 1;
    else if (depth === 0 && (letter === ',' || letter === '}')) return at;
    else if (letter === '}' || letter === ']') depth -= 1;
  }
  return json.length;
}

/** Behind the closing quote of the text that begins here. */
function endOfText(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === '\\') at += 1;
    else if (json[at] === '"') return at + 1;
  }
  return json.length;
}
