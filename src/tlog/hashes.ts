import { createHash } from 'node:crypto';

/** A SHA-256 hash: of an entry, of a node over two hashes, or of a whole tree. */
export type Hash = Uint8Array;

export const hash_bytes = 32;

/** RFC 6962, section 2.1: leaves and nodes begin with different bytes, so that neither can be given out as the other. */
const leafPrefix = Uint8Array.of(0x00);
const node = Buffer.alloc(1 + 2 * hash_bytes, 0x01);

/** The root of a tree without entries: the hash of nothing. */
export const emptyRoot: Hash = createHash('sha256').digest();

/** The hash of an entry: `SHA-256(0x00 || entry)`. */
export function hashLeaf(entry: Uint8Array): Hash {
  return createHash('sha256').update(leafPrefix).update(entry).digest();
}

/** The hash of a node: `SHA-256(0x01 || left || right)`. */
export function hashNode(left: Hash, right: Hash): Hash {
  node.set(left, 1);
  node.set(right, 1 + hash_bytes);
  return createHash('sha256').update(node).digest();
}

/** The root of the tree that has these hashes as its leaves, `MTH` of RFC 6962; hashes of a tile give the hash one level up. */
export function rootOf(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return emptyRoot;
  let row = leaves;
  while (row.length > 1) row = parentsOf(row);
  return row[0] as Hash;
}

/** One row up. The last of an odd number has no sibling and goes up as it is, as RFC 6962 has it. */
function parentsOf(row: readonly Hash[]): Hash[] {
  const parents: Hash[] = [];
  for (let at = 0; at < row.length; at += 2) {
    const [left, right] = [row[at] as Hash, row[at + 1]];
    parents.push(right === undefined ? left : hashNode(left, right));
  }
  return parents;
}

export function sameHash(left: Hash, right: Hash): boolean {
  return Buffer.compare(left, right) === 0;
}

/** The hash at a place of a row of hashes, such as a tile: a view, not a copy. */
function hashAt(row: Uint8Array, at: number): Hash {
  return row.subarray(at * hash_bytes, (at + 1) * hash_bytes);
}

/** A part of a row of hashes as single hashes. */
export function hashesOf(row: Uint8Array, from: number, to: number): Hash[] {
  return Array.from({ length: to - from }, (_, at) => hashAt(row, from + at));
}
