import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { GexlakeError } from '../core/errors.ts';
import { decodeBase64 } from './base64.ts';

/*
 * Ed25519 keys of signed notes (C2SP signed-note), written as Go's golang.org/x/mod/sumdb/note writes them.
 */

/** The identifier of Ed25519 among the signature types of C2SP signed-note. */
const ed25519 = 0x01;
const key_bytes = 32;
const signerStart = 'PRIVATE+KEY+';

/** What stands before the 32 bytes of a key in PKCS #8 and in SPKI (RFC 8410). */
const pkcs8Start = Buffer.from('302e020100300506032b657004220420', 'hex');
const spkiStart = Buffer.from('302a300506032b6570032100', 'hex');

export type Verifier = {
  readonly name: string;
  /** Eight hexadecimal digits: with the name they tell which key a signature is by. */
  readonly keyId: string;
  readonly publicKey: KeyObject;
};

/** Can sign. Printed, it shows nothing of the private key. */
export type Signer = { readonly name: string; readonly keyId: string; readonly privateKey: KeyObject };

/** A new key. Its name is mostly the origin of the log that it will sign. */
export function generateSigner(name: string): Signer {
  if (!isKeyName(name))
    throw keyError(
      `a key cannot be named ${JSON.stringify(name)}`,
      'A name has no spaces and no plus, as in example.com/lake.',
    );
  return signerOf(name, generateKeyPairSync('ed25519').privateKey);
}

export function verifierOf({ name, privateKey }: Signer): Verifier {
  return verifierWith(name, createPublicKey(privateKey));
}

/** `name+1234abcd+base64`: what others need to check signatures. */
export function formatVerifier({ name, keyId, publicKey }: Verifier): string {
  return `${name}+${keyId}+${typed(rawPublic(publicKey))}`;
}

/** `PRIVATE+KEY+name+1234abcd+base64`: a secret. */
export function formatSigner({ name, keyId, privateKey }: Signer): string {
  return `${signerStart}${name}+${keyId}+${typed(rawPrivate(privateKey))}`;
}

/** Reads what {@link formatVerifier} or Go's `note.NewEd25519VerifierKey` wrote. */
export function parseVerifier(text: string): Verifier {
  const { name, keyId, raw } = parseKey(text, 'a public key as name+hash+base64');
  const key = createPublicKey({ key: Buffer.concat([spkiStart, raw]), format: 'der', type: 'spki' });
  return ownId(verifierWith(name, key), keyId);
}

/** Reads what {@link formatSigner} or Go's `note.GenerateKey` wrote. */
export function parseSigner(text: string): Signer {
  const expected = 'a private key as PRIVATE+KEY+name+hash+base64';
  if (!text.startsWith(signerStart)) throw keyError(`this is not ${expected}`);
  const { name, keyId, raw } = parseKey(text.slice(signerStart.length), expected);
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Start, raw]), format: 'der', type: 'pkcs8' });
  return ownId(signerOf(name, key), keyId);
}

export function signBytes({ privateKey }: Signer, bytes: Uint8Array): Uint8Array {
  return sign(null, bytes, privateKey);
}

export function isSignedBy({ publicKey }: Verifier, bytes: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, bytes, publicKey, signature);
}

/** Not empty, without white space and without a plus. */
export function isKeyName(name: string): boolean {
  return /^[^\s\p{Z}\p{Cc}+]+$/u.test(name) && name.isWellFormed();
}

function signerOf(name: string, privateKey: KeyObject): Signer {
  return { name, keyId: keyIdOf(name, createPublicKey(privateKey)), privateKey };
}

function verifierWith(name: string, publicKey: KeyObject): Verifier {
  return { name, keyId: keyIdOf(name, publicKey), publicKey };
}

/** The first four bytes of `SHA-256(name || 0x0A || 0x01 || public key)`. */
function keyIdOf(name: string, publicKey: KeyObject): string {
  const hash = createHash('sha256').update(`${name}\n`).update(Uint8Array.of(ed25519)).update(rawPublic(publicKey));
  return hash.digest('hex').slice(0, 8);
}

/** A public key of another signature type, as `name+hash+base64`; its hash is the caller's to check. */
export function parseTypedKey(text: string, type: number): Verifier {
  const { name, raw } = parseKey(text, 'the key of a witness as name+hash+base64', type);
  return verifierWith(name, createPublicKey({ key: Buffer.concat([spkiStart, raw]), format: 'der', type: 'spki' }));
}

/** The 32 bytes of a public key. */
export function rawPublicOf({ publicKey }: Verifier): Uint8Array {
  return rawPublic(publicKey);
}

function parseKey(
  text: string,
  expected: string,
  type: number = ed25519,
): { name: string; keyId: string; raw: Uint8Array } {
  const [name = '', keyId = '', ...rest] = text.trim().split('+');
  // base64 has pluses of its own
  const bytes = decodeBase64(rest.join('+'));
  if (!isKeyName(name) || bytes?.byteLength !== 1 + key_bytes || bytes[0] !== type)
    throw keyError(`this is not ${expected}`);
  return { name, keyId, raw: bytes.subarray(1) };
}

function ownId<Key extends Signer | Verifier>(key: Key, stated: string): Key {
  if (key.keyId === stated) return key;
  throw keyError(`the key ${key.name} is damaged: it states the hash ${stated} and has ${key.keyId}`);
}

function typed(raw: Uint8Array): string {
  return Buffer.concat([Uint8Array.of(ed25519), raw]).toString('base64');
}

function rawPublic(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(spkiStart.byteLength);
}

function rawPrivate(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'pkcs8' }).subarray(pkcs8Start.byteLength);
}

function keyError(message: string, hint = 'Copy the whole line again.'): GexlakeError {
  return new GexlakeError('LOG_KEY_INVALID', message, { hint });
}
