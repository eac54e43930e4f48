import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { limits } from '../../src/core/limits.ts';
import { onStep } from '../../src/platform/steps.ts';
import { contentOfPacked, packSource } from '../../src/staging/staging.ts';
import { assertRefused, name, records, sha256, withRoom } from './room.ts';

const zstd = zstdCompressSync(records, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });

/** A skippable frame (RFC 8878, 3.1.2) of so many bytes of somebody's own. */
function skippable(size_bytes: number, kind = 0x50): Buffer {
  const frame = Buffer.alloc(8 + size_bytes, 'x');
  frame.writeUInt32LE(0x184d2a00 + kind, 0);
  frame.writeUInt32LE(size_bytes, 4);
  return frame;
}

suite('zstd', () => {
  test('of several frames, skippable and empty ones among them, is one file', () =>
    withRoom(async (room) => {
      const noise = Buffer.from(JSON.stringify(Array.from({ length: 60_000 }, (_, at) => (at * 7919) % 10_007)));
      const parts = [0, 1, 2, 3].map((at) => noise.subarray(at * 90_000, at === 3 ? undefined : (at + 1) * 90_000));
      const frames = parts.map((part) => zstdCompressSync(part));
      const ways: readonly Buffer[][] = [
        frames,
        [skippable(4), ...frames],
        [...frames, skippable(0, 0x5f)],
        frames.flatMap((frame) => [skippable(70_000, 0x57), frame, zstdCompressSync(Buffer.alloc(0))]),
        [
          ...Array.from(noise.subarray(0, 300), (byte) => zstdCompressSync(Buffer.of(byte))),
          zstdCompressSync(noise.subarray(300)),
        ],
      ];
      for (const way of ways) {
        const received = await room.receive(await room.write(`${name}.zst`, Buffer.concat(way)));
        assert.equal(received.checksum, sha256(noise));
        await received.synced;
      }
    }));

  test('of skippable frames only is empty', () =>
    withRoom(async (room) => {
      await assertRefused(room, await room.write(`${name}.zst`, skippable(100)), 'INPUT_EMPTY');
    }));

  test('is told by its first bytes, whatever the name, and loses its ending', () =>
    withRoom(async (room) => {
      for (const file of [`${name}.zst`, name, `${name}.gz`]) {
        const received = await room.receive(await room.write(file, zstd));
        assert.deepEqual([received.name, received.checksum], [name, sha256(records)]);
        await received.synced;
      }
    }));

  const damaged: readonly (readonly [string, Buffer, RegExp])[] = [
    [
      'cut in its middle',
      zstd.subarray(0, -40),
      new RegExp(`ends inside its zstd stream, at byte ${zstd.length - 40}$`),
    ],
    ['cut in its header', zstd.subarray(0, 4), /at byte 4$/],
    [
      'with rubbish behind it',
      Buffer.concat([zstd, Buffer.from('rubbish')]),
      new RegExp(`from byte ${zstd.length} on$`),
    ],
    ['with half a second frame', Buffer.concat([zstd, zstd.subarray(0, 40)]), /ends inside its zstd stream/],
    ['with a skippable frame that ends early', Buffer.concat([zstd, skippable(9).subarray(0, 12)]), /ends inside/],
    ['with zeros behind it', Buffer.concat([zstd, Buffer.alloc(8)]), new RegExp(`from byte ${zstd.length} on$`)],
    ['with gzip behind it', Buffer.concat([zstd, gzipSync(records)]), new RegExp(`from byte ${zstd.length} on$`)],
    ['with a wrong checksum', Buffer.from(zstd).fill(0, zstd.length - 4), /not sound zstd/],
  ];
  for (const [what, bytes, message] of damaged) {
    test(`${what} is corrupt`, () =>
      withRoom(async (room) => {
        const error = await assertRefused(room, await room.write(`${name}.zst`, bytes), 'ZSTD_CORRUPT');
        assert.match(error.message, message);
      }));
  }

  test('that unpacks to too much is stopped early', () =>
    withRoom(async (room) => {
      let written_bytes = 0;
      onStep(async (step) => {
        if (step === 'stage:write')
          written_bytes = await stat(join(room.workFolder, 'source.part')).then(({ size }) => size);
      });
      try {
        const path = await room.write(`${name}.zst`, zstdCompressSync(Buffer.alloc(64 * 1024 ** 2, 0x20)));
        const ratio = { ...limits, gzip_ratio: 20, gzip_ratio_free_bytes: 1024 ** 2 };
        await assertRefused(room, path, 'ZSTD_TOO_LARGE', { limits: ratio });
        await assertRefused(room, path, 'ZSTD_TOO_LARGE', { limits: { ...limits, decoded_bytes: 5 * 1024 ** 2 } });
        assert.ok(written_bytes <= 5 * 1024 ** 2, String(written_bytes));
      } finally {
        onStep(null);
      }
    }));

  test('as packed for the archive unpacks to what it was, and equal sources to equal bytes', () =>
    withRoom(async (room) => {
      const source = await room.write(name, records);
      const [one, other] = [join(room.folder, 'one.zst'), join(room.folder, 'other.zst')];
      const packed = await packSource(source, one);
      assert.deepEqual(packed.source, { size_bytes: records.length, checksum: sha256(records) });
      assert.deepEqual(await contentOfPacked(one), packed.source);
      const bytes = await readFile(one);
      assert.deepEqual(packed.packed, { size_bytes: bytes.length, checksum: sha256(bytes) });
      assert.deepEqual((await packSource(source, other)).packed, packed.packed);
      assert.equal((await stat(one)).mode & 0o777, 0o444);
    }));
});
