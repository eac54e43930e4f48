import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Progress } from '../../src/core/job.ts';
import { limits } from '../../src/core/limits.ts';
import { startOrigin, type Served } from '../support/origin.ts';
import { assertRefused, name, records, sha256, withRoom, type Room } from './room.ts';

const origin = await startOrigin();
after(() => origin.close());

/** A room whose sources may come from the origin. */
async function withOrigin(work: (room: Room) => Promise<void>): Promise<void> {
  await withRoom(work, origin.origin);
}

suite('a downloaded source', () => {
  const path = `/hist/${name}.gz`;

  async function serve(room: Room, served: Served, extra: Parameters<Room['receive']>[1] = {}) {
    origin.serve(path, served);
    return room.receive(`${origin.url(path)}?sv=1&sig=SECRET`, extra);
  }

  const large = Buffer.from(
    `[${Array.from({ length: 40_000 }, (_, index) => `{"timestamp":${index},"spot":${index % 977}.25}`).join(',\n')}]`,
  );
  const cut = { etag: '"v1"', ranges: true, cutAfter: 70_000 };

  test('plain or gzipped, in one go or resumed, is the same file', () =>
    withOrigin(async (room) => {
      const noise = gzipSync(large, { level: 1 });
      const ways: Served[] = [
        { body: large },
        { body: noise },
        { body: noise, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
        { body: large, chunked: true },
        { ...cut, body: large },
        { ...cut, body: noise },
        { ...cut, body: noise, ranges: false },
        { ...cut, body: large, ranges: false },
        { ...cut, body: noise, cutAfter: 1 },
      ];
      for (const way of ways) {
        const received = await serve(room, way);
        assert.equal(received.name, name);
        assert.equal(received.checksum, sha256(large));
        assert.ok((await readFile(received.path)).equals(large));
        await received.synced;
      }
    }));

  test('starts anew when it changed, even from gzip to plain', () =>
    withOrigin(async (room) => {
      const versions = (request: number) => (request === 1 ? gzipSync(Buffer.concat([large, large])) : large);
      const received = await serve(room, {
        ...cut,
        cutAfter: 30_000,
        body: versions,
        etag: (request) => `"v${request}"`,
      });
      assert.equal(received.checksum, sha256(large));
    }));

  test('tells its progress', () =>
    withOrigin(async (room) => {
      const told: Progress[] = [];
      await serve(room, { body: large }, { onProgress: (progress) => told.push(progress) });
      const last = {
        job_id: room.jobId,
        step: 'download',
        bytes: large.byteLength,
        bytes_total: large.byteLength,
        records: 0,
      };
      assert.deepEqual(told.at(-1), last);
    }));

  test('is refused by what its server says', () =>
    withOrigin(async (room) => {
      for (const [served, code] of [
        [{ statuses: [404] }, 'DOWNLOAD_NOT_FOUND'],
        [{ statuses: [403] }, 'DOWNLOAD_DENIED'],
        [{ body: large, cutAfter: 10, cutTimes: 99 }, 'DOWNLOAD_CUT'],
        [{ body: '<html>expired</html>' }, 'INPUT_HTML'],
        [{ body: '{"error":"expired, see https://hist.gex.bot/a?sig=SECRET"}' }, 'INPUT_ERROR_BODY'],
        [{ body: '{"url":"https://hist.gex.bot/a?sig=SECRET"}' }, 'SOURCE_FORMAT'],
        [{ body: '' }, 'INPUT_EMPTY'],
        [{ body: gzipSync(records).subarray(0, -30) }, 'GZIP_CORRUPT'],
      ] as const) {
        origin.serve(path, served);
        await assertRefused(room, `${origin.url(path)}?sig=SECRET`, code);
      }
      await assertRefused(room, 'https://evil.example/a.json?sig=SECRET', 'SOURCE_NOT_ALLOWED');
    }));

  test('of a bomb stops before the bomb is there', () =>
    withOrigin(async (room) => {
      const bomb = gzipSync(Buffer.alloc(128 * 1024 ** 2, 0x20), { level: 1 });
      origin.serve(path, { body: bomb });
      let last_bytes = 0;
      const extra = {
        limits: { ...limits, gzip_ratio: 10, gzip_ratio_free_bytes: 1024 ** 2 },
        onProgress: ({ bytes }: Progress) => {
          last_bytes = bytes;
        },
      };
      await assertRefused(room, origin.url(path), 'GZIP_TOO_LARGE', extra);
      assert.ok(last_bytes < bomb.byteLength);
    }));
});
