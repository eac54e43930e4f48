import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { interrupts, silent } from '../support/built.ts';
import { records } from '../support/made.ts';
import { selects, withEngine, writeOldFile } from '../support/old-layouts.ts';
import { makeDesk } from '../pipeline/desk.ts';

const now = { apply: true, expected: null };
const nothing = () => undefined;

test('a repair leaves a file of a known source alone whose sessions are live nowhere else, and puts it away once they are', async (context) => {
  const desk = await makeDesk(context);
  const flags = { ticker: 'SPX', endpoint: 'gex_zero' };
  const two = [...records(40), ...records(3, 86_400)];
  await desk.import('day.json', two, { ...flags, date: '2025-10-22' });
  const { snapshot } = await desk.app.backUp(now, null, nothing);
  const later = await desk.import('day.json', two, flags);
  const published = later.parquet_files;
  assert.deepEqual(later.session_dates, ['2025-10-23']);
  await desk.app.restore({ ask: now, snapshot: snapshot ?? '', into: null }, nothing);
  const left = await desk.app.repair({ kind: 'deep' }, now, nothing);
  assert.deepEqual(
    left.left.map(({ code, path }) => `${code} ${path}`),
    published.map((path) => `FILE_UNEXPLAINED ${path}`),
  );
  assert.equal((await desk.import('day.json', two, flags)).records_processed, 3);
  const { plan } = await desk.app.repair({ kind: 'deep' }, now, nothing);
  assert.deepEqual(
    plan.map(({ action, path }) => `${action} ${path}`),
    published.map((path) => `trash ${path}`),
  );
  assert.deepEqual((await desk.app.verify({ kind: 'deep' }, nothing)).problems, []);
});

test('a migration that was withdrawn is planned again', async (context) => {
  const desk = await makeDesk(context);
  const folder = join(desk.lake.desk, 'old');
  await withEngine((run) =>
    writeOldFile(run, join(folder, 'SPX/zero/20251022.strikes.parquet'), records(20), selects.flat),
  );
  const migrate = (apply: typeof now | null) =>
    desk.app.migrate(
      { folder, removeSources: false, reason: 'old', apply, workers: 1 },
      { onProgress: nothing, listener: silent },
      interrupts,
    );
  const { run } = await migrate(now);
  assert.equal(run?.results[0]?.status, 'completed');
  assert.deepEqual([(await migrate(null)).plan.actions.length, (await migrate(null)).plan.done], [0, 1]);
  await desk.withdraw(run.results[0].job_id);
  assert.deepEqual(await desk.live(), []);
  assert.equal((await migrate(now)).run?.results[0]?.status, 'completed');
  assert.deepEqual(await desk.live(), [['gex_zero', '2025-10-22', 20]]);
});
