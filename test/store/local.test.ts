import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { link, lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext } from 'node:test';
import { parseStoredPath } from '../../src/core/stored-path.ts';
import { openLocalStore } from '../../src/store/store.ts';
import { localFile } from './changes.ts';
import { fileStoreContract, type StoreUnderTest } from './contract.ts';
import { long, test } from '../support/shares.ts';

async function open(context: TestContext): Promise<StoreUnderTest> {
  const root = await mkdtemp(join(tmpdir(), 'gexlake-store-'));
  context.after(() => rm(root, { recursive: true, force: true }));
  const workFolder = join(root, '.work', 'one');
  await mkdir(workFolder, { recursive: true });
  return {
    store: openLocalStore(root),
    workFolder,
    killed: (change, fault) => {
      const program = join(import.meta.dirname, 'change-and-die.ts');
      const env = { ...process.env, GEXLAKE_FAULT: fault };
      const { signal, stderr } = spawnSync(process.execPath, [program, root, workFolder, change], { env });
      assert.equal(signal, 'SIGKILL', stderr.toString());
    },
  };
}

suite('local files', () => {
  for (const [title, act] of fileStoreContract(open))
    (title.includes('is killed') && !title.startsWith('put ') ? long : test)(title, act);
});

test('the disk has links, unless this run is to be without', async (context) => {
  const { workFolder } = await open(context);
  const { path } = await localFile(workFolder, 'a', 'some bytes');
  const hasLinks = await link(path, `${path}2`).then(
    () => true,
    () => false,
  );
  assert.equal(hasLinks, process.env['DISK_LINK_FAILS'] === undefined);
});

test('what is put is read-only, and a kept file has no more names than it needs', async (context) => {
  const { store, workFolder } = await open(context);
  const path = parseStoredPath('parquet/gex/2025/10/SPX/gex_zero/strikes.parquet');
  const local = await localFile(workFolder, 'a', 'some bytes');
  await store.put([{ path, local, when: { ifAbsent: true } }], { purpose: 'publish' });
  assert.equal((await lstat(await store.engineUrl(path))).mode & 0o777, 0o444);
  await store.remove([path], { purpose: 'publish', workFolder });
  assert.deepEqual((await readdir(workFolder)).filter((name) => name.startsWith('taken-')).length, 1);
});
