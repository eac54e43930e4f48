import { gunzipSync } from 'node:zlib';
import { refusalText } from '../core/error-text.ts';
import type { Limits } from '../core/limits.ts';
import type { HttpAnswer } from '../platform/http.ts';

/** What a server says with an answer that is no file, fit to be shown; null where it says nothing in the time that there is for it. */
export async function readRefusal(answer: HttpAnswer, limits: Limits): Promise<string | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), limits.error_body_ms);
  try {
    const body = await Promise.race([readSome(answer, limits.error_body_bytes), late]);
    return body === null ? null : refusalText(unpacked(body, limits.error_body_bytes).toString('utf8'));
  } catch {
    // It is the status that counts; a refusal that cannot be read is one without words.
    return null;
  } finally {
    clearTimeout(timer);
    answer.discard();
  }
}

async function readSome({ body }: HttpAnswer, most: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const bytes of body) {
    parts.push(bytes);
    size += bytes.byteLength;
    if (size >= most) break;
  }
  return Buffer.concat(parts).subarray(0, most);
}

function unpacked(body: Buffer, most: number): Buffer {
  return body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body, { maxOutputLength: most }) : body;
}
