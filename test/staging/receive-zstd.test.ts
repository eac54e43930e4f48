import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import { limits } from '../../src/core/limits.ts';
import { onStep } from '../../src/platform/steps.ts';
import { contentOfPacked, packSource } from '../../src/staging/staging.ts';
import { assertRefused, name, records, sha256, withRoom } from './room.ts';

const zstd = zstdCompressSync(records, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });

suite('zstd', () => {
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
    ['with a second frame', Buffer.concat([zstd, zstd]), new RegExp(`from byte ${zstd.length} on$`)],
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
