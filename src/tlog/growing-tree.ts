import { emptyRoot, hash_bytes, hashesOf, hashNode, rootOf, type Hash } from './hashes.ts';
import { joinRight, readRow } from './ranges.ts';
import { edgeTiles, tile_height, tile_width, type ReadTile, type StoredTile } from './tiles.ts';

const none: readonly StoredTile[] = [];

/**
 * A Merkle tree that grows at its right end and knows nothing but that end: some kilobytes, however many entries there are. An append
 * costs one hash of a node on average, a root one for each bit of the size. It touches no file; what is given out is the caller's to
 * keep.
 */
export class GrowingTree {
  #size = 0;
  /** The complete subtrees that the tree consists of, largest first: one for each bit of the size. */
  readonly #peaks: Hash[] = [];
  /** By level, the hashes of its last tile so far, as long as it is not full. */
  readonly #edge: Uint8Array[] = [];

  /**
   * The tree of `size` entries, from its partial tiles: at most one for each level. Whether they are right is shown by the root, which
   * the caller compares with the one it trusts.
   */
  static async restore(size: number, read: ReadTile): Promise<GrowingTree> {
    const tree = new GrowingTree();
    const edge = edgeTiles(size);
    const rows = await Promise.all(edge.map((tile) => readRow(tile, read)));
    tree.#size = size;
    for (const [at, { level, width }] of edge.entries()) {
      const row = Uint8Array.from(rows[at] as Uint8Array);
      tree.#rowOf(Number(level)).set(row);
      tree.#peaks.unshift(...peaksOf(row, width));
    }
    return tree;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds an entry by the hash that {@link hashLeaf} gives, and returns the tiles that it has made full: mostly none. */
  append(leaf: Hash): readonly StoredTile[] {
    const full: StoredTile[] = [];
    let [hash, count, height] = [leaf, this.#size, 0];
    this.#addToEdge(0, count, hash, full);
    for (; count % 2 === 1; count = (count - 1) / 2) {
      hash = hashNode(this.#peaks.pop() as Hash, hash);
      height += 1;
      if (height % tile_height === 0) this.#addToEdge(height / tile_height, (count - 1) / 2, hash, full);
    }
    this.#peaks.push(hash);
    this.#size += 1;
    return full.length === 0 ? none : full;
  }

  root(): Hash {
    return this.#size === 0 ? emptyRoot : joinRight(this.#peaks);
  }

  /** The partial tiles that make up the right end, as {@link GrowingTree.restore} reads them. */
  edge(): StoredTile[] {
    return edgeTiles(this.#size).map((tile) => {
      const row = this.#rowOf(Number(tile.level));
      return { tile, bytes: Uint8Array.from(row.subarray(0, tile.width * hash_bytes)) };
    });
  }

  /** `at` is the hash's number in its level. */
  #addToEdge(level: number, at: number, hash: Hash, full: StoredTile[]): void {
    const place = at % tile_width;
    const row = this.#rowOf(level);
    row.set(hash, place * hash_bytes);
    if (place < tile_width - 1) return;
    full.push({ tile: { level, index: (at - place) / tile_width, width: tile_width }, bytes: Uint8Array.from(row) });
  }

  #rowOf(level: number): Uint8Array {
    return (this.#edge[level] ??= new Uint8Array(tile_width * hash_bytes));
  }
}

/** The complete subtrees over the hashes of a partial tile, largest first. */
function peaksOf(row: Uint8Array, width: number): Hash[] {
  const peaks: Hash[] = [];
  for (let [at, length] = [0, tile_width / 2]; length >= 1; length /= 2) {
    if (width - at < length) continue;
    peaks.push(rootOf(hashesOf(row, at, at + length)));
    at += length;
  }
  return peaks;
}
