import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { trashPath } from '../../src/core/kept-places.ts';
import { parseStoredPath } from '../../src/core/stored-path.ts';
import { emptyTrash, isTrashDue, keepInTrash, listTrash, moveToTrash } from '../../src/maintenance/trash.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { openLocalStore } from '../../src/store/store.ts';
import { makeLake } from '../support/gexlake.ts';
import { put } from '../support/records.ts';

const noon_ms = Date.UTC(2025, 9, 31, 12);
const day_ms = 86_400_000;
const kept_days = 7;

test('the trash keeps files under their paths, replaces nothing, and is emptied by days', async (context) => {
  const lake = await makeLake(context);
  const store = openLocalStore(lake.folder);
  const at = (now_ms: number) => ({ store, clock: { ...systemClock, now_ms: () => now_ms } });
  const path = parseStoredPath('parquet/gex/2025/10/SPX/gex_zero/strikes.parquet');
  const privateFolder = join(lake.folder, '.maintenance', 'private');
  await mkdir(privateFolder, { recursive: true });
  await put(lake.folder, path, 'first');
  await keepInTrash(at(noon_ms), path, join(privateFolder, 'one'));
  assert.deepEqual(await lake.files('parquet'), [path.slice('parquet/'.length)]);
  const second = await moveToTrash(at(noon_ms), path);
  assert.equal(second, `.trash/2025-10-31/${path}~2`);
  assert.deepEqual(await lake.files('parquet'), []);
  await put(lake.folder, path, 'third');
  const third = await moveToTrash(at(noon_ms + day_ms), path);
  assert.equal(await readFile(join(lake.folder, third), 'utf8'), 'third');
  assert.deepEqual(
    (await listTrash(store)).map(({ day, files, size_bytes }) => [day, files, size_bytes]),
    [
      ['2025-10-31', 2, 10],
      ['2025-11-01', 1, 5],
    ],
  );
  const due_ms = Date.UTC(2025, 10, 1) + kept_days * day_ms;
  assert.deepEqual([isTrashDue('2025-10-31', due_ms - 1), isTrashDue('2025-10-31', due_ms)], [false, true]);
  assert.equal(isTrashDue('2025-11-01', due_ms), false);
  await emptyTrash(store, trashPath('2025-10-31'), privateFolder);
  assert.deepEqual(await lake.files('.trash'), [third.slice('.trash/'.length)]);
});
