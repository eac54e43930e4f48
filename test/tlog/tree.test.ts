import assert from 'node:assert/strict';
import { suite } from 'node:test';
import fc from 'fast-check';
import {
  GrowingTree,
  hashAtSize,
  hashLeaf,
  hashNode,
  proveConsistency,
  proveInclusion,
  rootOf,
  tilePath,
  verifyConsistency,
  verifyInclusion,
  type Hash,
  type ReadTile,
} from '../../src/tlog/tlog.ts';
import { runs, test } from '../support/shares.ts';
import { definedRoot, entriesOf, flipped, growLog } from './trees.ts';

const hex = (hash: Hash) => Buffer.from(hash).toString('hex');

const total = 300;
/** The entries and roots that implementations of RFC 6962 test themselves with. */
const knownEntries = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((entry) => Buffer.from(entry, 'hex'));
const knownRoots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const entries = entriesOf(total);
const log = growLog(entries);
const leaves = entries.map((entry) => hashLeaf(entry));
const roots = Array.from({ length: total + 1 }, (_, size) => rootOf(leaves.slice(0, size)));
const at = (size: number) => roots[size] as Hash;

suite('the Merkle tree of RFC 6962', () => {
  test('has the known roots at every size', () => {
    const tree = new GrowingTree();
    const roots = [hex(tree.root())];
    for (const entry of knownEntries) {
      tree.append(hashLeaf(entry));
      roots.push(hex(tree.root()));
    }
    assert.deepEqual(roots, knownRoots);
  });

  test('has the known proofs', async () => {
    const { read } = growLog(knownEntries);
    assert.deepEqual((await proveInclusion(5, 8, read)).map(hex), [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    assert.deepEqual((await proveConsistency(6, 8, read)).map(hex), [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });

  test('has at every size the root of the definition, whether grown, read from tiles, or restored', async () => {
    const tree = new GrowingTree();
    for (let size = 0; size <= total; size += 1) {
      const root = hex(definedRoot(leaves.slice(0, size)));
      assert.deepEqual(
        [tree.size, hex(tree.root()), hex(rootOf(leaves.slice(0, size))), hex(await hashAtSize(size, log.read))],
        [size, root, root, root],
      );
      const restored = await GrowingTree.restore(size, log.read);
      assert.deepEqual([hex(restored.root()), restored.edge()], [root, tree.edge()]);
      if (size < total) tree.append(leaves[size] as Hash);
    }
  });

  for (const [trial, numRuns] of runs(1, 8))
    trial(`grows after it was restored as if it had never been away: ${numRuns} times`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 70_000 }), fc.integer({ min: 0, max: 700 }), async (size, more) => {
          const leaf = hashLeaf(Buffer.from('the same'));
          const whole = new GrowingTree();
          for (let at = 0; at < size; at += 1) whole.append(leaf);
          const edge = new Map(whole.edge().map(({ tile, bytes }) => [tilePath(tile), bytes]));
          const restored = await GrowingTree.restore(size, (tile) => edge.get(tilePath(tile)) ?? assert.fail());
          for (let at = 0; at < more; at += 1) assert.deepEqual(restored.append(leaf), whole.append(leaf));
          assert.deepEqual([restored.size, restored.root()], [whole.size, whole.root()]);
        }),
        { numRuns },
      );
    });
});

/** How far apart the larger sizes are that are tried: the fewer small ones, the fewer large ones. */
function sparse(dense: number): number {
  return Math.round(858 / dense);
}

suite('proofs', () => {
  for (const [trial, dense] of runs(6, 66))
    trial(`of every entry in a tree of every size up to ${dense} hold, and of some larger ones`, async () => {
      for (let size = 1; size <= total; size += size < dense ? 1 : sparse(dense)) {
        for (let index = 0; index < size; index += 1) {
          const proof = await proveInclusion(index, size, log.read);
          const claim = { leaf: leaves[index] as Hash, index, size, root: at(size) };
          assert.ok(verifyInclusion(claim, proof), `${index} of ${size}`);
          assert.ok(proof.length <= Math.ceil(Math.log2(size)));
          if (index !== size - 1) assert.ok(!verifyInclusion({ ...claim, index: index + 1 }, proof));
        }
      }
    });

  for (const [trial, dense] of runs(6, 66))
    trial(`of every size in every one up to ${dense} hold, and in some larger ones`, async () => {
      for (let to = 0; to <= total; to += to < dense ? 1 : sparse(dense)) {
        for (let from = 0; from <= to; from += 1) {
          const proof = await proveConsistency(from, to, log.read);
          const claim = { from, fromRoot: at(from), to, toRoot: at(to) };
          assert.ok(verifyConsistency(claim, proof), `${from} in ${to}`);
          if (from > 0 && from < to) assert.ok(!verifyConsistency({ ...claim, from: from - 1 }, proof));
        }
      }
    });

  const sizes = fc
    .integer({ min: 1, max: total })
    .chain((size) =>
      fc.record({ size: fc.constant(size), part: fc.integer({ min: 0, max: size - 1 }), bit: fc.nat(32 * 8 * 12 - 1) }),
    );

  test('of an entry do not hold once anything in them is altered', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ({ size, part: index, bit }) => {
        const proof = await proveInclusion(index, size, log.read);
        const claim = { leaf: leaves[index] as Hash, index, size, root: at(size) };
        for (const altered of alteredProofs(proof, bit)) assert.ok(!verifyInclusion(claim, altered));
        assert.ok(!verifyInclusion({ ...claim, leaf: flipped(claim.leaf, bit) }, proof));
        assert.ok(!verifyInclusion({ ...claim, root: flipped(claim.root, bit) }, proof));
        assert.ok(!verifyInclusion({ ...claim, index: size }, proof));
        for (const other of [index - 1, index + 1, index + 0.5, Number.NaN])
          assert.ok(!verifyInclusion({ ...claim, index: other }, proof));
      }),
    );
  });

  test('of consistency do not hold once anything in them is altered', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ({ size: to, part, bit }) => {
        const from = part + 1;
        const proof = await proveConsistency(from, to, log.read);
        const claim = { from, fromRoot: at(from), to, toRoot: at(to) };
        for (const altered of alteredProofs(proof, bit)) assert.ok(!verifyConsistency(claim, altered));
        assert.ok(!verifyConsistency({ ...claim, fromRoot: flipped(at(from), bit) }, proof));
        assert.ok(!verifyConsistency({ ...claim, toRoot: flipped(at(to), bit) }, proof));
        assert.ok(!verifyConsistency({ ...claim, to: from - 1 }, proof));
        if (from !== to)
          assert.ok(!verifyConsistency({ from: to, fromRoot: at(to), to: from, toRoot: at(from) }, proof));
      }),
    );
  });

  test('hold in trees of any size that can be counted', async () => {
    // All entries are equal, so every complete subtree of a height has the same hash.
    const complete = [hashLeaf(Buffer.from('equal'))];
    while (complete.length < 57) complete.push(hashNode(complete.at(-1) as Hash, complete.at(-1) as Hash));
    const read: ReadTile = ({ level, width }) =>
      Buffer.concat(Array.from({ length: width }, () => complete[Number(level) * 8] as Hash));
    const large = fc.tuple(fc.maxSafeNat(), fc.maxSafeNat()).filter(([left, right]) => left > 0 && left < right);
    await fc.assert(
      fc.asyncProperty(large, async ([from, to]) => {
        const [fromRoot, toRoot] = [await hashAtSize(from, read), await hashAtSize(to, read)];
        const inclusion = { leaf: complete[0] as Hash, index: from, size: to, root: toRoot };
        assert.ok(verifyInclusion(inclusion, await proveInclusion(from, to, read)));
        const proof = await proveConsistency(from, to, read);
        assert.ok(verifyConsistency({ from, fromRoot, to, toRoot }, proof));
        assert.ok(!verifyConsistency({ from: from - 1, fromRoot, to, toRoot }, proof));
        assert.equal(hex((await GrowingTree.restore(to, read)).root()), hex(toRoot));
      }),
      {
        numRuns: 40,
        examples: [[[1, Number.MAX_SAFE_INTEGER]], [[2 ** 52, 2 ** 52 + 1]], [[2 ** 32 - 1, 2 ** 32 + 1]]],
      },
    );
  });

  test('from the empty tree are empty, and only for its own root', () => {
    const claim = { from: 0, fromRoot: at(0), to: 5, toRoot: at(5) };
    assert.ok(verifyConsistency(claim, []));
    assert.ok(!verifyConsistency({ ...claim, fromRoot: at(1) }, []));
    assert.ok(!verifyConsistency(claim, [at(5)]));
    assert.ok(!verifyConsistency({ ...claim, to: 0 }, []));
  });

  test('are not made of a damaged tile without notice, nor of one that is too short', async () => {
    for (const { tile, bytes } of log.tree.edge()) {
      const path = tilePath(tile);
      const read = (changed: Uint8Array) => (tile: Parameters<typeof log.read>[0]) =>
        tilePath(tile) === path ? changed : log.read(tile);
      assert.notDeepEqual(await hashAtSize(total, read(flipped(bytes, 77))), at(total));
      await assert.rejects(async () => hashAtSize(total, read(bytes.subarray(1))), /was read as/);
    }
  });
});

/** One bit turned, cut at both ends, longer, and with a hash that is too short. */
function alteredProofs(proof: readonly Hash[], bit: number): Hash[][] {
  const extra = Buffer.alloc(32, 1);
  const changes = proof.length === 0 ? [] : [proof.slice(1), proof.slice(0, -1)];
  if (proof.length > 0) {
    const place = bit % proof.length;
    changes.push(proof.with(place, flipped(proof[place] as Hash, bit)));
    changes.push(proof.with(place, (proof[place] as Hash).subarray(0, 31)));
  }
  return [...changes, [...proof, extra], [extra, ...proof]];
}
