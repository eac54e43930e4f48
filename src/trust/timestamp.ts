import { createHash } from 'node:crypto';
import { der, derInteger, readDer, tags, type Der } from './der.ts';

/*
 * Time stamps (RFC 3161): a request for the SHA-256 of some bytes, and what an answer says. Who has signed the token is not looked at: for that
 * one needs the certificates of the authority, as `openssl ts -verify` does.
 */

const sha256Oid = Buffer.from('608648016503040201', 'hex');
const signedDataOid = Buffer.from('2a864886f70d010702', 'hex');
const tstInfoOid = Buffer.from('2a864886f70d0109100104', 'hex');
const none = Buffer.from('0500', 'hex');

export type TimeStampRequest = { readonly bytes: Buffer; readonly imprint: Buffer; readonly nonce: Buffer };

/** What an answer says: granted with the time, or why it is none of this request. */
export type TimeStamp = { readonly at: string } | { readonly problem: string };

export function timeStampRequest(of: Uint8Array, nonce: Buffer): TimeStampRequest {
  const imprint = createHash('sha256').update(of).digest();
  const bytes = der(
    tags.sequence,
    derInteger(Buffer.of(1)),
    der(tags.sequence, der(tags.sequence, der(tags.oid, sha256Oid), none), der(tags.octets, imprint)),
    derInteger(nonce),
    // With the certificate of who signs, so that the token can be verified by itself.
    der(tags.boolean, Buffer.of(0xff)),
  );
  return { bytes, imprint, nonce };
}

/** Reads the answer to a request: its status, what it is about, and the nonce that only this request had. */
export function readTimeStamp(answer: Buffer, request: TimeStampRequest): TimeStamp {
  try {
    return readAnswer(answer, request);
  } catch (error) {
    if (error instanceof RangeError) return { problem: 'it is no time-stamp response' };
    throw error;
  }
}

function readAnswer(answer: Buffer, { imprint, nonce }: TimeStampRequest): TimeStamp {
  const [statusInfo, token] = children(only(readDer(answer), tags.sequence));
  const [status] = children(expected(statusInfo, tags.sequence));
  const code = expected(status, tags.integer).body.readUInt8(0);
  // granted, grantedWithMods
  if (code !== 0 && code !== 1) return { problem: `the authority did not grant it (status ${code})` };
  const info = tstInfoOf(expected(token, tags.sequence));
  const [, , imprintOf, , time, ...rest] = info;
  const [algorithm, hash] = children(expected(imprintOf, tags.sequence));
  const [oid] = children(expected(algorithm, tags.sequence));
  if (!expected(oid, tags.oid).body.equals(sha256Oid) || !expected(hash, tags.octets).body.equals(imprint))
    return { problem: 'it is about other bytes' };
  const echoed = rest.find(({ tag }) => tag === tags.integer);
  if (echoed === undefined || !der(tags.integer, echoed.body).equals(derInteger(nonce)))
    return { problem: 'it has another nonce: it answers another request' };
  return { at: timeOf(expected(time, tags.time).body.toString('latin1')) };
}

/** TSTInfo out of ContentInfo, SignedData and EncapsulatedContentInfo. */
function tstInfoOf(token: Der): Der[] {
  const [type, content] = children(token);
  if (!expected(type, tags.oid).body.equals(signedDataOid)) throw new RangeError('no SignedData');
  const [, , encapsulated] = children(only(children(expected(content, tags.explicit0)), tags.sequence));
  const [contentType, wrapped] = children(expected(encapsulated, tags.sequence));
  if (!expected(contentType, tags.oid).body.equals(tstInfoOid)) throw new RangeError('no TSTInfo');
  const octets = only(children(expected(wrapped, tags.explicit0)), tags.octets);
  return children(only(readDer(octets.body), tags.sequence));
}

function children({ body }: Der): Der[] {
  return readDer(body);
}

function only(values: readonly Der[], tag: number): Der {
  return expected(values.length === 1 ? values[0] : undefined, tag);
}

function expected(value: Der | undefined, tag: number): Der {
  if (value?.tag !== tag) throw new RangeError(`DER with something else where ${tag} is expected`);
  return value;
}

/** `20251022120000.5Z` as `2025-10-22T12:00:00.5Z`. */
function timeOf(text: string): string {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2}(?:\.\d+)?)Z$/.exec(text) ?? [];
  if (second === undefined) throw new RangeError('no time');
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}
