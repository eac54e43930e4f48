import { join } from 'node:path';

/** Entries in a full bundle, and hashes in a full tile (C2SP tlog-tiles). */
export const bundle_entries = 256;

/** Where the parts of a journal lie, in its folder. */
export type JournalPlaces = {
  readonly root: string;
  readonly tails: string;
  readonly payloads: string;
  readonly queries: string;
  /** The file of the entries from `first` on, which is a multiple of {@link bundle_entries}. */
  readonly tail: (first: number) => string;
  /** The entries of a full bundle. */
  readonly bundle: (index: number) => string;
  readonly payload: (sha256: string) => string;
};

export function placesIn(root: string): JournalPlaces {
  const tails = join(root, 'tail');
  const payloads = join(root, 'payload');
  return {
    root,
    tails,
    payloads,
    queries: join(root, 'queries'),
    tail: (first) => join(tails, String(first).padStart(12, '0')),
    bundle: (index) => join(root, 'tile', 'entries', ...tileName(index)),
    payload: (sha256) => join(payloads, sha256),
  };
}

/** The first entry of a tail by its file's name; null for a name that gexlake does not give. */
export function firstOfTail(name: string): number | null {
  return /^\d{12}$/.test(name) ? Number(name) : null;
}

/** 1234067 is `x001/x234/067`: all parts but the last begin with an x. */
function tileName(index: number): string[] {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const parts = padded.match(/\d{3}/g) ?? [];
  return parts.map((part, at) => (at === parts.length - 1 ? part : `x${part}`));
}
