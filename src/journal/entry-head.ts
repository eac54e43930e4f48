import type { EntryKind } from './entry.ts';

/*
 * What is read of an entry without parsing it: a journal of 100,000 jobs has 700 MB, and parsing it takes twice as long as all that
 * is read of it otherwise. Entries are canonical JSON: their keys are in order, and inside a string every quote has a backslash before
 * it, so that `"prev":"` stands for the key wherever it is first, and `"seq":` wherever it is last.
 */

export type EntryHead = {
  readonly kind: EntryKind;
  readonly committed_at: string;
  readonly prev: string;
  readonly seq: number;
  /** Whether its rows lie in a file of their own. */
  readonly hasPayload: boolean;
};

const commitKey = Buffer.from('"committed_at":"');
const kindKey = Buffer.from('"kind":"');
const prevKey = Buffer.from('"prev":"');
const seqKey = Buffer.from('"seq":');
/** Behind `prev`, and where there is one, behind `reason`. */
const rowsKey = Buffer.from('"rows":');
const openingBrace = 0x7b;
const quote = 0x22;
const comma = 0x2c;

/** @throws SyntaxError for bytes that are no entry */
export function readEntryHead(bytes: Uint8Array): EntryHead {
  const entry = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const committed_at = textAfter(entry, entry.indexOf(commitKey), commitKey.byteLength);
  const kind = textAfter(entry, entry.indexOf(kindKey), kindKey.byteLength);
  const prevAt = entry.indexOf(prevKey);
  const prev = textAfter(entry, prevAt, prevKey.byteLength);
  const at = entry.lastIndexOf(seqKey);
  const from = at + seqKey.byteLength;
  const seq = Number(entry.toString('latin1', from, Math.max(from, entry.indexOf(comma, from))) || Number.NaN);
  if (at === -1 || !Number.isSafeInteger(seq) || (kind !== 'change' && kind !== 'whole')) throw notAnEntry();
  const rowsAt = entry.indexOf(rowsKey, prevAt) + rowsKey.byteLength;
  return { kind, committed_at, prev, seq, hasPayload: entry[rowsAt] === openingBrace };
}

function textAfter(entry: Buffer, at: number, key_bytes: number): string {
  const from = at + key_bytes;
  const end = entry.indexOf(quote, from);
  if (at === -1 || end === -1) throw notAnEntry();
  return entry.toString('latin1', from, end);
}

function notAnEntry(): SyntaxError {
  return new SyntaxError('no entry of a journal');
}
