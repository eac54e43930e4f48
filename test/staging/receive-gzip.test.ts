import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { limits } from '../../src/core/limits.ts';
import { onStep } from '../../src/platform/steps.ts';
import { assertRefused, name, records, sha256, withRoom } from './room.ts';

const gzipped = gzipSync(records);

suite('gzip', () => {
  const damaged: readonly (readonly [string, Buffer, RegExp])[] = [
    [
      'cut in its middle',
      gzipped.subarray(0, gzipped.byteLength - 20),
      new RegExp(`ends inside its gzip stream, at byte ${gzipped.byteLength - 20}$`),
    ],
    ['cut in its trailer', gzipped.subarray(0, -1), /ends inside/],
    ['cut in its header', gzipped.subarray(0, 2), /at byte 2$/],
    ['with rubbish behind it', Buffer.concat([gzipped, Buffer.from('rubbish')]), /not sound gzip/],
    [
      'with zeros and something else behind it',
      Buffer.concat([gzipped, Buffer.alloc(70_000), gzipped]),
      new RegExp(`from byte ${gzipped.byteLength + 70_000} on$`),
    ],
    ['with half a member behind it', Buffer.concat([gzipped, gzipped.subarray(0, 30)]), /ends inside/],
    [
      'with a wrong checksum',
      Buffer.from(gzipped).fill(0, gzipped.byteLength - 8, gzipped.byteLength - 4),
      /not sound gzip/,
    ],
    ['with wrong data', Buffer.from(gzipped).fill(0xff, 40, 60), /not sound gzip/],
  ];
  for (const [what, bytes, message] of damaged) {
    test(`${what} is corrupt`, () =>
      withRoom(async (room) => {
        const error = await assertRefused(room, await room.write(`${name}.gz`, bytes), 'GZIP_CORRUPT');
        assert.match(error.message, message);
        assert.ok(error.message.includes(name));
        assert.equal(typeof error.details.byte, 'number');
      }));
  }

  test('of several members is one file', () =>
    withRoom(async (room) => {
      const [head, tail] = [records.subarray(0, 100), records.subarray(100)];
      const received = await room.receive(
        await room.write(name, Buffer.concat([gzipSync(head), gzipSync(''), gzipSync(tail)])),
      );
      assert.equal(received.checksum, sha256(records));
    }));

  test('padded with zeros is one file', () =>
    withRoom(async (room) => {
      for (const padding of [1, 9, 512, 70_000]) {
        const padded = Buffer.concat([gzipped, Buffer.alloc(padding)]);
        assert.equal((await room.receive(await room.write(name, padded))).checksum, sha256(records));
      }
    }));

  test('that unpacks to too much is stopped early', () =>
    withRoom(async (room) => {
      const bomb = gzipSync(Buffer.alloc(64 * 1024 ** 2, 0x20), { level: 9 });
      let written_bytes = 0;
      onStep(async (step) => {
        if (step === 'stage:write')
          written_bytes = await stat(join(room.workFolder, 'source.part')).then(({ size }) => size);
      });
      try {
        const path = await room.write(`${name}.gz`, bomb);
        const ratio = { ...limits, gzip_ratio: 20, gzip_ratio_free_bytes: 1024 ** 2 };
        assert.match(
          (await assertRefused(room, path, 'GZIP_TOO_LARGE', { limits: ratio })).message,
          /more than 20 times/,
        );
        assert.ok(written_bytes <= 4 * 1024 ** 2, String(written_bytes));
        const most = { ...limits, decoded_bytes: 5 * 1024 ** 2 };
        assert.match(
          (await assertRefused(room, path, 'GZIP_TOO_LARGE', { limits: most })).message,
          /more than the 5242880 bytes/,
        );
        assert.ok(written_bytes <= 5 * 1024 ** 2, String(written_bytes));
      } finally {
        onStep(null);
      }
    }));

  test('that packs well is no bomb while it is small', () =>
    withRoom(async (room) => {
      const spaces = Buffer.concat([records, Buffer.alloc(2 * 1024 ** 2, 0x20)]);
      const received = await room.receive(await room.write(name, gzipSync(spaces)));
      assert.equal(received.checksum, sha256(spaces));
    }));
});
