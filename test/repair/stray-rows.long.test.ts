import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { interrupts, silent } from '../support/built-program.ts';
import { loseJournal } from '../support/duckdb.ts';
import { put, records } from '../support/records.ts';
import { selects, withEngine, writeOldFile } from '../support/old-layouts.ts';
import { makeDesk } from '../pipeline/importer-here.ts';

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
  await loseJournal(desk.lake.folder);
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

test('after an older snapshot was restored, what gexlake made since is told as its own, and repair brings it back', async (context) => {
  const desk = await makeDesk(context);
  await desk.import('2025-10-22_SPX_classic_gex_zero.json', records(30));
  const { snapshot } = await desk.app.backUp(now, null, nothing);
  const wrong = { ...records(1, 86_400 + 60)[0], spot: 0 };
  const later = await desk.import('2025-10-23_SPX_classic_gex_zero.json', [...records(30, 86_400), wrong]);
  assert.equal(later.records_quarantined, 1);
  await loseJournal(desk.lake.folder);
  await desk.app.restore({ ask: now, snapshot: snapshot ?? '', into: null }, nothing);
  await put(desk.lake.folder, 'parquet/gex/2025/10/SPX/gex_zero/other.parquet', 'PAR1xxxxPAR1');
  const { problems } = await desk.app.verify({ kind: 'deep' }, nothing);
  const kinds = {
    parquet: /^gexlake made it after the present log/,
    source: /received after the present log/,
    quarantine: /set these records aside/,
  };
  assert.equal(problems.length, later.parquet_files.length + 3);
  for (const { path, hint } of problems) {
    const kind = path?.split('/')[0] as keyof typeof kinds;
    if (path?.endsWith('/other.parquet') === true) assert.match(hint, /^gexlake did not make this file/);
    else assert.match(hint, kinds[kind]);
  }
  await rm(join(desk.lake.folder, 'parquet/gex/2025/10/SPX/gex_zero/other.parquet'));
  await desk.app.repair({ kind: 'deep' }, now, nothing);
  assert.deepEqual((await desk.app.verify({ kind: 'deep' }, nothing)).problems, []);
  assert.deepEqual(
    (await desk.live()).map(([, day, count]) => [day, count]),
    [
      ['2025-10-22', 30],
      ['2025-10-23', 30],
    ],
  );
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
