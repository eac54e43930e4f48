import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'node:test';
import { makeNewFolder } from '../../src/platform/new-folder.ts';
import { test } from '../support/shares.ts';

const door = JSON.stringify(join(import.meta.dirname, '../../src/platform/new-folder.ts'));

suite('A new folder', () => {
  test('takes away what a killed process has left of it, and nothing of one that lives', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'gexlake-new-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const target = join(folder, 'report');
    const killed = `import { makeNewFolder } from ${door};
      await makeNewFolder(${JSON.stringify(target)}, async (write) => {
        await write('page', 'half');
        process.kill(process.pid, 'SIGKILL');
      });`;
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', killed], { stdio: 'ignore' });
    assert.equal(signal, 'SIGKILL');
    const left = await readdir(folder);
    assert.match(left.join(' '), /^\.report\.[\w-]+\.[0-9a-f]{8}\.part$/);
    await makeNewFolder(target, async (write) => {
      const living = await readdir(folder);
      assert.deepEqual([living.length, living.includes(left[0] ?? '')], [1, false]);
      await assert.rejects(
        makeNewFolder(target, () => Promise.reject(new Error('other'))),
        /other/,
      );
      assert.deepEqual(await readdir(folder), living);
      await write('page', 'whole');
    });
    assert.deepEqual(await readdir(folder), ['report']);
  });
});
