import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sizeOfFolder } from '../../src/platform/listing.ts';
import { test } from '../support/shares.ts';

test('the size of a folder is known while its files go', async (context) => {
  const root = await mkdtemp(join(tmpdir(), 'gexlake-listing-'));
  context.after(() => rm(root, { recursive: true, force: true }));
  for (let time = 0; time < 5; time++) {
    await mkdir(join(root, 'a/b'), { recursive: true });
    for (let at = 0; at < 200; at++) await writeFile(join(root, at % 2 === 0 ? 'a' : 'a/b', `${at}`), 'four');
    assert.equal(await sizeOfFolder(root), 800);
    const [size] = await Promise.all([sizeOfFolder(root), rm(join(root, 'a'), { recursive: true })]);
    assert.ok(size <= 800);
  }
  assert.equal(await sizeOfFolder(join(root, 'none')), 0);
});
