import { join } from 'node:path';
import { tilePath, tile_width, type Tile } from '../tlog/tlog.ts';

/** Entries in a full bundle. */
export const bundle_entries = tile_width;

/** Where the parts of a journal lie, in its folder. */
export type JournalPlaces = {
  readonly root: string;
  readonly tails: string;
  readonly payloads: string;
  readonly secrets: string;
  /** Is there while the first entry is being made, so that what a crash leaves of that is told from a journal that has lost its entries. */
  readonly beginning: string;
  /** What the journal said last of its size and root (C2SP tlog-checkpoint). */
  readonly checkpoint: string;
  /** Checkpoints that were given to somebody outside, with what they gave for them. */
  readonly anchors: string;
  /** The file of the entries from `first` on, which is a multiple of {@link bundle_entries}. */
  readonly tail: (first: number) => string;
  /** A tile of hashes, or a bundle of entries. */
  readonly tile: (tile: Tile) => string;
  readonly payload: (sha256: string) => string;
};

export function placesIn(root: string): JournalPlaces {
  const tails = join(root, 'tail');
  const payloads = join(root, 'payload');
  return {
    root,
    tails,
    payloads,
    secrets: join(root, 'secrets'),
    beginning: join(root, 'beginning'),
    anchors: join(root, 'anchors'),
    checkpoint: join(root, 'checkpoint'),
    tail: (first) => join(tails, String(first).padStart(12, '0')),
    tile: (tile) => join(root, tilePath(tile)),
    payload: (sha256) => join(payloads, sha256),
  };
}

/** The first entry of a tail by its file's name; null for a name that gexlake does not give. */
export function firstOfTail(name: string): number | null {
  const first = /^\d{12}$/.test(name) ? Number(name) : Number.NaN;
  return first % bundle_entries === 0 ? first : null;
}
