import { GexlakeError } from '../core/errors.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { isKeyName, isSignedBy, signBytes, type Signer, type Verifier } from './keys.ts';

/*
 * Signed notes (C2SP signed-note, https://c2sp.org/signed-note): a text, an empty line, and a line for each signature. A text alone is
 * a note that nobody has signed.
 */

export type NoteSignature = {
  readonly name: string;
  readonly keyId: string;
  readonly signature: Uint8Array;
};

export type Note = {
  /** What is signed, with the newline at its end. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
};

const keyId_bytes = 4;
/** The longest note that is read, and the most signatures in one. Go's sumdb/note has the same bounds. */
const longest_bytes = 1_000_000;
const mostSignatures = 100;

/** The note with a signature by each of these keys after those that it has. */
export function signNote(note: Note, signers: readonly Signer[]): Note {
  const bytes = Buffer.from(note.text);
  const added = signers.map((signer) => ({
    name: signer.name,
    keyId: signer.keyId,
    signature: signBytes(signer, bytes),
  }));
  return { text: note.text, signatures: [...note.signatures, ...added] };
}

export function formatNote({ text, signatures }: Note): string {
  const lines = signatures.map(({ name, keyId, signature }) => {
    const bytes = Buffer.concat([Buffer.from(keyId, 'hex'), signature]);
    return `— ${name} ${encodeBase64(bytes)}\n`;
  });
  return lines.length === 0 ? text : `${text}\n${lines.join('')}`;
}

/** A note as it is written, with nothing of it believed yet. */
export function parseNote(written: string): Note {
  if (Buffer.byteLength(written) > longest_bytes) throw noteError('the note is too long');
  // U+FFFD stands where bytes were not UTF-8.
  if (!/^(?:[^\p{Cc}\ufffd]|\n)+\n$/u.test(written) || !written.isWellFormed())
    throw noteError('the note is not text, or does not end with a whole line');
  const at = written.lastIndexOf('\n\n');
  if (at < 0) return { text: written, signatures: [] };
  const lines = written.slice(at + 2, -1).split('\n');
  if (lines.length > mostSignatures) throw noteError(`the note has more than ${mostSignatures} signatures`);
  return { text: written.slice(0, at + 1), signatures: lines.map(parseSignature) };
}

/**
 * The keys, of those that are trusted, that have signed the note: at least one. A signature by a trusted key that does not hold makes
 * the whole note invalid; signatures by other keys say nothing.
 */
export function checkNote({ text, signatures }: Note, trusted: readonly Verifier[]): Verifier[] {
  const bytes = Buffer.from(text);
  const signed = trusted.filter((verifier) => {
    const own = signatures.filter(({ name, keyId }) => name === verifier.name && keyId === verifier.keyId);
    const broken = own.some(({ signature }) => !isSignedBy(verifier, bytes, signature));
    if (broken) throw signatureError(`the signature by ${verifier.name}+${verifier.keyId} does not hold`);
    return own.length > 0;
  });
  if (signed.length > 0) return signed;
  const found = signatures.map(({ name, keyId }) => `${name}+${keyId}`).join(', ');
  const keys = trusted.map(({ name, keyId }) => `${name}+${keyId}`).join(', ');
  throw signatureError(`expected a signature by ${keys}, found ${found === '' ? 'none' : found}`);
}

function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = /^— (\S+) (\S+)$/u.exec(line) ?? [];
  const bytes = decodeBase64(encoded);
  if (!isKeyName(name) || bytes === null || bytes.byteLength <= keyId_bytes)
    throw noteError('after the empty line, the note has something else than signatures');
  const keyId = Buffer.from(bytes.subarray(0, keyId_bytes)).toString('hex');
  return { name, keyId, signature: bytes.subarray(keyId_bytes) };
}

function noteError(message: string): GexlakeError {
  return new GexlakeError('CHECKPOINT_INVALID', message, { hint: 'Give the file as gexlake or the witness wrote it.' });
}

function signatureError(message: string): GexlakeError {
  return new GexlakeError('CHECKPOINT_UNTRUSTED', message, {
    hint: 'The checkpoint was altered, or another key signed it. Check both against what you have noted elsewhere.',
  });
}
