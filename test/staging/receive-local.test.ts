import assert from 'node:assert/strict';
import { appendFile, chmod, mkdir, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import { gzipSync } from 'node:zlib';
import { GexlakeError } from '../../src/core/errors.ts';
import type { Progress } from '../../src/core/job.ts';
import { limits } from '../../src/core/limits.ts';
import { onStep } from '../../src/platform/steps.ts';
import { assertRefused, name, records, sha256, withRoom } from './room.ts';
import { long, test } from '../support/shares.ts';

suite('a local source', () => {
  test('is received as it is', () =>
    withRoom(async (room) => {
      const received = await room.receive(await room.write(name, records));
      assert.deepEqual(await readFile(received.path), records);
      const [size_bytes, checksum] = [records.byteLength, sha256(records)];
      assert.deepEqual(
        { ...received, synced: null, receipt: null },
        { path: received.path, name, size_bytes, checksum, synced: null, receipt: null },
      );
      assert.deepEqual([received.receipt.wire_bytes, received.receipt.wire_checksum], [size_bytes, checksum]);
      await received.synced;
      assert.equal((await stat(received.path)).mode & 0o777, 0o444);
    }));

  test('may be a file: URL', () =>
    withRoom(async (room) => {
      const received = await room.receive(`file://${await room.write(name, records)}`);
      assert.equal(received.checksum, sha256(records));
    }));

  test('of many blocks keeps every byte in its place', () =>
    withRoom(async (room) => {
      const large = Buffer.alloc(5 * 1024 ** 2 + 7, 0x31);
      for (let at = 0; at < large.byteLength; at += 4096)
        large.writeUInt32LE((at * 2654435761) >>> 0, Math.min(at, large.byteLength - 4));
      large[0] = 0x5b;
      large[large.byteLength - 1] = 0x5d;
      const told: Progress[] = [];
      const received = await room.receive(await room.write(name, large), {
        onProgress: (progress) => told.push(progress),
      });
      assert.equal(received.checksum, sha256(large));
      assert.ok((await readFile(received.path)).equals(large));
      const last = {
        job_id: room.jobId,
        step: 'stage',
        bytes: large.byteLength,
        bytes_total: large.byteLength,
        records: 0,
      };
      assert.deepEqual(told.at(-1), last);
      assert.equal(told.length, 6);
    }));

  test('is decoded by its magic bytes, whatever its name is', () =>
    withRoom(async (room) => {
      const gzipped = gzipSync(records);
      for (const [file, bytes] of [
        [`${name}.gz`, gzipped],
        [`${name}.gz`, records],
        [name, gzipped],
        [`${name}.GZ`, records],
      ] as const) {
        const received = await room.receive(await room.write(file, bytes));
        assert.equal(received.name, name);
        assert.equal(received.checksum, sha256(records));
        assert.deepEqual(await readFile(received.path), records);
        await received.synced;
      }
    }));

  test('that is not there, a folder, or not to be read', () =>
    withRoom(async (room) => {
      const missing = join(room.folder, 'missing.json');
      const error = await assertRefused(room, missing, 'SOURCE_NOT_FOUND');
      assert.equal(error.details.path, missing);
      assert.ok(error.message.includes(missing));
      await assertRefused(room, `${await room.write(name, records)}/x.json`, 'SOURCE_NOT_FOUND');
      await mkdir(join(room.folder, 'folder.json'));
      await assertRefused(room, join(room.folder, 'folder.json'), 'SOURCE_UNREADABLE');
      await assertRefused(room, '/dev/null', 'SOURCE_UNREADABLE');
      if (process.getuid?.() === 0) return;
      await chmod(join(room.folder, name), 0o000);
      await assertRefused(room, join(room.folder, name), 'SOURCE_UNREADABLE');
    }));

  test('over the size limit is not copied', () =>
    withRoom(async (room) => {
      const small = { ...limits, source_bytes: records.byteLength - 1 };
      await assertRefused(room, await room.write(name, records), 'SOURCE_TOO_LARGE', { limits: small });
      const decoded = { ...limits, decoded_bytes: records.byteLength - 1 };
      await assertRefused(room, join(room.folder, name), 'SOURCE_TOO_LARGE', { limits: decoded });
    }));

  const changes: readonly (readonly [string, (path: string) => Promise<void>])[] = [
    ['grows', (path) => appendFile(path, ' ')],
    ['shrinks', (path) => truncate(path, 10)],
    ['is touched', (path) => utimes(path, 1, 1)],
  ];
  for (const [what, change] of changes) {
    test(`that ${what} while it is read`, () =>
      withRoom(async (room) => {
        const path = await room.write(name, Buffer.concat([records, Buffer.alloc(3 * 1024 ** 2, 0x20)]));
        let written = 0;
        onStep(async (step) => {
          if (step === 'stage:write' && ++written === 1) await change(path);
        });
        try {
          await assertRefused(room, path, 'SOURCE_CHANGED');
        } finally {
          onStep(null);
        }
      }));
  }

  test('whose name could leave the folder is not touched', () =>
    withRoom(async (room) => {
      for (const file of ['.hidden.json', 'a\nb.json', `${'x'.repeat(300)}.json`]) {
        await assertRefused(room, join(room.folder, file), 'SOURCE_NAME_UNSAFE');
      }
      await assertRefused(room, `https://hist.gex.bot/..%2f..%2fetc%2fpasswd?sig=SECRET`, 'SOURCE_NAME_UNSAFE');
    }));

  test('is not read once the job is interrupted', () =>
    withRoom(async (room) => {
      const controller = new AbortController();
      const path = await room.write(name, records);
      await assertRefused(room, path, 'INTERRUPTED', { signal: AbortSignal.abort() });
      await assertRefused(room, path, 'INTERRUPTED', {
        signal: controller.signal,
        onProgress: () => controller.abort(),
      });
    }));

  test('takes the place of what a killed attempt left', () =>
    withRoom(async (room) => {
      await mkdir(room.workFolder, { recursive: true });
      await writeFile(join(room.workFolder, 'source.part'), 'half', { mode: 0o444 });
      const received = await room.receive(await room.write(name, records));
      assert.deepEqual(await readFile(received.path), records);
    }));

  for (const step of ['stage:part', 'stage:write'] as const) {
    test(`leaves nothing when ${step} fails`, () =>
      withRoom(async (room) => {
        const path = await room.write(name, records);
        onStep((reached) => {
          if (reached === step) throw new GexlakeError('DISK_FULL', 'no space left');
        });
        try {
          await assertRefused(room, path, 'DISK_FULL');
        } finally {
          onStep(null);
        }
      }));
  }

  test('that cannot be brought to the disk says so to whoever waits for it, and only there', () =>
    withRoom(async (room) => {
      const path = await room.write(name, records);
      onStep((reached) => {
        if (reached === 'stage:sync') throw new GexlakeError('DISK_FULL', 'no space left');
      });
      try {
        const received = await room.receive(path);
        await new Promise(setImmediate);
        await assert.rejects(received.synced, { code: 'DISK_FULL' });
        await assert.rejects(room.stage(received), { code: 'DISK_FULL' });
        assert.deepEqual(await room.visibleFiles(), []);
      } finally {
        onStep(null);
      }
    }));
});

long(
  'a long source is brought to the disk while it is written; what fails on the way is heard at its end',
  async () => {
    const long = Buffer.concat([records, Buffer.alloc(40 * 1024 ** 2, 0x20)]);
    for (const failing of [null, 1, 2, 3]) {
      await withRoom(async (room) => {
        const path = await room.write(name, long);
        let syncs = 0;
        onStep((reached) => {
          if (reached === 'stage:sync' && ++syncs === failing)
            throw new GexlakeError('FILE_SYSTEM', 'the disk cannot be written');
        });
        try {
          const received = await room.receive(path);
          assert.equal(received.checksum, sha256(long));
          if (failing === null) await received.synced;
          else await assert.rejects(room.stage(received), { code: 'FILE_SYSTEM' });
          // Two on the way and one at the end, which has nothing to add to a failure before it.
          assert.equal(syncs, failing ?? 3);
          assert.deepEqual(await room.visibleFiles(), []);
        } finally {
          onStep(null);
        }
      });
    }
  },
);

test('a work folder that is a file is an error of the disk', () =>
  withRoom(async (room) => {
    const path = await room.write(name, records);
    await writeFile(join(room.folder, 'blocked'), '');
    await assert.rejects(room.receive(path, { workFolder: join(room.folder, 'blocked', 'work') }), GexlakeError);
    assert.deepEqual(
      (await readdir(room.folder)).filter((file) => file === 'data'),
      [],
    );
  }));
