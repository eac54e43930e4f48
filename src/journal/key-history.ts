import { GexlakeError } from '../core/errors.ts';
import {
  checkNote,
  formatNote,
  formatVerifier,
  parseNote,
  parseVerifier,
  signNote,
  type Signer,
  type Verifier,
} from '../tlog/tlog.ts';
import type { Entry } from './entry.ts';

/** A key by which checkpoints are signed, from an entry on. */
export type NamedKey = {
  readonly verifier: Verifier;
  /** `name+hash+base64`. */
  readonly text: string;
  readonly seq: number;
  /** Whether the key before it has said so; of the first one, null. */
  readonly isSigned: boolean | null;
};

/** What a key says of the one that takes its place. */
function successionText(origin: string, verifier: string): string {
  return `gexlake: checkpoints are signed by another key from here on\n${origin}\n${verifier}\n`;
}

/** A note by which a key hands over to the next one. */
export function stateSuccession(origin: string, verifier: string, old: Signer): string {
  return formatNote(signNote({ text: successionText(origin, verifier), signatures: [] }, [old]));
}

/** The keys of a journal, in the order in which its entries have named them. */
export class KeyHistory {
  readonly #origin: string;
  readonly keys: NamedKey[] = [];

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** The key that signs at the journal's end. */
  get current(): NamedKey | null {
    return this.keys.at(-1) ?? null;
  }

  /** Takes what an entry says of keys, if anything. */
  take({ seq, key }: Pick<Entry, 'seq' | 'key'>): void {
    if (key === undefined) return;
    const before = this.current;
    const verifier = parseVerifier(key.verifier);
    const isSigned = before === null ? null : this.#isSuccession(before.verifier, key);
    this.keys.push({ verifier, text: formatVerifier(verifier), seq, isSigned });
  }

  #isSuccession(old: Verifier, { verifier, statement }: NonNullable<Entry['key']>): boolean {
    try {
      const note = parseNote(statement ?? '');
      checkNote(note, [old]);
      return note.text === successionText(this.#origin, verifier);
    } catch (error) {
      if (error instanceof GexlakeError) return false;
      throw error;
    }
  }

  /** The key that signed checkpoints of a size; null where there was none yet. */
  keyAt(size: number): NamedKey | null {
    return this.keys.findLast(({ seq }) => seq < size) ?? null;
  }

  /** Those that are trusted if this one is: it, and each that was named by the one before it. */
  trustedFrom(given: Verifier): Verifier[] {
    const text = formatVerifier(given);
    const at = this.keys.findIndex((key) => key.text === text);
    if (at < 0) return [given];
    const later = this.keys.slice(at + 1);
    const broken = later.findIndex(({ isSigned }) => isSigned !== true);
    return [given, ...(broken < 0 ? later : later.slice(0, broken)).map(({ verifier }) => verifier)];
  }
}
