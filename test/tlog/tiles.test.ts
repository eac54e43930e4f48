import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  edgeTiles,
  encodeEntry,
  entry_limit_bytes,
  grownBundles,
  grownTiles,
  hash_bytes,
  parseTilePath,
  splitEntries,
  tilePath,
  tile_width,
  type Tile,
} from '../../src/tlog/tlog.ts';
import { entriesOf, growLog } from './trees.ts';

suite('tiles', () => {
  test('have the paths of the specification, and only these are read', () => {
    const paths = {
      'tile/0/x001/x234/067': { level: 0, index: 1_234_067, width: 256 },
      'tile/63/000.p/255': { level: 63, index: 0, width: 255 },
      'tile/entries/x001/000.p/1': { level: 'entries', index: 1000, width: 1 },
    } as const;
    for (const [path, tile] of Object.entries(paths)) {
      assert.equal(tilePath(tile), path);
      assert.deepEqual(parseTilePath(path), tile);
    }
    const others = [
      '/tile/0/000',
      'tile/00/000',
      'tile/64/000',
      'tile/0/0',
      'tile/0/x000/001',
      'tile/0/001/002',
      'tile/0/x001',
      'tile/0/000.p/0',
      'tile/0/000.p/256',
      'tile/0/000.p/05',
      'tile/0/000.p',
      'tile/entry/000',
      'tile/0/000\n',
      `tile/0/${'x999/'.repeat(6)}999`,
    ];
    for (const path of others) assert.equal(parseTilePath(path), null, path);
  });

  test('are read from their paths as they were written', () => {
    const tiles: fc.Arbitrary<Tile> = fc.record(
      {
        level: fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant('entries' as const)),
        index: fc.maxSafeNat(),
        width: fc.integer({ min: 1, max: 256 }),
      },
      { noNullPrototype: true },
    );
    fc.assert(fc.property(tiles, (tile) => assert.deepEqual(parseTilePath(tilePath(tile)), tile)));
  });

  test('of a tree of 70,000 entries are those of the specification', () => {
    const tiles = grownTiles(0, 70_000);
    const count = (level: number) => tiles.filter((tile) => tile.level === level).length;
    assert.deepEqual([count(0), count(1), count(2), count(3)], [274, 2, 1, 0]);
    const edge = [
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ];
    assert.deepEqual(edgeTiles(70_000), edge);
    assert.deepEqual(
      tiles.filter(({ width }) => width < tile_width),
      edge,
    );
    assert.deepEqual(edgeTiles(256), [{ level: 1, index: 0, width: 1 }]);
    assert.deepEqual(grownTiles(0, 256), [
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ]);
  });

  test('that a growth changes are those which the tree gives out', () => {
    const sizes = fc.tuple(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 2000 }));
    const entries = entriesOf(4000);
    fc.assert(
      fc.property(sizes, ([from, more]) => {
        const before = new Set(growLog(entries.slice(0, from)).tiles.keys());
        const after = growLog(entries.slice(0, from + more));
        const changed = grownTiles(from, from + more);
        const paths = changed.map((tile) => tilePath(tile));
        const added = [...after.tiles.keys()].filter((path) => !before.has(path));
        assert.deepEqual(paths.toSorted(), added.toSorted());
        for (const tile of changed) assert.equal(after.tiles.get(tilePath(tile))?.byteLength, tile.width * hash_bytes);
        const bundles = changed.filter(({ level }) => level === 0);
        assert.deepEqual(
          grownBundles(from, from + more).map((tile) => tilePath(tile)),
          bundles.map((tile) => tilePath(tile).replace('tile/0/', 'tile/entries/')),
        );
      }),
      { numRuns: 30 },
    );
  });
});

suite('bundles', () => {
  test('are lengths and bytes', () => {
    const bundle = Buffer.concat([Buffer.from('ab'), Buffer.alloc(0), Buffer.alloc(300, 7)].map(encodeEntry));
    assert.equal(bundle.subarray(0, 8).toString('hex'), '000261620000012c');
    const { entries, end } = splitEntries(bundle);
    assert.deepEqual([entries.map(({ length }) => length), end], [[2, 0, 300], bundle.length]);
    assert.throws(() => encodeEntry(Buffer.alloc(entry_limit_bytes + 1)), RangeError);
    assert.equal(splitEntries(encodeEntry(Buffer.alloc(entry_limit_bytes))).entries[0]?.length, entry_limit_bytes);
  });

  test('that are cut off anywhere give the entries before the cut', () => {
    const cut = fc.tuple(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 20 }), fc.nat(9000));
    fc.assert(
      fc.property(cut, ([entries, at]) => {
        const parts = entries.map(encodeEntry);
        const bundle = Buffer.concat(parts).subarray(0, at);
        const found = splitEntries(bundle);
        const whole = parts.slice(0, found.entries.length).reduce((sum, part) => sum + part.length, 0);
        assert.equal(found.end, whole);
        const next = parts[found.entries.length];
        assert.ok(next === undefined || whole + next.length > bundle.length);
        assert.deepEqual(
          found.entries.map((entry) => Buffer.from(entry)),
          entries.slice(0, found.entries.length).map((entry) => Buffer.from(entry)),
        );
      }),
    );
  });
});
