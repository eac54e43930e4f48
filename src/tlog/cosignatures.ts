import { createHash } from 'node:crypto';
import { GexlakeError } from '../core/errors.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { isSignedBy, parseTypedKey, rawPublicOf, signBytes, verifierOf, type Signer, type Verifier } from './keys.ts';
import { parseNote } from './note.ts';

/*
 * Cosignatures (C2SP tlog-cosignature, https://c2sp.org/tlog-cosignature): a witness says that it has seen a checkpoint, and none that
 * contradicts it, by a time.
 */

/** The identifier of timestamped Ed25519 cosignatures among the signature types of C2SP signed-note. */
const cosignature = 0x04;
const time_bytes = 8;

/** The line by which a witness signs a checkpoint, with the newline at its end. */
export function cosign(checkpoint: string, signer: Signer, time_s: number): string {
  const time = Buffer.alloc(time_bytes);
  time.writeBigUInt64BE(BigInt(time_s));
  const signature = signBytes(signer, messageOf(parseNote(checkpoint).text, time_s));
  const id = Buffer.from(cosignerId(verifierOf(signer)), 'hex');
  return `— ${signer.name} ${encodeBase64(Buffer.concat([id, time, signature]))}\n`;
}

/** `name+hash+base64` of the key that a witness signs with, as clients are told it. */
export function formatCosigner(verifier: Verifier): string {
  const key = Buffer.concat([Uint8Array.of(cosignature), rawPublicOf(verifier)]);
  return `${verifier.name}+${cosignerId(verifier)}+${encodeBase64(key)}`;
}

/** Reads what {@link formatCosigner} wrote. @throws LOG_KEY_INVALID */
export function parseCosigner(text: string): Verifier {
  const verifier = parseTypedKey(text, cosignature);
  if (formatCosigner(verifier) === text.trim()) return verifier;
  throw new GexlakeError('LOG_KEY_INVALID', `the key ${verifier.name} is damaged`, {
    hint: 'Copy the whole line again.',
  });
}

/** When a witness has signed a checkpoint, in seconds since 1970; null where the line is not its, or does not hold. */
export function cosignedAt_s(checkpoint: string, line: string, witness: Verifier): number | null {
  const [, name, encoded = ''] = /^— (\S+) (\S+)\n?$/u.exec(line) ?? [];
  const bytes = Buffer.from(decodeBase64(encoded) ?? []);
  if (name !== witness.name || bytes.subarray(0, 4).toString('hex') !== cosignerId(witness)) return null;
  if (bytes.byteLength !== 4 + time_bytes + 64) return null;
  const time_s = Number(bytes.readBigUInt64BE(4));
  return isSignedBy(witness, messageOf(parseNote(checkpoint).text, time_s), bytes.subarray(4 + time_bytes))
    ? time_s
    : null;
}

function messageOf(text: string, time_s: number): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${time_s}\n${text}`);
}

/** The first four bytes of `SHA-256(name || 0x0A || 0x04 || public key)`. */
function cosignerId(verifier: Verifier): string {
  const hash = createHash('sha256').update(`${verifier.name}\n`).update(Uint8Array.of(cosignature));
  return hash.update(rawPublicOf(verifier)).digest('hex').slice(0, 8);
}
