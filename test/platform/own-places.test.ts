import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { dataFolder, type DataFolder } from '../../src/core/data-folder.ts';
import { makeFolder } from '../../src/platform/folders.ts';
import { openPart, remove } from '../../src/platform/work-files.ts';
import { linkNew, moveNew, replaceFile } from '../../src/platform/visible-names.ts';
import { guardDataFolder, mustBeDatabaseFile, mustBeOwn } from '../../src/platform/own-places.ts';

/** A data folder, and another folder with something in it that is nobody's to touch. */
async function twoFolders(context: TestContext): Promise<{ folder: DataFolder; other: string }> {
  const root = await mkdtemp(join(tmpdir(), 'gexlake-places-'));
  context.after(() => rm(root, { recursive: true, force: true }));
  const other = join(root, 'other');
  await mkdir(join(other, 'theirs'), { recursive: true });
  await writeFile(join(other, 'theirs', 'file'), 'x');
  await mkdir(join(root, 'data'));
  return { folder: dataFolder(join(root, 'data')), other };
}

const places = [
  'source',
  'source/gexbot',
  'parquet',
  'parquet/gex',
  'archive',
  'quarantine',
  'log',
  'backups',
  'reports',
  'pins',
];

suite('a place in the data folder that is not its own', () => {
  for (const place of [...places, '.inbox', '.work', '.maintenance', '.trash']) {
    test(`${place} as a link is refused`, async (context) => {
      const { folder, other } = await twoFolders(context);
      const path = join(folder.root, place);
      await mustBeOwn(folder);
      await mkdir(dirname(path), { recursive: true });
      await symlink(other, path);
      const says = `${path} is a link to ${other}, where the folder of gexlake's own belongs`;
      await assert.rejects(mustBeOwn(folder), { code: 'PLACE_TAKEN', message: says });
      await rm(path);
      await writeFile(path, '');
      await assert.rejects(mustBeOwn(folder), { code: 'PLACE_TAKEN', message: /is a file, where/ });
      await rm(path);
      await mkdir(path);
      await mustBeOwn(folder);
    });
  }

  for (const name of ['gex_history.db', 'gex_history.db.wal', 'gex_data.db', 'gex_data.db.wal']) {
    test(`${name} as a link, a FIFO or a folder is refused`, async (context) => {
      const { folder, other } = await twoFolders(context);
      const path = join(folder.root, name);
      const makings: readonly (readonly [() => Promise<unknown>, RegExp])[] = [
        [() => symlink(join(other, 'theirs', 'file'), path), /is a link to .*file, where the file of gexlake's own/],
        [() => symlink(join(other, 'nothing'), path), /is a link/],
        [() => promisify(execFile)('mkfifo', [path]), /is a FIFO/],
        [() => mkdir(path), /is a folder/],
      ];
      for (const [make, says] of makings) {
        await make();
        await assert.rejects(mustBeOwn(folder), { code: 'PLACE_TAKEN', message: says });
        await assert.rejects(mustBeDatabaseFile(path.replace('.wal', '')), { code: 'PLACE_TAKEN', message: says });
        await rm(path, { recursive: true });
      }
      await writeFile(path, '');
      await mustBeOwn(folder);
    });
  }

  test('the data folder itself may be a link', async (context) => {
    const { folder } = await twoFolders(context);
    await mkdir(join(folder.root, '.work'));
    const linked = join(dirname(folder.root), 'linked');
    await symlink(folder.root, linked);
    await mustBeOwn(dataFolder(linked));
    guardDataFolder(linked);
    await makeFolder('load:folder', join(linked, '.work', 'job'));
    await remove('clean:remove', join(linked, '.work', 'job'));
    assert.deepEqual(await readdir(join(folder.root, '.work')), []);
  });

  test('nothing is done below a link, wherever in the data folder it is', async (context) => {
    const { folder, other } = await twoFolders(context);
    guardDataFolder(folder.root);
    await mkdir(folder.work);
    await writeFile(join(folder.work, 'mine'), 'x');
    const mine = join(folder.work, 'mine');
    for (const place of ['.trash', 'parquet/gex/2025']) {
      const path = join(folder.root, place);
      await mkdir(dirname(path), { recursive: true });
      await symlink(other, path);
      const theirs = join(path, 'theirs');
      const acts: readonly (() => Promise<unknown>)[] = [
        () => remove('clean:remove', theirs),
        () => makeFolder('load:folder', join(path, 'new')),
        () => openPart('load:part', join(theirs, 'new')),
        () => linkNew('publish:link', mine, join(theirs, 'new')),
        () => moveNew('trash:move', mine, join(theirs, 'new')),
        () => replaceFile('publish:replace', mine, join(theirs, 'file')),
      ];
      for (const act of acts) await assert.rejects(act, { code: 'PLACE_TAKEN', message: /is a link to/ });
    }
    assert.deepEqual(await readdir(other, { recursive: true }), ['theirs', 'theirs/file']);
    // A link in the place of a file is removed as the link that it is.
    await symlink(other, join(folder.work, 'link'));
    await remove('clean:remove', join(folder.work, 'link'));
    assert.deepEqual(await readdir(join(other, 'theirs')), ['file']);
  });
});
