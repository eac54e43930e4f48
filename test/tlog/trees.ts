import { GrowingTree, hashLeaf, hashNode, emptyRoot, tilePath, type Hash, type ReadTile } from '../../src/tlog/tlog.ts';

/** Entries that all differ. */
export function entriesOf(count: number): Buffer[] {
  return Array.from({ length: count }, (_, at) => Buffer.from(`entry ${at}`));
}

/** The root as RFC 6962, section 2.1, defines it, word for word: the definition that everything else is held against. */
export function definedRoot(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return emptyRoot;
  if (leaves.length === 1) return leaves[0] as Hash;
  const left = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  return hashNode(definedRoot(leaves.slice(0, left)), definedRoot(leaves.slice(left)));
}

/** A log in memory: the tree, and the tiles that a folder would have of it. */
export function growLog(entries: readonly Uint8Array[]) {
  const tree = new GrowingTree();
  const tiles = new Map<string, Uint8Array>();
  for (const entry of entries)
    for (const { tile, bytes } of tree.append(hashLeaf(entry))) tiles.set(tilePath(tile), bytes);
  for (const { tile, bytes } of tree.edge()) tiles.set(tilePath(tile), bytes);
  return { tree, tiles, read: readFrom(tiles) };
}

/** Reads the tile, or where it is gone the widest one that has its hashes. */
function readFrom(tiles: ReadonlyMap<string, Uint8Array>): ReadTile {
  return (tile) => {
    for (let width = tile.width; width <= 256; width += 1) {
      const found = tiles.get(tilePath({ ...tile, width }));
      if (found !== undefined) return found;
    }
    throw new Error(`no tile ${tilePath(tile)}`);
  };
}

/** The bytes with one bit turned. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] as number) ^ (1 << (bit % 8));
  return copy;
}
