/*
 * Where a tree's hashes and entries lie (C2SP tlog-tiles, https://c2sp.org/tlog-tiles). A tile holds up to 256 neighbouring hashes: of
 * entries at level 0, of full tiles of the level below at the others. A bundle holds the entries of a tile of level 0.
 */

/** Hashes in a full tile, and entries in a full bundle. */
export const tile_width = 256;

/** Binary levels of the tree that a level of tiles stands for: 2^8 = 256. */
export const tile_height = 8;

const highestLevel = 63;

export type Tile = {
  /** 0 for hashes of entries; `entries` for a bundle of the entries themselves. */
  readonly level: number | 'entries';
  /** Its number in its level, from 0. */
  readonly index: number;
  /** How many hashes or entries it has: 256 for a full one, which never changes. */
  readonly width: number;
};

export type StoredTile = { readonly tile: Tile; readonly bytes: Uint8Array };

/**
 * Gives the hashes of a tile, one after the other. More of them than `width` are welcome: where a partial tile is gone, the full one
 * will do. Fewer are a defect: whoever reads files says what is damaged.
 */
export type ReadTile = (tile: Tile) => Promise<Uint8Array> | Uint8Array;

/** `tile/0/x001/x234/067`, `tile/1/000.p/17`, `tile/entries/000`: relative, with `/`. */
export function tilePath({ level, index, width }: Tile): string {
  const suffix = width === tile_width ? '' : `.p/${width}`;
  return `tile/${level}/${formatIndex(index)}${suffix}`;
}

/** The tile of a path; null for any other path, also for one that says the same in another way. */
export function parseTilePath(path: string): Tile | null {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (match === null) return null;
  const [, place = '', digits = '', partial] = match;
  const tile: Tile = {
    level: place === 'entries' ? place : Number(place),
    index: Number(digits.replaceAll(/[x/]/g, '')),
    width: partial === undefined ? tile_width : Number(partial),
  };
  return isPossible(tile) && tilePath(tile) === path ? tile : null;
}

/** The hash tiles that change when a tree grows, in order of level and index: each as it is at the new size. */
export function grownTiles(from: number, to: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0, [old, count] = [from, to]; count > 0; level += 1) {
    tiles.push(...grownRow(level, old, count));
    [old, count] = [Math.floor(old / tile_width), Math.floor(count / tile_width)];
  }
  return tiles;
}

/** The bundles that change when a log grows, each as it is at the new size. */
export function grownBundles(from: number, to: number): Tile[] {
  return grownRow('entries', from, to);
}

/** The partial hash tiles of a tree of this size, from level 0 up; a level whose last tile is full has none. */
export function edgeTiles(size: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / tile_width)) {
    const width = count % tile_width;
    if (width > 0) tiles.push({ level, index: Math.floor(count / tile_width), width });
  }
  return tiles;
}

function grownRow(level: Tile['level'], from: number, to: number): Tile[] {
  const first = Math.floor(from / tile_width);
  const count = from < to ? Math.ceil(to / tile_width) - first : 0;
  return Array.from({ length: count }, (_, at) => {
    const index = first + at;
    return { level, index, width: Math.min(tile_width, to - index * tile_width) };
  });
}

function isPossible({ level, index, width }: Tile): boolean {
  const isLevel = level === 'entries' || level <= highestLevel;
  return isLevel && Number.isSafeInteger(index) && width >= 1 && width <= tile_width;
}

/** In groups of three digits, all but the last with an x before them, so that no file's name is a folder's. */
function formatIndex(index: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
}
