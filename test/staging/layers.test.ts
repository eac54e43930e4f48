import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Coding } from '../../src/core/journey.ts';
import { limits, type Limits } from '../../src/core/limits.ts';
import { Intake } from '../../src/staging/intake.ts';
import { assertRefused, name, records, sha256, withRoom, type Room } from './room.ts';

/** Takes bytes as a transfer hands them over, in pieces, and gives the checksum of what they unpack to. */
async function take(
  { write }: Room,
  bytes: Uint8Array,
  { codings = [], piece = 1000, ...given }: { codings?: readonly Coding[]; piece?: number; limits?: Limits } = {},
): Promise<string> {
  const intake = await Intake.open(await write('source.part', ''), name, given.limits ?? limits);
  try {
    await intake.expect({ codings, bytes_total: null, name: null });
    for (let at = 0; at < bytes.byteLength; at += piece) await intake.append(bytes.subarray(at, at + piece));
    return (await intake.finish()).checksum;
  } finally {
    await intake.discard();
  }
}

const gzip = (bytes: Uint8Array) => gzipSync(bytes);
const zstd = (bytes: Uint8Array) => zstdCompressSync(bytes);

suite('packed over and over', () => {
  const ways: Readonly<Record<string, Buffer>> = {
    'gzip in gzip': gzip(gzip(records)),
    'gzip in gzip in several members': Buffer.concat([
      gzip(gzip(records).subarray(0, 1)),
      gzip(gzip(records).subarray(1)),
    ]),
    'zstd in gzip': gzip(zstd(records)),
    'gzip in zstd': zstd(gzip(records)),
    'four times': gzip(zstd(gzip(gzip(records)))),
  };
  for (const [what, bytes] of Object.entries(ways)) {
    test(`${what} is the same file`, () =>
      withRoom(async (room) => {
        assert.equal((await room.receive(await room.write(`${name}.gz`, bytes))).checksum, sha256(records));
      }));
  }

  test('is told by its first bytes, however few come at once', () =>
    withRoom(async (room) => {
      const small = Buffer.from('[{"timestamp":1}]');
      for (const bytes of [small, gzip(small), zstd(gzip(small))])
        assert.equal(await take(room, bytes, { piece: 1 }), sha256(small));
      assert.equal(await take(room, Buffer.from('[]')), sha256(Buffer.from('[]')));
    }));

  test('more than four times is refused', () =>
    withRoom(async (room) => {
      const bytes = gzip(gzip(gzip(zstd(gzip(records)))));
      const error = await assertRefused(room, await room.write(name, bytes), 'GZIP_TOO_LARGE');
      assert.match(error.message, /is packed more than 4 times over/);
    }));

  test('what is damaged inside is told', () =>
    withRoom(async (room) => {
      const inner = gzip(records);
      await assertRefused(room, await room.write(name, gzip(inner.subarray(0, -9))), 'GZIP_CORRUPT');
      await assertRefused(room, await room.write(name, zstd(Buffer.concat([inner, Buffer.of(1)]))), 'GZIP_CORRUPT');
    }));

  test('is no way to unpack more than may be, in the end or on the way', () =>
    withRoom(async (room) => {
      const spaces = Buffer.alloc(16 * 1024 ** 2, 0x20);
      const few = { ...limits, decoded_bytes: 1024 ** 2 };
      await assertRefused(room, await room.write(name, gzip(gzip(spaces))), 'GZIP_TOO_LARGE', { limits: few });
      // Nothing comes out of these zeros: they pad the inner gzip.
      const padded = Buffer.concat([gzip(records), Buffer.alloc(16 * 1024 ** 2)]);
      await assertRefused(room, await room.write(name, gzip(padded)), 'GZIP_TOO_LARGE', { limits: few });
      await assertRefused(room, await room.write(name, zstd(padded)), 'ZSTD_TOO_LARGE', { limits: few });
      const ratio = { ...limits, gzip_ratio: 20, gzip_ratio_free_bytes: 1024 ** 2 };
      await assertRefused(room, await room.write(name, gzip(padded)), 'GZIP_TOO_LARGE', { limits: ratio });
    }));
});

suite('packed by a server', () => {
  const br = (bytes: Uint8Array) => brotliCompressSync(bytes);
  const ways: readonly (readonly [string, Buffer, readonly Coding[]])[] = [
    ['br', br(records), ['br']],
    ['deflate', deflateSync(records), ['deflate']],
    ['deflate without its header', deflateRawSync(records), ['deflate']],
    ['br of a gzip', br(gzip(records)), ['br']],
    ['gzip of br', gzip(br(records)), ['br']],
    ['br of deflate', br(deflateSync(records)), ['br', 'deflate']],
    ['br that is plain', records, ['br']],
    ['br that is plain with a mark', Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), records]), ['br']],
    ['br that is gzip', gzip(records), ['br']],
    ['deflate that is plain', records, ['deflate']],
  ];
  for (const [what, bytes, codings] of ways) {
    test(`as ${what}`, () =>
      withRoom(async (room) => {
        const expected = what.endsWith('mark') ? sha256(bytes) : sha256(records);
        assert.equal(await take(room, bytes, { codings }), expected);
      }));
  }

  test('wrongly is told, and whose doing it is', () =>
    withRoom(async (room) => {
      for (const [bytes, codings] of [
        [br(records).subarray(0, -5), ['br']],
        [Buffer.concat([br(records), Buffer.from('x')]), ['br']],
        [deflateSync(records).subarray(0, -2), ['deflate']],
        [Buffer.alloc(100, 0xfe), ['br']],
      ] as const) {
        const refused = { code: 'DOWNLOAD_REFUSED', message: new RegExp(name) };
        await assert.rejects(take(room, bytes, { codings }), refused);
      }
    }));

  test('is no way to unpack more than may be', () =>
    withRoom(async (room) => {
      const few = { ...limits, decoded_bytes: 1024 ** 2 };
      const bomb = br(Buffer.alloc(16 * 1024 ** 2, 0x20));
      await assert.rejects(take(room, bomb, { codings: ['br'], limits: few }), { code: 'GZIP_TOO_LARGE' });
    }));
});
