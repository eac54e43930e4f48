import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { errorOf, makeLake } from '../support/gexlake.ts';
import { name, put, records } from '../support/records.ts';

test('what commands would do below a link or to what is no file is refused before it is done', async (context) => {
  const lake = await makeLake(context);
  const other = join(lake.desk, 'other');
  await mkdir(join(other, 'theirs'), { recursive: true });
  await put(lake.desk, name, records(5));
  await mkdir(lake.folder, { recursive: true });
  await symlink(other, join(lake.folder, '.work'));
  for (const command of [
    ['import', name],
    ['prune', '--apply'],
    ['repair', '--apply'],
    ['backup', '--apply'],
  ]) {
    const ran = await lake.run([...command, '--json']);
    assert.equal(errorOf(ran).code, 'PLACE_TAKEN', ran.stderr);
    assert.match(errorOf(ran).message ?? '', /\.work is a link to /);
  }
  assert.deepEqual(await readdir(other), ['theirs']);
  assert.deepEqual(await readdir(lake.folder), ['.work']);
  await rm(join(lake.folder, '.work'));
  await promisify(execFile)('mkfifo', [join(lake.folder, 'gex_history.db')]);
  for (const command of [['import', name], ['jobs'], ['verify']]) {
    const ran = await lake.run([...command, '--json']);
    assert.match(errorOf(ran).message ?? ran.stdout, /gex_history\.db is a FIFO/);
  }
});
