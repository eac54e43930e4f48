import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, before, suite } from 'node:test';
import type { RepairReport } from '../../src/app/app.ts';
import { editLog, runOn } from '../support/duckdb.ts';
import { lastFirst, type Lake } from '../support/gexlake.ts';
import { put, sampleDay } from '../support/records.ts';
import { add, damage, swap, type Damage } from '../support/damage.ts';
import { appOn, copyOf, folder, liveBytes, other, prepare, type Prepared } from '../support/every-command.ts';
import { long, test } from '../support/shares.ts';

/*
 * Damages a copy of a data folder that has seen every command, repairs it, and makes sure that it verifies, that live files have the
 * bytes they had, and that a second repair has nothing to do.
 */

let prepared: Prepared;
let listed: readonly string[] = [];
/** SHA-256 of every live file, by path. */
let bytesBefore: ReadonlyMap<string, string>;
const owner = lastFirst({ after });
before(async () => {
  prepared = await prepare(owner);
  listed = await prepared.lake.files('.');
  bytesBefore = await liveBytes(prepared.lake);
});

function first(below: string, pattern: RegExp): string {
  return listed.find((path) => path.startsWith(below) && pattern.test(path)) ?? '';
}

async function repair(lake: Lake, apply = true, expected: string | null = null): Promise<RepairReport> {
  return (await appOn(lake)).repair({ kind: 'usual' }, { apply, expected }, () => undefined);
}

/** Repairs, and holds all that must be true afterwards. Gives the actions. */
async function repaired(lake: Lake): Promise<readonly string[]> {
  const planned = await repair(lake, false);
  const done = await repair(lake, true, planned.plan_id);
  assert.deepEqual(done.failed, []);
  assert.deepEqual(done.left, []);
  assert.deepEqual(await liveBytes(lake), bytesBefore);
  const again = await repair(lake);
  assert.deepEqual([again.plan, again.left], [[], []]);
  return done.plan.map(({ action, path }) => `${action} ${path}`);
}

/** One file of each kind, with what repairing does about it, and another one that it can change places with. */
const kinds = (): readonly { readonly path: string; readonly action: string; readonly swap: string }[] => [
  { path: `${other}/strikes.parquet`, action: 'put back live', swap: `${folder}/strikes.parquet` },
  {
    path: `${other}/snapshots_${prepared.extension.job_id}.parquet`,
    action: 'put back live',
    swap: `${other}/snapshots.parquet`,
  },
  { path: `${folder}/snapshots.parquet`, action: 'put back live', swap: first('parquet', /IWM|QQQ/) },
  {
    path: first('archive', /strikes_.*superseded_by/),
    action: 'put back superseded',
    swap: first('archive', /snapshots\.superseded_by/),
  },
  { path: prepared.plain.staged_path ?? '', action: 'put back source', swap: prepared.staged.staged_path ?? '' },
  {
    path: `quarantine/${prepared.plain.job_id}.ndjson`,
    action: 'put back quarantine',
    swap: `quarantine/${prepared.staged.job_id}.ndjson`,
  },
];

suite('repair', { concurrency: 1 }, () => {
  for (const how of ['flip', 'truncate', 'delete', 'chmod'] as const satisfies readonly Damage[]) {
    long(`brings back a file of each kind: ${how}`, async () => {
      const lake = await copyOf(prepared.lake);
      for (const { path } of kinds()) await damage(lake.folder, path, how);
      const expected = kinds().map(({ action, path }) => `${how === 'chmod' ? 'make read-only' : action} ${path}`);
      assert.deepEqual((await repaired(lake)).toSorted(), expected.toSorted());
    });
  }

  long('brings back files that have changed places', async () => {
    const lake = await copyOf(prepared.lake);
    for (const { path, swap: with_ } of kinds()) await swap(lake.folder, path, with_);
    assert.equal((await repaired(lake)).length, 2 * kinds().length);
  });

  long('puts away what no job explains', async () => {
    const lake = await copyOf(prepared.lake);
    const strays = [...new Set(kinds().map(({ path }) => join(dirname(path), 'stray.parquet')))];
    for (const { path } of kinds()) await add(lake.folder, path, join(dirname(path), 'stray.parquet'));
    assert.deepEqual((await repaired(lake)).toSorted(), strays.map((path) => `trash ${path}`).toSorted());
    assert.equal((await lake.files('.trash')).length, strays.length);
  });

  long('leaves rows under parquet/ whose source the log does not know', async () => {
    const lake = await copyOf(prepared.lake);
    const checksum = prepared.plain.job_id;
    await runOn(
      join(lake.folder, 'unused.db'),
      `COPY (SELECT 1 AS strike) TO '${join(lake.folder, folder, 'old.parquet')}' (FORMAT parquet)`,
    );
    await runOn(
      join(lake.folder, 'unused.db'),
      `COPY (SELECT 1 AS strike) TO '${join(lake.folder, folder, 'newer.parquet')}'
       (FORMAT parquet, KV_METADATA {'gexlake.source_checksum': '${checksum}${checksum}'})`,
    );
    const { plan, left } = await repair(lake);
    assert.deepEqual(
      plan.filter(({ path }) => path.startsWith('parquet/')),
      [],
    );
    assert.deepEqual(
      left.map(({ code, path }) => [code, path]).filter(([, path]) => path?.startsWith('parquet/')),
      [
        ['FILE_UNEXPLAINED', `${folder}/newer.parquet`],
        ['FILE_UNEXPLAINED', `${folder}/old.parquet`],
      ],
    );
  });

  test('a live file comes back by a recorded job, with its reason, and what was there is in the trash', async () => {
    const lake = await copyOf(prepared.lake);
    const path = `${other}/strikes.parquet`;
    await damage(lake.folder, path, 'flip');
    await repaired(lake);
    const [job] = await lake.jobs(['--limit', '1']);
    assert.deepEqual([job?.kind, job?.status, job?.url], ['rewrite', 'completed', `repair:${path}`]);
    assert.match(job?.reason ?? '', /has SHA-256 [0-9a-f]{64}, logged is [0-9a-f]{64}/);
    assert.deepEqual(
      (await lake.files('.trash')).map((name) => name.slice('YYYY-MM-DD/'.length)),
      [path],
    );
  });

  long('a plan is done only as long as it is that plan', async () => {
    const lake = await copyOf(prepared.lake);
    await damage(lake.folder, `${other}/strikes.parquet`, 'chmod');
    const { plan_id } = await repair(lake, false);
    await damage(lake.folder, `${other}/snapshots.parquet`, 'chmod');
    await assert.rejects(repair(lake, true, plan_id), { code: 'PLAN_CHANGED' });
  });

  long('leaves what cannot be made again, and says so', async () => {
    const lake = await copyOf(prepared.lake);
    const { plain } = prepared;
    const path = `${other}/strikes.parquet`;
    await editLog(
      join(lake.folder, 'gex_history.db'),
      `UPDATE import_jobs SET url = '/gone.json' WHERE id = '${plain.job_id}'`,
    );
    await damage(lake.folder, path, 'truncate');
    await damage(lake.folder, plain.staged_path ?? '', 'delete');
    const { plan, left } = await repair(lake);
    assert.deepEqual(plan, []);
    assert.deepEqual(
      left.map(({ code }) => code),
      ['FILE_SIZE', 'SOURCE_MISSING'],
    );
  });

  long('imports a source that was put into source/ by hand, and recovers a job that is stuck', async () => {
    const lake = await copyOf(prepared.lake);
    const name = '2025-10-22_TLT_classic_gex_zero.json';
    const { bytes } = sampleDay({ ticker: 'TLT', records: 9, strikes: 6 });
    await put(lake.folder, `source/gexbot/${name}`, bytes);
    const stuck = await put(lake.desk, name.replace('TLT', 'GLD'), sampleDay({ ticker: 'GLD', records: 9 }).bytes);
    await lake.spawn(['import', stuck], { env: { GEXLAKE_FAULT: 'killall@publish:link#1' } });
    const done = await repair(lake);
    assert.deepEqual(
      done.plan.map(({ action }) => action),
      ['recover', 'import'],
    );
    assert.deepEqual([done.failed, done.left], [[], []]);
    const states = (await lake.jobs(['--limit', '2'])).map(({ ticker, status }) => `${ticker} ${status}`);
    assert.deepEqual(states, ['TLT completed', 'GLD pending']);
  });

  long('clears an engine that cannot be opened', async () => {
    const lake = await copyOf(prepared.lake);
    await put(lake.folder, 'gex_data.db', 'damaged');
    assert.deepEqual(await repaired(lake), ['trash gex_data.db']);
  });
});
