/*
 * The door of the room of transparency logs: a Merkle tree over entries (RFC 6962), the tiles and bundles that it is kept in
 * (C2SP tlog-tiles), and the signed checkpoints that say its size and root (C2SP tlog-checkpoint). It computes; what is read and
 * written, and what an entry means, is its caller's.
 */

export { encodeEntry, entry_limit_bytes, splitEntries } from './bundles.ts';
export { formatCheckpoint, openCheckpoint, parseCheckpoint, type Checkpoint } from './checkpoint.ts';
export { cosign, cosignedAt_s, formatCosigner, parseCosigner } from './cosignatures.ts';
export { GrowingTree } from './growing-tree.ts';
export { emptyRoot, hashesOf, hashLeaf, hashNode, hash_bytes, rootOf, sameHash, type Hash } from './hashes.ts';
export { formatSigner, formatVerifier, generateSigner, parseSigner, parseVerifier, verifierOf } from './keys.ts';
export type { Signer, Verifier } from './keys.ts';
export { checkNote, formatNote, parseNote, signNote } from './note.ts';
export { hashAtSize, proveConsistency, proveInclusion, proveLeaf } from './prove.ts';
export { edgeTiles, grownBundles, grownTiles, parseTilePath, tilePath, tile_width } from './tiles.ts';
export type { ReadTile, StoredTile, Tile } from './tiles.ts';
export { verifyConsistency, verifyInclusion } from './verify.ts';
