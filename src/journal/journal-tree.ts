import { basename, dirname } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import { GexlakeError } from '../core/errors.ts';
import { giveToOwnerOf, placeLoose, placeWhole } from '../platform/append-file.ts';
import { exists, readBytes } from '../platform/files.ts';
import { makeFolder } from '../platform/folders.ts';
import { listNames } from '../platform/listing.ts';
import { remove } from '../platform/work-files.ts';
import {
  edgeTiles,
  encodeEntry,
  formatCheckpoint,
  GrowingTree,
  hashAtSize,
  hash_bytes,
  hashesOf,
  hashLeaf,
  parseCheckpoint,
  parseNote,
  proveConsistency,
  proveInclusion,
  rootOf,
  sameHash,
  tile_width,
  verifyConsistency,
  verifyInclusion,
  type Checkpoint,
  type Hash,
  type Signer,
  type StoredTile,
  type Tile,
} from '../tlog/tlog.ts';
import { entryHash, type Position } from './entry.ts';
import { damagedHint, lostHint } from './hints.ts';
import { placesIn, type JournalPlaces } from './places.ts';

/** What is asked of a journal. */
type Entries = {
  readonly root: string;
  readonly position: () => Promise<Position>;
  /** The entries from one on, as they were written. */
  readonly bytes: (from?: number) => AsyncIterable<Uint8Array>;
  readonly readWhole: (onHash: (hash: string) => Promise<void>) => Promise<Position>;
};

/** A checkpoint as its file has it, and what it says. */
export type KeptCheckpoint = Checkpoint & { readonly text: string };

/** That an entry is in the journal: all that {@link verifyInclusion} asks for, and the checkpoint that says size and root. */
export type EntryProof = {
  /** The entry as it was written; its `hashLeaf` is the leaf. */
  readonly entry: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly root: Hash;
  readonly proof: readonly Hash[];
  /** C2SP tlog-checkpoint, signed where a key has signed it. */
  readonly checkpoint: string;
};

/**
 * A journal as the tree that C2SP tlog-tiles describes. Its size and root are in `checkpoint`, written after commits and by nobody who is
 * in a hurry: one that is missing or behind is none the worse, one that contradicts the entries is told. With it come the tiles that a
 * reader needs for its size. All of
 * them can be made again from the entries, so what will change again is not synced.
 */
export class JournalTree {
  readonly #journal: Entries;
  readonly #places: JournalPlaces;

  constructor(journal: Entries) {
    this.#journal = journal;
    this.#places = placesIn(journal.root);
  }

  /** What the journal is called in checkpoints: by its first entry, which no other journal has. Null where there is none. */
  async origin(): Promise<string | null> {
    for await (const bytes of this.#journal.bytes()) return `gexlake/${entryHash(bytes).slice(0, originDigits)}`;
    return null;
  }

  /** The checkpoint that was written last; null where there is none, or a power cut has left a part of it. */
  async kept(): Promise<KeptCheckpoint | null> {
    const text = (await readBytes(this.#places.checkpoint))?.toString('utf8') ?? '';
    if (text === '') return null;
    return parsedOrNull(text);
  }

  /**
   * Brings the checkpoint to the journal's end, with a signature by each of these keys; gives it. One that is signed stays where there is
   * no key. Null where there is no journal.
   * @throws LOG_ROLLED_BACK, LOG_FORKED where the one that is there contradicts the entries: it stays then; JOURNAL_DAMAGED
   */
  async keep(signers: readonly Signer[] = []): Promise<KeptCheckpoint | null> {
    const before = await this.kept();
    const { size } = await this.#journal.position();
    if (before !== null && before.size === size && isSignedByAll(before.text, signers)) return before;
    // One that was signed is worth more than one that says a little more and is not.
    if (before !== null && signers.length === 0 && isSigned(before.text)) return before;
    const origin = await this.origin();
    if (origin === null) return null;
    const { tree, full } = await this.#grown(before, origin);
    const checkpoint = { origin, size: tree.size, root: tree.root() };
    const text = formatCheckpoint(checkpoint, signers);
    await this.#placeTiles(tree, full);
    // Another process may have been quicker, and has seen more.
    if (((await this.kept())?.size ?? 0) > tree.size) return this.kept();
    await placeLoose('journal:checkpoint', this.#places.checkpoint, Buffer.from(text));
    if (before !== null) await this.#removeEdge(before.size, tree.size);
    return { text, ...checkpoint };
  }

  /** The tree at the journal's end, and what its checkpoint would be. @throws as {@link keep} */
  async current(): Promise<Checkpoint | null> {
    const before = await this.kept();
    const origin = await this.origin();
    if (origin === null) return null;
    const { tree } = await this.#grown(before, origin);
    return { origin, size: tree.size, root: tree.root() };
  }

  /** Reads all of the journal, and holds the full tiles against its entries; gives its end. @throws JOURNAL_DAMAGED */
  async readWhole(): Promise<Position> {
    return this.#journal.readWhole(this.comparing());
  }

  /** For who reads all of the journal anyway: takes the hash of each entry, in order, and holds the full tiles against them. */
  comparing(): (hash: string) => Promise<void> {
    const tree = new GrowingTree();
    return async (hash) => {
      for (const { tile, bytes } of tree.append(Buffer.from(hash, 'hex'))) await this.compareTile(tile, bytes);
    };
  }

  /** Holds the checkpoint against the entries; nothing is wrong where there is none. @throws LOG_ROLLED_BACK, LOG_FORKED */
  async check(): Promise<void> {
    const kept = await this.kept();
    const origin = await this.origin();
    if (kept !== null && origin !== null) await this.#treeOf(kept, origin);
  }

  /**
   * Proves that an entry is in the journal: by the checkpoint that is kept, or where that has it not yet, by one for the journal's end
   * that these keys sign. Writes nothing. Null where the journal is shorter.
   * @throws JOURNAL_DAMAGED where the tiles are not what the root says
   */
  async prove(seq: number, signers: readonly Signer[] = []): Promise<EntryProof | null> {
    const entry = await this.#entryAt(seq);
    if (entry === null) return null;
    const { text, size, root } = await this.#checkpointWith(seq, signers);
    const proof = await proveInclusion(seq, size, this.row);
    if (!verifyInclusion({ leaf: hashLeaf(entry), index: seq, size, root }, proof)) throw tilesDamaged(this.#journal);
    return { entry, index: seq, size, root, proof, checkpoint: text };
  }

  /** The root of the first entries. */
  async rootAt(size: number): Promise<Hash> {
    return hashAtSize(size, this.row);
  }

  /** Keeps a file about a checkpoint that was given to somebody outside, beside the entries; gives its path in the journal's folder. */
  async keepAnchor(name: string, bytes: Uint8Array): Promise<string> {
    const { anchors } = this.#places;
    await this.#makeFolder(anchors);
    await placeWhole('journal:checkpoint', anchors, { blocks: [bytes], name: () => name });
    return `${basename(anchors)}/${name}`;
  }

  /** The checkpoints that were given to somebody outside, by their paths in the journal's folder; null for a file that has none any more. */
  async anchored(): Promise<ReadonlyMap<string, KeptCheckpoint | null>> {
    const { anchors } = this.#places;
    const found = new Map<string, KeptCheckpoint | null>();
    for (const name of (await exists(anchors)) ? await listNames(anchors) : []) {
      if (!name.endsWith(anchoredEnding)) continue;
      const text = (await readBytes(`${anchors}/${name}`))?.toString('utf8') ?? '';
      found.set(`${basename(anchors)}/${name}`, parsedOrNull(text));
    }
    return found;
  }

  /** Proves that an older root is the beginning of a newer one. @throws JOURNAL_DAMAGED */
  async proveGrowth(from: Checkpoint, to: Checkpoint): Promise<readonly Hash[]> {
    const proof = await proveConsistency(from.size, to.size, this.row);
    const claim = { from: from.size, fromRoot: from.root, to: to.size, toRoot: to.root };
    if (!verifyConsistency(claim, proof)) throw tilesDamaged(this.#journal);
    return proof;
  }

  /** The hashes of a tile: from its file, from that of the full one, or where there is neither, from what lies below it. */
  readonly row = async (tile: Tile): Promise<Uint8Array> => {
    const { level, index, width } = tile;
    const size_bytes = width * hash_bytes;
    for (const found of [{ ...tile, width: tile_width }, tile]) {
      const bytes = await readBytes(this.#places.tile(found));
      if (bytes !== null && bytes.byteLength >= size_bytes) return bytes.subarray(0, size_bytes);
    }
    const hashes: Hash[] = [];
    if (level === 0 || level === 'entries') {
      for await (const bytes of this.#journal.bytes(index * tile_width))
        if (hashes.push(hashLeaf(bytes)) === width) break;
    } else
      for (let at = 0; at < width; at++) {
        const below = { level: level - 1, index: index * tile_width + at, width: tile_width };
        hashes.push(rootOf(hashesOf(await this.row(below), 0, tile_width)));
      }
    return Buffer.concat(hashes);
  };

  /** Holds the file of a full tile against what it should be; there may be none yet. @throws JOURNAL_DAMAGED */
  async compareTile(tile: Tile, expected: Uint8Array): Promise<void> {
    const path = this.#places.tile(tile);
    const found = await readBytes(path);
    if (found !== null && !found.equals(expected)) throw tilesDamaged(this.#journal, path);
  }

  async #entryAt(seq: number): Promise<Uint8Array | null> {
    for await (const bytes of this.#journal.bytes(seq)) return bytes;
    return null;
  }

  async #checkpointWith(seq: number, signers: readonly Signer[]): Promise<KeptCheckpoint> {
    const kept = await this.kept();
    if (kept !== null && kept.size > seq && kept.origin === (await this.origin())) return kept;
    const current = await this.current();
    if (current === null) throw new Error('a journal with an entry has no end');
    return { text: formatCheckpoint(current, signers), ...current };
  }

  /** The tree at the journal's end, grown from a checkpoint by the entries since, and the tiles that were filled on the way. */
  async #grown(
    before: Checkpoint | null,
    origin: string,
  ): Promise<{ readonly tree: GrowingTree; readonly full: StoredTile[] }> {
    const tree = before === null ? new GrowingTree() : await this.#treeOf(before, origin);
    const full: StoredTile[] = [];
    for await (const bytes of this.#journal.bytes(tree.size)) full.push(...tree.append(hashLeaf(bytes)));
    return { tree, full };
  }

  /**
   * The tree that a checkpoint is of: from its tiles, or where these make another root, from the entries.
   * @throws LOG_ROLLED_BACK, LOG_FORKED where the entries do, too
   */
  async #treeOf({ origin: said, size, root }: Checkpoint, origin: string): Promise<GrowingTree> {
    if (said !== origin)
      throw this.#contradiction('LOG_FORKED', `is of another journal, ${said}, and this one is ${origin}`);
    const end = await this.#journal.position();
    if (size > end.size) throw this.#contradiction('LOG_ROLLED_BACK', `has ${size} entries, and there are ${end.size}`);
    const tree = await GrowingTree.restore(size, this.row);
    if (sameHash(tree.root(), root)) return tree;
    const again = new GrowingTree();
    for await (const bytes of this.#journal.bytes()) {
      if (again.size === size) break;
      again.append(hashLeaf(bytes));
    }
    if (sameHash(again.root(), root)) return again;
    throw this.#contradiction('LOG_FORKED', `says another root of the first ${size} entries than they have`);
  }

  /** Those of levels above 0 are nobody else's to write; the others are those of a tail that is just full. */
  async #placeTiles(tree: GrowingTree, full: readonly StoredTile[]): Promise<void> {
    for (const { tile, bytes } of full)
      if (!(await exists(this.#places.tile(tile)))) await this.#placeTile(tile, bytes);
    for (const { tile, bytes } of tree.edge()) await this.#placeTile(tile, bytes);
    const last = lastBundle(tree.size);
    if (last === null || (await exists(this.#places.tile(last)))) return;
    const entries: Uint8Array[] = [];
    for await (const bytes of this.#journal.bytes(last.index * tile_width))
      if (entries.push(encodeEntry(bytes)) === last.width) break;
    await this.#placeTile(last, Buffer.concat(entries));
  }

  async #placeTile(tile: Tile, bytes: Uint8Array): Promise<void> {
    const path = this.#places.tile(tile);
    await this.#makeFolder(dirname(path));
    const isFull = tile.width === tile_width;
    if (isFull) await placeWhole('journal:checkpoint', dirname(path), { blocks: [bytes], name: () => basename(path) });
    else await placeLoose('journal:checkpoint', path, bytes);
  }

  async #makeFolder(path: string): Promise<void> {
    if (await exists(path)) return;
    if (path !== this.#places.root) await this.#makeFolder(dirname(path));
    await makeFolder('journal:checkpoint', path);
    await giveToOwnerOf(path, dirname(path));
  }

  /** Takes the partial tiles of an older size away, which none of a newer one needs. */
  async #removeEdge(older: number, newer: number): Promise<void> {
    const kept = new Set([...partialTiles(newer)].map((tile) => this.#places.tile(tile)));
    const places = new Set([...kept].map((path) => dirname(path)));
    for (const tile of partialTiles(older)) {
      const path = this.#places.tile(tile);
      if (kept.has(path)) continue;
      await remove('journal:checkpoint', places.has(dirname(path)) ? path : dirname(path));
    }
  }

  #contradiction(code: 'LOG_ROLLED_BACK' | 'LOG_FORKED', what: string): GexlakeError {
    const path = this.#places.checkpoint;
    return new GexlakeError(code, `the checkpoint ${path} ${what}`, { details: { path }, hint: lostHint });
  }
}

const originDigits = 32;

function parsedOrNull(text: string): KeptCheckpoint | null {
  try {
    return { text, ...parseCheckpoint(text) };
  } catch (error) {
    return unlessDefect(null)(error);
  }
}

/** What the names of anchored checkpoints end with. */
export const anchoredEnding = '.checkpoint';

/** The bundle at the end of a log of some size: partial, or the last full one. */
function lastBundle(size: number): Tile | null {
  if (size === 0) return null;
  const index = Math.floor((size - 1) / tile_width);
  return { level: 'entries', index, width: size - index * tile_width };
}

function partialTiles(size: number): Tile[] {
  const bundle = lastBundle(size);
  return [...edgeTiles(size), ...(bundle === null || bundle.width === tile_width ? [] : [bundle])];
}

function isSigned(text: string): boolean {
  return parseNote(text).signatures.length > 0;
}

/** Whether a note has a line by each of these keys. */
function isSignedByAll(text: string, signers: readonly Signer[]): boolean {
  const ids = new Set(parseNote(text).signatures.map(({ name, keyId }) => `${name}+${keyId}`));
  return signers.every(({ name, keyId }) => ids.has(`${name}+${keyId}`));
}

function tilesDamaged({ root }: Entries, path = `${root}/tile`): GexlakeError {
  return new GexlakeError('JOURNAL_DAMAGED', `hashes in ${path} are not those of the entries`, {
    details: { path },
    hint: damagedHint,
  });
}
