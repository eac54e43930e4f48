import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'node:test';
import { openJobLog } from '../../src/joblog/joblog.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { runOn } from '../support/duckdb.ts';
import type { Owner } from '../support/gexlake.ts';
import { shareOf, test } from '../support/shares.ts';
import { request } from './ports/made.ts';

/* What a power cut leaves of a log that was just being made: a part of its headers, and nobody was told of anything. */

async function newPath(owner: Owner): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gexlake-begun-'));
  owner.after(() => rm(folder, { recursive: true }));
  return join(folder, 'gex_history.db');
}

const open = (path: string) => openJobLog(path, { clock: systemClock, commandOf: () => null });

const beginnings: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  'zeros only': (path) => writeFile(path, Buffer.alloc(12_288)),
  'one header': async (path) => {
    await runOn(path, 'SELECT 1');
    await truncate(path, 4_096);
  },
};

suite('a log that was begun and never finished', () => {
  for (const [what, begin] of Object.entries(shareOf(2, beginnings)))
    test(`with ${what}, reads as none, and is begun again by who writes`, async (context) => {
      const path = await newPath(context);
      await begin(path);
      assert.deepEqual((await open(path).whole.snapshot()).jobs, []);
      assert.equal((await open(path).queue.enqueue([request('/a')])).length, 1);
      assert.equal((await open(path).whole.snapshot()).jobs.length, 1);
      assert.deepEqual(await open(path).whole.compare(), []);
      const [aside = ''] = await readdir(join(path, '../backups'));
      assert.ok(existsSync(join(path, '../backups', aside, 'gex_history.db')));
    });

  test('beside published files is a log that was cut, and damage', async (context) => {
    const path = await newPath(context);
    await writeFile(path, Buffer.alloc(12_288));
    await mkdir(join(path, '../parquet'));
    await assert.rejects(open(path).whole.snapshot(), { code: 'DATABASE_DAMAGED' });
    await assert.rejects(open(path).queue.enqueue([request('/a')]), { code: 'DATABASE_DAMAGED' });
  });

  test('with a journal, has its rows', async (context) => {
    const path = await newPath(context);
    await open(path).queue.enqueue([request('/a')]);
    await rm(path);
    await runOn(path, 'SELECT 1');
    await open(path).queue.enqueue([request('/b')]);
    assert.equal((await open(path).whole.snapshot()).jobs.length, 2);
  });

  test('with a WAL that is not whole, loses only that: who writes next puts it aside', async (context) => {
    const path = await newPath(context);
    await runOn(path, 'CREATE TABLE others (id INTEGER)');
    await runOn(path, 'PRAGMA disable_checkpoint_on_shutdown; CREATE TABLE later (id INTEGER, name VARCHAR)');
    const wal = await readFile(`${path}.wal`);
    await writeFile(`${path}.wal`, wal.fill(0, wal.byteLength - 60));
    await assert.rejects(open(path).whole.snapshot(), { code: 'DATABASE_DAMAGED' });
    await open(path).queue.enqueue([request('/a')]);
    assert.equal((await open(path).whole.snapshot()).jobs.length, 1);
    const [aside = ''] = await readdir(join(path, '../backups'));
    assert.deepEqual(await readdir(join(path, '../backups', aside)), ['gex_history.db.wal']);
  });

  test('is none where there is more than headers: that is told as damage', async (context) => {
    const path = await newPath(context);
    await writeFile(path, Buffer.alloc(20_000));
    await assert.rejects(open(path).queue.enqueue([request('/a')]), { code: 'DATABASE_DAMAGED' });
    assert.equal((await stat(path)).size, 20_000);
  });
});
