import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'node:test';
import { openJobLog, type JobLog } from '../../src/joblog/joblog.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { onStep } from '../../src/platform/steps.ts';
import { readDatabase } from '../support/duckdb.ts';
import type { Owner } from '../support/gexlake.ts';
import { request } from './ports/made.ts';
import { long } from '../support/shares.ts';

/** A log to which the WAL of an earlier transaction has come back: nothing has synced that it was removed, and the power was cut. */
async function withOldWal(owner: Owner): Promise<{ readonly path: string; readonly open: () => JobLog }> {
  const folder = await mkdtemp(join(tmpdir(), 'gexlake-wal-'));
  owner.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'gex_history.db');
  const open = () => openJobLog(path, { clock: systemClock, commandOf: () => null });
  const log = open();
  await log.queue.enqueue([request('/first')]);
  onStep(async (step) => {
    if (step === 'log:committed') await copyFile(`${path}.wal`, join(folder, 'kept'));
  });
  await log.queue.enqueue([request('/second')]);
  onStep(null);
  await log.queue.enqueue([request('/third')]);
  await copyFile(join(folder, 'kept'), `${path}.wal`);
  return { path, open };
}

const urlsOf = async ({ whole }: JobLog) => (await whole.snapshot()).jobs.map(({ url }) => url);

suite('a WAL that a crash has left', () => {
  long('gives no row twice: neither to who reads, nor after the next who writes', async (context) => {
    const { path, open } = await withOldWal(context);
    assert.deepEqual(await urlsOf(open()), ['/first', '/second', '/third']);
    await open().whole.prepare();
    assert.equal(existsSync(`${path}.wal`), false);
    const jobs = await readDatabase(path, 'SELECT url FROM import_jobs ORDER BY id');
    assert.deepEqual(
      jobs.map(({ url }) => url),
      ['/first', '/second', '/third'],
    );
    assert.deepEqual(await open().whole.compare(), []);
  });

  long('is taken away, too, by who has read before', async (context) => {
    const { open } = await withOldWal(context);
    const log = open();
    await log.whole.snapshot();
    await log.queue.enqueue([request('/fourth')]);
    assert.deepEqual(await urlsOf(log), ['/first', '/second', '/third', '/fourth']);
    assert.deepEqual(await log.whole.compare(), []);
  });
});
