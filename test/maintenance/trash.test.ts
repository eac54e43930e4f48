import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { dataFolder } from '../../src/core/data-folder.ts';
import { emptyTrash, isTrashDue, keepInTrash, listTrash, moveToTrash } from '../../src/maintenance/trash.ts';
import { makeLake } from '../support/gexlake.ts';
import { put } from '../support/made.ts';

const noon_ms = Date.UTC(2025, 9, 31, 12);
const day_ms = 86_400_000;
const kept_days = 7;

test('the trash keeps files under their paths, replaces nothing, and is emptied by days', async (context) => {
  const lake = await makeLake(context);
  const folder = dataFolder(lake.folder);
  const path = 'parquet/gex/2025/10/SPX/gex_zero/strikes.parquet';
  await put(lake.folder, path, 'first');
  await keepInTrash(folder, path, noon_ms);
  assert.deepEqual(await lake.files('parquet'), [path.slice('parquet/'.length)]);
  const second = await moveToTrash(folder, path, noon_ms);
  assert.equal(second, `.trash/2025-10-31/${path}~2`);
  assert.deepEqual(await lake.files('parquet'), []);
  await put(lake.folder, path, 'third');
  const third = await moveToTrash(folder, path, noon_ms + day_ms);
  assert.equal(await readFile(join(lake.folder, third), 'utf8'), 'third');
  assert.deepEqual(
    (await listTrash(folder)).map(({ day, files, size_bytes }) => [day, files, size_bytes]),
    [
      ['2025-10-31', 2, 10],
      ['2025-11-01', 1, 5],
    ],
  );
  const due_ms = Date.UTC(2025, 10, 1) + kept_days * day_ms;
  assert.deepEqual([isTrashDue('2025-10-31', due_ms - 1), isTrashDue('2025-10-31', due_ms)], [false, true]);
  assert.equal(isTrashDue('2025-11-01', due_ms), false);
  await emptyTrash(folder, '2025-10-31');
  assert.deepEqual(await lake.files('.trash'), [third.slice('.trash/'.length)]);
});
