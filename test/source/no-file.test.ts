import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { GexlakeError } from '../../src/core/errors.ts';
import { hashFile } from '../../src/platform/checksum.ts';
import { openToRead, readText } from '../../src/platform/files.ts';
import { sourcePolicy } from '../../src/source/source.ts';
import { jumpingClock, memorySink, quick, transfer } from './fetcher.ts';

const folder = await mkdtemp(join(tmpdir(), 'gexlake-no-file-'));
after(() => rm(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

await promisify(execFile)('mkfifo', [at('fifo.json')]);
await mkdir(at('folder.json'));
await symlink(at('fifo.json'), at('link-to-fifo.json'));
await symlink('/dev/zero', at('link-to-device.json'));
await writeFile(at('file.json'), '[]');
await symlink(at('file.json'), at('link-to-file.json'));
await symlink('round.json', at('round.json'));
const socket = createServer();
await new Promise<void>((resolve) => {
  socket.listen(at('socket.json'), resolve);
});
after(() => socket.close());

async function read(path: string): Promise<string | GexlakeError> {
  const sink = memorySink();
  const options = { policy: sourcePolicy([], true), limits: quick, clock: jumpingClock() };
  try {
    await transfer(path, sink, options);
    return sink.bytes().toString();
  } catch (error) {
    assert.ok(error instanceof GexlakeError);
    return error;
  }
}

// Nobody writes into the FIFO and nothing ends the devices: whoever waits for them does so for ever.
suite('what is no file is told at once', () => {
  const others: readonly (readonly [string, string])[] = [
    [at('fifo.json'), 'is a FIFO (named pipe), not a regular file'],
    [at('link-to-fifo.json'), 'is a FIFO (named pipe), not a regular file'],
    [at('link-to-device.json'), 'is a device, not a regular file'],
    ['/dev/zero', 'is a device, not a regular file'],
    ['/dev/tty', 'is a device, not a regular file'],
    [at('socket.json'), 'is a socket, not a regular file'],
    [at('folder.json'), 'is a folder, not a regular file'],
    [at('round.json'), 'cannot be opened (ELOOP)'],
  ];
  for (const [path, says] of others) {
    test(path.replace(folder, ''), async () => {
      const error = await read(path);
      assert.ok(error instanceof GexlakeError);
      assert.deepEqual([error.code, error.message], ['SOURCE_UNREADABLE', `${path} ${says}`]);
    });
  }

  test(
    'a file of the kernel, which has a size of 0 and something in it',
    { skip: process.platform !== 'linux' },
    async () => {
      const error = await read('/proc/self/status');
      assert.ok(error instanceof GexlakeError);
      assert.equal(error.code, 'SOURCE_UNREADABLE');
      assert.match(error.message, /says that it has 0 bytes and gives some/);
    },
  );

  test('a link to a file is one', async () => {
    assert.equal(await read(at('link-to-file.json')), '[]');
  });

  test('wherever else a file is opened, too', async () => {
    for (const name of ['fifo.json', 'folder.json', 'socket.json'])
      for (const open of [openToRead, hashFile, readText])
        await assert.rejects(open(at(name)), { code: 'FILE_SYSTEM', message: /, not a regular file$/ });
  });
});
