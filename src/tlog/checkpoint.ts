import { GexlakeError } from '../core/errors.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { hash_bytes, type Hash } from './hashes.ts';
import type { Signer, Verifier } from './keys.ts';
import { checkNote, formatNote, parseNote, signNote } from './note.ts';

/*
 * Checkpoints (C2SP tlog-checkpoint, https://c2sp.org/tlog-checkpoint): a note that says size and root of a log.
 */

export type Checkpoint = {
  /** Which log: a name that no other log has, such as `example.com/lake`. */
  readonly origin: string;
  /** How many entries it has. */
  readonly size: number;
  readonly root: Hash;
};

/** The file of a checkpoint, signed by these keys; without keys it is the body alone. */
export function formatCheckpoint({ origin, size, root }: Checkpoint, signers: readonly Signer[] = []): string {
  if (!/^\P{Cc}+$/u.test(origin) || !origin.isWellFormed())
    throw new GexlakeError('CHECKPOINT_INVALID', `${JSON.stringify(origin)} cannot be the origin of a log`, {
      hint: 'An origin is one line of text that is not empty, such as example.com/lake.',
    });
  const text = `${origin}\n${size}\n${encodeBase64(root)}\n`;
  return formatNote(signNote({ text, signatures: [] }, signers));
}

/** What a checkpoint says, whoever wrote it: no signature is looked at. */
export function parseCheckpoint(file: string): Checkpoint {
  return parseBody(parseNote(file).text);
}

/** What a checkpoint says that at least one of these keys has signed, and none of them wrongly. */
export function openCheckpoint(file: string, trusted: readonly Verifier[]): Checkpoint {
  const note = parseNote(file);
  checkNote(note, trusted);
  return parseBody(note.text);
}

/** Extension lines after the root are allowed; they mean nothing here. */
function parseBody(text: string): Checkpoint {
  const [origin = '', count = '', encoded = '', ...extensions] = text.slice(0, -1).split('\n');
  const root = decodeBase64(encoded);
  const size = /^(?:0|[1-9]\d{0,15})$/.test(count) ? Number(count) : Number.NaN;
  const isWhole = origin !== '' && Number.isSafeInteger(size) && !extensions.includes('');
  if (isWhole && root?.byteLength === hash_bytes) return { origin, size, root };
  throw new GexlakeError('CHECKPOINT_INVALID', 'this is not a checkpoint: origin, size and root, each on its line', {
    hint: 'Give the file `checkpoint` of a log, or a copy of it.',
  });
}
