import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { link, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, suite, test } from 'node:test';
import { newJobId } from '../../src/core/ids.ts';
import { exists } from '../../src/platform/files.ts';
import { onStep, type Step } from '../../src/platform/steps.ts';
import { hashFile } from '../../src/platform/checksum.ts';
import { discardReceived } from '../../src/staging/staging.ts';
import { makeRoom, name, records, type Room } from './room.ts';

const rooms: Room[] = [];
afterEach(async () => {
  onStep(null);
  for (const room of rooms.splice(0)) await room.remove();
});

async function enter(): Promise<Room> {
  const room = await makeRoom();
  rooms.push(room);
  return room;
}

async function receiveRecords(room: Room, content: Uint8Array = records) {
  return room.receive(await room.write(name, content));
}

const other = Buffer.from('[{"timestamp":2,"ticker":"SPX","spot":1}]');

suite('staging', () => {
  test('gives the file its own name, read-only, and the private name stays for whoever is loading', async () => {
    const room = await enter();
    const staged = await room.stage(await receiveRecords(room));
    assert.equal(staged, join(room.sourceFolder, name));
    assert.deepEqual(await readFile(staged), records);
    const { mode, nlink } = await stat(staged);
    assert.equal(mode & 0o777, 0o444);
    assert.equal(nlink, 2);
    assert.deepEqual(await room.privateFiles(), ['source.part']);
  });

  test('goes into the folder of its job where the name is taken', async () => {
    const room = await enter();
    await room.stage(await receiveRecords(room));
    const second = newJobId(Date.now());
    const staged = await room.stage(await receiveRecords(room, other), second);
    assert.equal(staged, join(room.sourceFolder, second, name));
    assert.deepEqual(await readFile(staged), other);
    assert.deepEqual(await readFile(join(room.sourceFolder, name)), records);
    assert.deepEqual(await room.visibleFiles(), [`gexbot/${name}`, `gexbot/${second}/${name}`].sort());
  });

  test('of two at once, both are kept', async () => {
    const room = await enter();
    const first = await receiveRecords(room);
    const second = await room.receive(await room.write(name, other), { workFolder: `${room.workFolder}-2` });
    const jobs = [newJobId(1), newJobId(2)] as const;
    const staged = await Promise.all([room.stage(first, jobs[0]), room.stage(second, jobs[1])]);
    assert.equal(new Set(staged).size, 2);
    assert.ok(staged.includes(join(room.sourceFolder, name)));
  });

  test('finds again what a killed attempt of the same job had linked into its folder', async () => {
    const room = await enter();
    await room.stage(await receiveRecords(room, other));
    const first = await room.stage(await receiveRecords(room), room.jobId);
    const again = await room.stage(await receiveRecords(room), room.jobId);
    assert.equal(again, first);
  });

  test('never replaces another file in the folder of its job', async () => {
    const room = await enter();
    await room.stage(await receiveRecords(room, other));
    await mkdir(join(room.sourceFolder, room.jobId));
    await writeFile(join(room.sourceFolder, room.jobId, name), 'something else');
    await assert.rejects(room.stage(await receiveRecords(room)), { code: 'FILE_EXISTS' });
    assert.equal(await readFile(join(room.sourceFolder, room.jobId, name), 'utf8'), 'something else');
  });

  test('passes its steps in their order, each before the next', async () => {
    const room = await enter();
    const reached: Step[] = [];
    onStep((step) => {
      if (reached.at(-1) !== step) reached.push(step);
    });
    await room.stage(await receiveRecords(room));
    const received: Step[] = [
      'stage:folder',
      'clean:remove',
      'stage:part',
      'stage:write',
      'stage:read-only',
      'stage:sync',
    ];
    assert.deepEqual(reached, [...received, 'stage:folder', 'stage:link', 'stage:sync-folder']);
  });

  for (const step of ['stage:read-only', 'stage:sync', 'stage:link'] as const) {
    test(`a failure at ${step} leaves nothing visible`, async () => {
      const room = await enter();
      onStep((reached) => {
        if (reached === step) throw new Error('pulled the plug');
      });
      const received = await receiveRecords(room);
      await assert.rejects(room.stage(received), /pulled the plug/);
      assert.deepEqual(await room.visibleFiles(), []);
      await discardReceived(received);
      assert.deepEqual(await room.privateFiles(), []);
    });
  }

  test('a failure after the link leaves one whole file', async () => {
    const room = await enter();
    onStep((reached) => {
      if (reached === 'stage:sync-folder') throw new Error('pulled the plug');
    });
    await assert.rejects(room.stage(await receiveRecords(room)), /pulled the plug/);
    assert.equal(await hashFile(join(room.sourceFolder, name)), createHash('sha256').update(records).digest('hex'));
  });
});

suite('a job that keeps no copy', () => {
  test('discards what it received', async () => {
    const room = await enter();
    await discardReceived(await receiveRecords(room));
    assert.deepEqual(await room.privateFiles(), []);
    assert.deepEqual(await room.visibleFiles(), []);
  });

  test('removes what it staged, and no other file', async () => {
    const room = await enter();
    const kept = await room.stage(await receiveRecords(room));
    const staged = await room.stage(await receiveRecords(room, other));
    await room.unstage(staged);
    await room.unstage(staged);
    assert.deepEqual(await room.visibleFiles(), [`gexbot/${name}`]);
    assert.equal(await exists(join(room.sourceFolder, room.jobId)), false);
    await room.unstage(kept);
    assert.deepEqual(await room.visibleFiles(), []);
    assert.equal(await exists(room.sourceFolder), true);
  });

  test('leaves the folder of its job where something else is in it', async () => {
    const room = await enter();
    await room.stage(await receiveRecords(room));
    const staged = await room.stage(await receiveRecords(room, other));
    await link(staged, `${staged}.note`);
    await room.unstage(staged);
    assert.equal(await exists(`${staged}.note`), true);
  });
});

test('hashFile reads files of any number of blocks', async () => {
  const room = await enter();
  for (const size of [0, 1, 1024 ** 2, 1024 ** 2 + 1, 3 * 1024 ** 2 + 5]) {
    const bytes = Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * 31) >> 3));
    assert.equal(await hashFile(await room.write('any', bytes)), createHash('sha256').update(bytes).digest('hex'));
  }
});
