import { createHash } from 'node:crypto';
import type { SqlValue } from '../core/columns.ts';

/** The values of a row by column, as a statement would bind them; a column that is null is left out. */
export type JournalRow = Readonly<Record<string, SqlValue>>;

/** A row as it is after the transaction, or the key of one that is gone. */
export type RowChange = { readonly table: string } & ({ readonly row: JournalRow } | { readonly gone: JournalRow });

/** Where rows lie that are too many for an entry: `log/payload/<sha256>`, a {@link RowChange} on each line. */
export type Payload = { readonly sha256: string; readonly size_bytes: number };

/**
 * What an entry does to the log. `change`: the rows of one transaction. `whole`: all rows there are, before which nothing counts: the
 * first entry of a log that had none, and the one behind an upgrade of the tables.
 */
export type EntryKind = 'change' | 'whole';

/** What one transaction of the log has left, before it has its place in the journal. */
export type Draft = {
  readonly kind: EntryKind;
  /** The time of the transaction, ISO 8601 in UTC. */
  readonly committed_at: string;
  readonly actor: string;
  /** What was done: the names of the events that it noted, or of the tables that it changed. */
  readonly what: readonly string[];
  readonly rows: readonly RowChange[] | Payload;
  /**
   * Of the first entry: how far another journal went that the log had before, and that is not there any more; and the last root (base64)
   * that is known of it.
   */
  readonly before?: Position & {
    readonly root?: { readonly origin: string; readonly size: number; readonly root: string };
  };
  /** Of a first entry with `before`: why the journal was begun anew, where somebody has asked for it. */
  readonly reason?: string;
  /** A key by which checkpoints are signed from here on; `statement` is a note that the key before it has signed, if there was one. */
  readonly key?: { readonly verifier: string; readonly statement: string | null };
  /** A checkpoint that was given to somebody outside: to whom, and what they gave for it, beside the entries. */
  readonly anchor?: {
    readonly to: string;
    readonly size: number;
    readonly root: string;
    readonly file: string;
    readonly sha256: string;
  };
  /** Of the first entry: chance, so that no two journals begin with the same one, by which they are named. */
  readonly nonce?: string;
};

/** How far a journal goes: its number of entries, and the hash of the last one. */
export type Position = { readonly size: number; readonly head: string };

/** An entry of the journal. `seq` counts from 0; `prev` is the hash of the entry before it, 64 zeros before the first. */
export type Entry = Draft & { readonly seq: number; readonly prev: string };

export const noHash = '0'.repeat(64);

/** C2SP: an entry bundle has its entries' lengths in two bytes. */
export const largestEntry_bytes = 65_535;

/** The bytes of an entry: JSON with the keys of every object in order of their code points, no spaces. */
export function encodeEntry(entry: Entry): Buffer {
  return Buffer.from(canonicalJson(entry));
}

/** @throws SyntaxError for bytes that are no entry */
export function decodeEntry(bytes: Uint8Array): Entry {
  const entry = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as Entry;
  if (typeof entry.seq !== 'number' || typeof entry.prev !== 'string') throw new SyntaxError('no entry of a journal');
  return entry;
}

/** The hash by which the next entry names this one: SHA-256 of a zero byte and its bytes, its leaf in the tree (RFC 6962). */
export function entryHash(bytes: Uint8Array): string {
  return createHash('sha256').update(leafPrefix).update(bytes).digest('hex');
}

const leafPrefix = Buffer.of(0);

export function isPayload(rows: Draft['rows']): rows is Payload {
  return !Array.isArray(rows);
}

/** The line that a change takes in a payload. */
export function payloadLine(change: RowChange): string {
  return `${canonicalJson(change)}\n`;
}

/** What an entry has of a value that it must not have. */
export function secretHash(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

/** By hand: the first entry of a log with 30,000 jobs takes 5.5 s of processor time, and 7.8 by a replacer of JSON.stringify. */
function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const parts = Object.entries(value).filter(([, part]) => part !== undefined);
  parts.sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${parts.map(([key, part]) => `${JSON.stringify(key)}:${canonicalJson(part)}`).join(',')}}`;
}
