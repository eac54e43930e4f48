import { hash_bytes, hashesOf, hashNode, rootOf, type Hash } from './hashes.ts';
import { tile_width, tilePath, type ReadTile, type Tile } from './tiles.ts';

/** Entries from `start` up to `end`, which is not among them. */
export type Range = { readonly start: number; readonly end: number };

/** Where the hashes are of which the hash of a complete subtree is made. */
type Piece = { readonly tile: Tile; readonly from: number; readonly to: number };

/**
 * The hashes of ranges of a tree of `size` entries, as RFC 6962 splits it. Every tile that is needed is read once, all at the same
 * time.
 */
export async function hashRanges(ranges: readonly Range[], size: number, read: ReadTile): Promise<Hash[]> {
  const plans = ranges.map((range) => piecesOf(range, size));
  const tiles = new Map(plans.flat().map(({ tile }) => [tilePath(tile), tile]));
  const rows = new Map<string, Uint8Array>();
  await Promise.all(
    Array.from(tiles, async ([path, tile]) => {
      rows.set(path, await readRow(tile, read));
    }),
  );
  return plans.map((pieces) => joinRight(pieces.map((piece) => hashPiece(piece, rows))));
}

/** The hashes of a tile, as many as it has by its width. */
export async function readRow(tile: Tile, read: ReadTile): Promise<Uint8Array> {
  const row = await read(tile);
  const size_bytes = tile.width * hash_bytes;
  if (row.byteLength < size_bytes)
    throw new Error(`${tilePath(tile)} was read as ${row.byteLength} bytes, expected ${size_bytes}`);
  return row.subarray(0, size_bytes);
}

/** Hashes of complete subtrees, largest first, joined as RFC 6962 joins them: each with all that is to its right. */
export function joinRight(parts: readonly Hash[]): Hash {
  return parts.reduceRight((right, left) => hashNode(left, right));
}

/** A range as complete subtrees, largest first. */
function piecesOf({ start, end }: Range, size: number): Piece[] {
  const pieces: Piece[] = [];
  for (let [at, length] = [start, largestPower(end - start)]; at < end;) {
    while (length > end - at) length /= 2;
    pieces.push(pieceOf(at, length, size));
    at += length;
  }
  return pieces;
}

/** Where the subtree over `length` entries from `start` lies: `length` is a power of two, and `start` a multiple of it. */
function pieceOf(start: number, length: number, size: number): Piece {
  let [level, entriesOfHash] = [0, 1];
  for (; length >= entriesOfHash * tile_width; entriesOfHash *= tile_width) level += 1;
  const first = start / entriesOfHash;
  const index = Math.floor(first / tile_width);
  const hashesThere = Math.floor(size / entriesOfHash) - index * tile_width;
  const from = first % tile_width;
  const tile = { level, index, width: Math.min(tile_width, hashesThere) };
  return { tile, from, to: from + length / entriesOfHash };
}

function hashPiece({ tile, from, to }: Piece, rows: ReadonlyMap<string, Uint8Array>): Hash {
  return rootOf(hashesOf(rows.get(tilePath(tile)) as Uint8Array, from, to));
}

/** The largest power of two that is not larger. */
export function largestPower(number: number): number {
  let power = 1;
  while (power * 2 <= number) power *= 2;
  return power;
}
