import { emptyRoot, rootOf, type Hash } from './hashes.ts';
import { hashRanges, largestPower, type Range } from './ranges.ts';
import type { ReadTile } from './tiles.ts';

/*
 * Proofs are made from tiles that nobody has checked. Whoever made one checks it (verify.ts) against a root that is trusted, before it
 * is handed on: that finds a damaged tile.
 */

/**
 * The hashes that lead from an entry to the root of the tree of the first `size` entries: `PATH` of RFC 6962, section 2.1.1. `read`
 * gives tiles of that tree, or of one that it has grown to.
 */
export async function proveInclusion(index: number, size: number, read: ReadTile): Promise<Hash[]> {
  if (!(index >= 0 && index < size)) throw new RangeError(`entry ${index} of ${size}`);
  return hashRanges(inclusionRanges(index, size), size, read);
}

/** {@link proveInclusion} for a tree whose leaves are all at hand. */
export function proveLeaf(index: number, leaves: readonly Hash[]): Hash[] {
  if (!(index >= 0 && index < leaves.length)) throw new RangeError(`leaf ${index} of ${leaves.length}`);
  return inclusionRanges(index, leaves.length).map(({ start, end }) => rootOf(leaves.slice(start, end)));
}

/**
 * The hashes that show the first `from` entries to be the beginning of the first `to`: `PROOF` of RFC 6962, section 2.1.2. There is
 * nothing to show, and no hash, where `from` is 0 or `to`.
 */
export async function proveConsistency(from: number, to: number, read: ReadTile): Promise<Hash[]> {
  if (!(from >= 0 && from <= to)) throw new RangeError(`${from} entries of ${to}`);
  return hashRanges(from === 0 ? [] : consistencyRanges(from, to), to, read);
}

/** The root of the first `size` entries, from the tiles of that tree or of one that it has grown to. */
export async function hashAtSize(size: number, read: ReadTile): Promise<Hash> {
  const [root = emptyRoot] = await hashRanges(size === 0 ? [] : [{ start: 0, end: size }], size, read);
  return root;
}

/** What stands beside the path from an entry to the root, from below. */
function inclusionRanges(index: number, size: number): Range[] {
  const beside: Range[] = [];
  for (let [start, end] = [0, size]; end - start > 1;) {
    const middle = splitOf(start, end);
    const isLeft = index < middle;
    beside.push(isLeft ? { start: middle, end } : { start, end: middle });
    if (isLeft) end = middle;
    else start = middle;
  }
  return beside.reverse();
}

function consistencyRanges(from: number, to: number): Range[] {
  const ranges: Range[] = [];
  let [start, end] = [0, to];
  while (from < end) {
    const middle = splitOf(start, end);
    const isLeft = from <= middle;
    ranges.push(isLeft ? { start: middle, end } : { start, end: middle });
    if (isLeft) end = middle;
    else start = middle;
  }
  // The old tree itself is known to whoever knows its root; a part of it is not.
  if (start > 0) ranges.push({ start, end });
  return ranges.reverse();
}

/** Where RFC 6962 splits entries: the left side has the largest power of two that is smaller than their number. */
function splitOf(start: number, end: number): number {
  return start + largestPower(end - start - 1);
}
