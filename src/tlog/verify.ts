import { emptyRoot, hash_bytes, hashNode, sameHash, type Hash } from './hashes.ts';

/*
 * Checks proofs by the algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2, which share nothing with the way the proofs are made.
 * Their numbers stay exact in a double, so there are no operators on bits, which know 32 of them.
 */

export type InclusionClaim = {
  /** The hash of the entry, by hashLeaf. */
  readonly leaf: Hash;
  readonly index: number;
  readonly size: number;
  readonly root: Hash;
};

export type ConsistencyClaim = {
  readonly from: number;
  readonly fromRoot: Hash;
  readonly to: number;
  readonly toRoot: Hash;
};

/** Whether the proof shows that the tree of this size and root has the entry at this place. */
export function verifyInclusion({ leaf, index, size, root }: InclusionClaim, proof: readonly Hash[]): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || ![leaf, root, ...proof].every(isHash)) return false;
  let [place, last, hash] = [index, size - 1, leaf];
  for (const beside of proof) {
    if (last === 0) return false;
    if (isOdd(place) || place === last) {
      hash = hashNode(beside, hash);
      [place, last] = upToLeftTurn(place, last);
    } else hash = hashNode(hash, beside);
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && sameHash(hash, root);
}

/** Whether the proof shows that the first `from` entries of the larger tree are the smaller one. */
export function verifyConsistency({ from, fromRoot, to, toRoot }: ConsistencyClaim, proof: readonly Hash[]): boolean {
  if (!isCount(from) || !isCount(to) || from > to || ![fromRoot, toRoot, ...proof].every(isHash)) return false;
  if (from === 0) return proof.length === 0 && sameHash(fromRoot, emptyRoot) && (to > 0 || sameHash(toRoot, emptyRoot));
  if (from === to) return proof.length === 0 && sameHash(fromRoot, toRoot);
  const [first, ...path] = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  return first !== undefined && verifyGrowth({ from, fromRoot, to, toRoot }, first, path);
}

/** `first` is the hash of the largest complete subtree at the old tree's right end; `path` leads from it to both roots. */
function verifyGrowth(claim: ConsistencyClaim, first: Hash, path: readonly Hash[]): boolean {
  let [place, last] = [claim.from - 1, claim.to - 1];
  while (isOdd(place)) [place, last] = [half(place), half(last)];
  let [older, newer] = [first, first];
  for (const beside of path) {
    if (last === 0) return false;
    if (isOdd(place) || place === last) {
      older = hashNode(beside, older);
      newer = hashNode(beside, newer);
      [place, last] = upToLeftTurn(place, last);
    } else newer = hashNode(newer, beside);
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && sameHash(older, claim.fromRoot) && sameHash(newer, claim.toRoot);
}

/** At the right edge a node may have no sibling for some levels: up to where it has one to its left. */
function upToLeftTurn(place: number, last: number): [number, number] {
  let [at, end] = [place, last];
  while (!isOdd(at) && at > 0) [at, end] = [half(at), half(end)];
  return [at, end];
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.byteLength === hash_bytes;
}

function isCount(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}

function isOdd(number: number): boolean {
  return number % 2 === 1;
}

function half(number: number): number {
  return Math.floor(number / 2);
}

function isPowerOfTwo(number: number): boolean {
  let power = number;
  while (power > 1 && !isOdd(power)) power /= 2;
  return power === 1;
}
