import assert from 'node:assert/strict';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { compileCacheFolder } from '../../src/platform/compile-cache.ts';
import { startGexlake, type Owner } from '../support/gexlake.ts';

const isRoot = process.getuid?.() === 0;

async function makeHome(owner: Owner): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'gexlake-home-'));
  owner.after(() => rm(home, { recursive: true, force: true }));
  return home;
}

suite('the folder for compiled code', () => {
  test('is made in the home, for this user only', async (context) => {
    const home = await makeHome(context);
    const folder = join(home, '.cache/gexlake/compiled');
    assert.equal(compileCacheFolder({ HOME: home }), folder);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal(compileCacheFolder({ HOME: home }), folder, 'and is the same the next time');
  });

  test('is where XDG_CACHE_HOME says, if that is absolute', async (context) => {
    const home = await makeHome(context);
    const caches = join(home, 'caches');
    assert.equal(
      compileCacheFolder({ HOME: '/nonexistent', XDG_CACHE_HOME: caches }),
      join(caches, 'gexlake/compiled'),
    );
    assert.equal(compileCacheFolder({ HOME: home, XDG_CACHE_HOME: 'relative' }), null);
  });

  test('is none without a home that is there', async () => {
    for (const environment of [{}, { HOME: '' }, { HOME: '/nonexistent' }, { HOME: '/dev/null' }, { HOME: '/proc' }])
      assert.equal(compileCacheFolder(environment), null, JSON.stringify(environment));
    await assert.rejects(stat('/nonexistent'));
  });

  for (const place of ['.', '.cache', '.cache/gexlake', '.cache/gexlake/compiled']) {
    test(`is none where others may write into ${place}`, async (context) => {
      const home = await makeHome(context);
      await mkdir(join(home, '.cache/gexlake/compiled'), { recursive: true, mode: 0o700 });
      for (const mode of [0o777, 0o775, 0o707]) {
        await chmod(join(home, place), mode);
        assert.equal(compileCacheFolder({ HOME: home }), null, mode.toString(8));
      }
      await chmod(join(home, place), 0o755);
      assert.notEqual(compileCacheFolder({ HOME: home }), null);
    });

    test(
      `is none where ${place} is another user's`,
      { skip: !isRoot && 'only root gives files away' },
      async (context) => {
        const home = await makeHome(context);
        await mkdir(join(home, '.cache/gexlake/compiled'), { recursive: true, mode: 0o700 });
        await chown(join(home, place), 12_345, 12_345);
        assert.equal(compileCacheFolder({ HOME: home }), null);
      },
    );
  }

  test('is none where its own folders are links; the home may be one', async (context) => {
    const home = await makeHome(context);
    const elsewhere = join(home, 'elsewhere');
    await mkdir(join(elsewhere, 'compiled'), { recursive: true, mode: 0o700 });
    for (const link of ['a/.cache/gexlake', 'b/.cache/gexlake/compiled']) {
      await mkdir(join(home, link, '..'), { recursive: true, mode: 0o700 });
      await symlink(elsewhere, join(home, link));
      assert.equal(compileCacheFolder({ HOME: join(home, link.slice(0, 1)) }), null, link);
    }
    await symlink(elsewhere, join(home, 'link'));
    assert.equal(compileCacheFolder({ HOME: join(home, 'link') }), join(home, 'link/.cache/gexlake/compiled'));
    await chmod(elsewhere, 0o777);
    assert.equal(compileCacheFolder({ HOME: join(home, 'link') }), null);
  });
});

suite('the program', () => {
  const version = ['--version'];

  test('keeps compiled code in the private folder, and nothing in the temporary one', async (context) => {
    const home = await makeHome(context);
    const temporary = await makeHome(context);
    const env = { HOME: home, TMPDIR: temporary, XDG_CACHE_HOME: '' };
    assert.equal((await startGexlake(version, { env }).ended).exitCode, 0);
    assert.equal((await readdir(join(home, '.cache/gexlake/compiled'))).length, 1);
    assert.deepEqual(await readdir(temporary), []);
  });

  test('keeps none where the folder is open to others, and is quiet about it', async (context) => {
    const home = await makeHome(context);
    const folder = join(home, '.cache/gexlake/compiled');
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o777);
    for (const env of [
      { HOME: home, XDG_CACHE_HOME: '' },
      { HOME: '/nonexistent', XDG_CACHE_HOME: '' },
    ]) {
      const { exitCode, stderr } = await startGexlake(version, { env: { ...env, TMPDIR: home } }).ended;
      assert.deepEqual([exitCode, stderr], [0, '']);
    }
    assert.deepEqual(await readdir(folder), []);
    assert.deepEqual(await readdir(home), ['.cache']);
  });

  test("keeps it where NODE_COMPILE_CACHE says, which is its user's own word", async (context) => {
    const home = await makeHome(context);
    const given = join(home, 'given');
    await startGexlake(version, { env: { HOME: home, XDG_CACHE_HOME: '', NODE_COMPILE_CACHE: given } }).ended;
    assert.deepEqual((await readdir(home)).sort(), ['given']);
  });

  test('lets its importer keep it in the same place', async (context) => {
    const home = await makeHome(context);
    const env = { HOME: home, XDG_CACHE_HOME: '', TMPDIR: home };
    await startGexlake(['run', '--data-dir', join(home, 'data')], { env }).ended;
    const [own = '', ...others] = await readdir(join(home, '.cache/gexlake/compiled'));
    assert.deepEqual(others, []);
    const kept = await readdir(join(home, '.cache/gexlake/compiled', own), { recursive: true });
    assert.ok(kept.length > 20, 'that of the importer, too');
    assert.ok(
      kept.every((name) => !name.includes('/')),
      'beside the other',
    );
  });
});
