import assert from 'node:assert/strict';
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { VerifyReport } from '../../src/app/app.ts';
import type { ImportResult } from '../../src/core/job.ts';
import { readMetadata, readRows } from '../parquet/read.ts';
import { lastFirst, makeLake, only, program as current, type Lake } from '../support/gexlake.ts';
import { name as sourceName, put, record, type MadeRecord } from '../support/records.ts';
import { firstRelease, nextRelease } from '../support/releases.ts';

/*
 * One folder with files of three versions of the contract: of the first release, of this one, and of a made-up next one, which does
 * everything with all of them.
 */

const folder = 'parquet/gex/2025/10/SPX/gex_zero';
const owner = lastFirst({ after });
let lake: Lake;
let first: string;
let next: string;

before(async () => {
  lake = await makeLake(owner);
  first = await firstRelease(join(lake.desk, 'first'));
  next = await nextRelease(join(lake.desk, 'next'));
});

/** Records as the vendor sends them once it has a new field; and from a second on a new number in each entry of the ladder. */
function madeRecords(count: number, weighedFrom = 16): MadeRecord[] {
  return Array.from({ length: count }, (_, second) => {
    const made = record(second, { added: second + 0.5 });
    const strikes = (made['strikes'] as readonly unknown[][]).map((entry) =>
      second < weighedFrom ? entry : entry.concat(second * 2),
    );
    return { ...made, strikes };
  });
}

type Source = { readonly named: string; readonly content: unknown };

async function source({ named, content }: Source): Promise<string> {
  return put(lake.desk, `${named}/${sourceName}`, content);
}

async function imports(made: Source, program: string): Promise<ImportResult> {
  return only(await lake.spawnJson<ImportResult[]>(['import', await source(made)], { program }));
}

async function mustVerify(): Promise<void> {
  const { ok, problems } = await lake.spawnJson<VerifyReport>(['verify', '--deep'], { program: next });
  assert.deepEqual({ ok, problems }, { ok: true, problems: [] });
}

async function run(args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await lake.spawn(args, { program: next });
  assert.equal(exitCode, 0, stderr);
}

async function asked(sql: string): Promise<unknown[]> {
  return lake.spawnJson<unknown[]>(['query', sql], { program: next });
}

/** The live files of the folder, by the version that they say they follow. */
async function liveVersions(): Promise<ReadonlyMap<string, string[]>> {
  const sql = `SELECT path FROM parquet_files WHERE state = 'live' AND starts_with(path, '${folder}') ORDER BY path`;
  const paths = (await asked(sql)).map((row) => (row as { readonly path: string }).path);
  const found = new Map<string, string[]>();
  for (const path of paths) {
    const { version } = await fileAt(path);
    found.set(version, [...(found.get(version) ?? []), path]);
  }
  return found;
}

/** The version and the rows of a file, by a reader of its own. */
async function fileAt(path: string) {
  const full = join(lake.folder, path);
  const { key_value_metadata } = await readMetadata(full);
  const version = key_value_metadata?.find(({ key }) => key === 'gexlake.contract_version')?.value ?? '';
  return { version, rows: await readRows(full) };
}

/** Damages files, and expects that they are made again byte for byte. */
async function mustBeRebuilt(paths: readonly string[]): Promise<void> {
  const before = await lake.tree('parquet');
  for (const path of paths) {
    const full = join(lake.folder, path);
    await chmod(full, 0o644);
    await writeFile(full, (await readFile(full)).fill(0, 100, 200));
    await chmod(full, 0o444);
  }
  await run(['repair', '--apply']);
  const checksums = (tree: ReadonlyMap<string, string>) =>
    [...tree].map(([path, state]) => [path, state.split(' ').at(-1)]);
  assert.deepEqual(checksums(await lake.tree('parquet')), checksums(before));
  await mustVerify();
}

const numbers = `SELECT count(*) AS rows, count(zero_gamma) AS known, count(added) AS added, count(endpoint) AS endpoints,
  count(extra->>'$.added')::INTEGER AS kept FROM snapshots`;
const weights = `SELECT count(*) AS rows, count(weight) AS weights, sum(gex_vol) AS sum FROM strikes`;

suite('a folder with files of three contracts', () => {
  test('each release adds its seconds, and what older ones have published is no damage', async () => {
    for (const [program, count, added] of [
      [first, 8, 8],
      [current, 14, 6],
      [next, 20, 6],
    ] as const) {
      const { status, records_processed, error } = await imports(
        { named: `${count}`, content: madeRecords(count) },
        program,
      );
      assert.deepEqual([status, records_processed, error], ['completed', added, null]);
    }
    const versions = await liveVersions();
    const counted = Object.fromEntries([...versions].map(([version, paths]) => [version, paths.length]));
    assert.deepEqual(counted, { 1: 2, 2: 2, 3: 2 });
    const logged = `SELECT contract_version, count(writer) AS written, count(content_hash) AS hashed FROM parquet_files GROUP BY 1 ORDER BY 1`;
    assert.deepEqual(
      await asked(logged),
      ['1', '2', '3'].map((contract_version) => ({ contract_version, written: 2, hashed: 2 })),
    );
    await mustVerify();
  });

  test('all of them answer as one', async () => {
    assert.deepEqual(await asked(numbers), [{ rows: 20, known: 20, added: 6, endpoints: 20, kept: 14 }]);
    assert.deepEqual(await asked(weights), [{ rows: 100, weights: 20, sum: 950 }]);
    const described = (await asked('DESCRIBE snapshots')) as { column_name: string; column_type: string }[];
    const names = described.map(({ column_name }) => column_name);
    assert.deepEqual([names[0], names.filter((one) => one === 'endpoint').length], ['endpoint', 1]);
    assert.equal(described.at(-1)?.column_type, 'JSON');
  });

  test('the same rows are skipped, though a field that was unknown is a column now', async () => {
    const again = await imports({ named: 'again', content: JSON.stringify(madeRecords(20), null, 1) }, next);
    assert.deepEqual([again.status, again.skipped, again.error], ['skipped', true, null]);
  });

  test('another value is a conflict wherever the file has the column', async () => {
    const changed = (second: number, field: string) => {
      const made = madeRecords(20);
      made[second] = { ...made[second], [field]: 1000 };
      return imports({ named: `changed-${second}-${field}`, content: made }, next);
    };
    for (const [second, field] of [
      [3, 'zero_gamma'],
      [10, 'zero_gamma'],
      [17, 'zero_gamma'],
      [17, 'added'],
    ] as const) {
      const { error } = await changed(second, field);
      assert.equal(error?.code, 'ROWS_CONFLICT');
      assert.match(error.message, new RegExp(field));
    }
    assert.equal((await changed(3, 'added')).status, 'skipped');
  });

  test('files of every version are made again from their sources, byte for byte', async () => {
    await mustBeRebuilt([...(await liveVersions()).values()].map((paths) => paths[0] ?? ''));
  });

  test('older releases say that a file is newer, and change nothing', async () => {
    for (const [program, known] of [
      [current, '1, 2'],
      [first, '1'],
    ] as const) {
      const report = await lake.spawnJson<VerifyReport>(['verify', '--deep'], { program });
      assert.deepEqual([report.ok, report.problems], [true, []]);
      assert.deepEqual(new Set(report.notes.map(({ code }) => code)), new Set(['CONTRACT_NEWER']));
      const before = await lake.tree('parquet');
      const { error } = await imports({ named: `older-${known}`, content: madeRecords(30, 99) }, program);
      assert.equal(error?.code, 'CONTRACT_NEWER');
      assert.ok(error.message.endsWith(`known are ${known}`), error.message);
      const compacted = await lake.spawn(['compact', folder, '--reason', 'test', '--json'], { program });
      assert.match(compacted.stdout, /CONTRACT_NEWER/);
      assert.deepEqual(await lake.tree('parquet'), before);
      const rows = await lake.spawnJson<unknown[]>(['query', 'SELECT count(*) AS rows FROM snapshots'], { program });
      assert.deepEqual(rows, [{ rows: 20 }]);
    }
  });

  test('merged they follow the newest, and can be made again; undone they are what they were', async () => {
    const before = await lake.tree('parquet');
    await run(['compact', folder, '--reason', 'test']);
    const { version, rows } = await fileAt(`${folder}/snapshots.parquet`);
    assert.equal(version, '3');
    assert.deepEqual(
      rows.map((row) => [row['endpoint'], row['spot'], row['added']]),
      madeRecords(20).map((one, at) => ['gex_zero', one['spot'], at < 14 ? null : one['added']]),
    );
    assert.deepEqual(await asked(numbers), [{ rows: 20, known: 20, added: 6, endpoints: 20, kept: 14 }]);
    await mustVerify();
    await mustBeRebuilt([`${folder}/strikes.parquet`]);
    await run(['restore-file', `${folder}/strikes.parquet`, '--reason', 'test']);
    assert.deepEqual([...(await lake.tree('parquet')).keys()], [...before.keys()]);
    assert.deepEqual([...(await liveVersions()).keys()].sort(), ['1', '2', '3']);
    await mustVerify();
  });

  test('they are backed up and restored, and the log is made again from them', async () => {
    const before = [await asked(numbers), await asked(weights), await lake.tree('parquet')];
    await run(['backup', '--apply']);
    await rm(join(lake.folder, 'gex_history.db'));
    await run(['restore', only(await readdir(join(lake.folder, 'backups'))), '--apply']);
    await mustVerify();
    await rm(join(lake.folder, 'gex_history.db'));
    await run(['restore', '--rebuild-log', '--apply']);
    await mustVerify();
    assert.deepEqual([await asked(numbers), await asked(weights), await lake.tree('parquet')], before);
    const logged = `SELECT DISTINCT contract_version FROM parquet_files WHERE state = 'live' ORDER BY 1`;
    assert.deepEqual(
      await asked(logged),
      ['1', '2', '3'].map((contract_version) => ({ contract_version })),
    );
    await mustBeRebuilt([...(await liveVersions()).values()].map((paths) => paths[1] ?? ''));
  });

  test('a correction gives every row the columns of its source', async () => {
    const sql = `SELECT id FROM import_jobs WHERE kind = 'import' AND status = 'completed' AND records_processed = 6 ORDER BY created_at`;
    const jobs = (await asked(sql)) as { readonly id: string }[];
    const path = await source({ named: 'right', content: madeRecords(20, 0) });
    await run(['correct', jobs.at(-1)?.id ?? '', path, '--reason', 'test']);
    assert.deepEqual(await asked('SELECT count(added) AS added FROM snapshots'), [{ added: 20 }]);
    assert.deepEqual(await asked('SELECT count(weight) AS weights FROM strikes'), [{ weights: 100 }]);
    await mustVerify();
  });

  test('files of an older contract alone are merged as what they are', async () => {
    const spy = (count: number) => madeRecords(count, 99).map((one) => Object.assign(one, { ticker: 'SPY' }));
    for (const [ticker, program, expected] of [
      ['SPY', first, '1'],
      ['QQQ', current, '2'],
    ] as const) {
      for (const count of [5, 10]) {
        const content = spy(count).map((one) => Object.assign(one, { ticker }));
        const path = await put(lake.desk, `${ticker}-${count}/2025-10-22_${ticker}_classic_gex_zero.json`, content);
        assert.equal(only(await lake.spawnJson<ImportResult[]>(['import', path], { program })).status, 'completed');
      }
      const target = folder.replace('SPX', ticker);
      await run(['compact', target, '--reason', 'test']);
      const { version, rows } = await fileAt(`${target}/snapshots.parquet`);
      assert.deepEqual([version, rows.length, 'added' in (rows[0] ?? {})], [expected, 10, false]);
    }
    await mustVerify();
    await mustBeRebuilt(['SPY', 'QQQ'].map((ticker) => `${folder.replace('SPX', ticker)}/strikes.parquet`));
  });

  test('a folder is raised to a version, and never brought back', async () => {
    const target = folder.replace('SPX', 'SPY');
    const raise = ['compact', target, '--reason', 'test', '--contract'];
    const plan = await lake.spawnJson<{ plan_id: string; plan: { action: string; reason: string }[] }>(
      [...raise, '3', '--plan'],
      { program: next },
    );
    assert.deepEqual(
      plan.plan.filter(({ action }) => action === 'write').map(({ reason }) => reason),
      [
        'the rows of 1 file, raised to contract version 3; about this size',
        'the rows of 1 file, raised to contract version 3; about this size',
      ],
    );
    const before = await asked("SELECT * EXCLUDE (extra), extra::VARCHAR FROM snapshots WHERE ticker = 'SPY'");
    await run([...raise, '3', '--apply', plan.plan_id]);
    for (const dataset of ['snapshots', 'strikes'])
      assert.equal((await fileAt(`${target}/${dataset}.parquet`)).version, '3');
    assert.deepEqual(
      await asked("SELECT * EXCLUDE (extra), extra::VARCHAR FROM snapshots WHERE ticker = 'SPY'"),
      before,
    );
    await mustVerify();
    await mustBeRebuilt([`${target}/snapshots.parquet`]);
    const [again] = await lake.spawnJson<ImportResult[]>([...raise, '3'], { program: next });
    assert.equal(again?.status, 'skipped');
    for (const [version, problem] of [
      ['2', /files of contract version 3, which are not brought back to 2/],
      ['4', /there is no contract version 4, known are 1, 2, 3/],
    ] as const) {
      const { exitCode, stderr } = await lake.spawn([...raise, version], { program: next });
      assert.deepEqual([exitCode, problem.test(stderr)], [2, true], stderr);
    }
  });
});
