import assert from 'node:assert/strict';
import { chmod, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { VerifyReport } from '../../src/app/app.ts';
import type { ImportResult } from '../../src/core/job.ts';
import { readMetadata, readRows } from '../parquet/read.ts';
import { lastFirst, makeLake, only, type Lake } from '../support/gexlake.ts';
import { name as sourceName, put, record, type MadeRecord } from '../support/made.ts';

/*
 * A made-up next release: this program with a third version of the contract, which has a scalar and a number of the ladder more. It is
 * upgraded to while there are files of the second version.
 */

const folder = 'parquet/gex/2025/10/SPX/gex_zero';
const owner = lastFirst({ after });
let lake: Lake;
let next: string;

before(async () => {
  lake = await makeLake(owner);
  next = await nextRelease(join(lake.desk, 'next'));
});

/** A copy of the program as built whose contract has a version 3. */
async function nextRelease(root: string): Promise<string> {
  const here = join(import.meta.dirname, '../..');
  await mkdir(root);
  for (const name of ['dist', 'bin', 'package.json']) await cp(join(here, name), join(root, name), { recursive: true });
  await symlink(join(here, 'node_modules'), join(root, 'node_modules'));
  const path = join(root, 'dist/core/contract.js');
  const text = await readFile(path, 'utf8');
  const changed = text.replace("contractVersion = '2'", "contractVersion = '3'");
  assert.notEqual(changed, text);
  const third = `
const gex = [...second.scalars.gex, { name: 'added', type: 'DOUBLE' }];
const ladder = { ...second.ladders.gex, trailing: ['weight'] };
contracts.set('3', { ...second, scalars: { ...second.scalars, gex }, ladders: { ...second.ladders, gex: ladder } });
fieldNames.push('added', 'weight');
`;
  await writeFile(path, changed + third);
  return join(root, 'bin/gexlake.js');
}

/** Records as the vendor sends them once it has a new field; and from a second on a new number in each entry of the ladder. */
function madeRecords(count: number, weighedFrom = 10): MadeRecord[] {
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

async function imports(made: Source, program?: string): Promise<ImportResult> {
  return only(await lake.import([await source(made)], program === undefined ? {} : { program }));
}

async function verified(program?: string): Promise<VerifyReport> {
  return lake.json<VerifyReport>(['verify', '--deep'], program === undefined ? {} : { program });
}

async function asked(sql: string): Promise<unknown[]> {
  return lake.json<unknown[]>(['query', sql], { program: next });
}

/** The version and the rows of a file, by a reader of its own. */
async function fileAt(path: string) {
  const full = join(lake.folder, path);
  const { key_value_metadata } = await readMetadata(full);
  const version = key_value_metadata?.find(({ key }) => key === 'gexlake.contract_version')?.value;
  return { version, rows: await readRows(full) };
}

async function damage(path: string): Promise<Buffer> {
  const full = join(lake.folder, path);
  const content = await readFile(full);
  await chmod(full, 0o644);
  await writeFile(full, Buffer.from(content).fill(0, 100, 200));
  await chmod(full, 0o444);
  return content;
}

suite('a folder with files of two contracts', () => {
  test('what the older release has published is no damage, and has the new columns as null', async () => {
    assert.equal((await imports({ named: 'part', content: madeRecords(8, 99) })).status, 'completed');
    assert.deepEqual((await verified(next)).problems, []);
    const rows = await asked(
      'SELECT count(*) AS rows, count(added) AS added, count(zero_gamma) AS known FROM snapshots',
    );
    assert.deepEqual(rows, [{ rows: 8, added: 0, known: 8 }]);
    assert.deepEqual(await asked('SELECT count(*) AS rows, count(weight) AS weights FROM strikes'), [
      { rows: 40, weights: 0 },
    ]);
  });

  test('it can be made again from its source, byte for byte', async () => {
    const content = await damage(`${folder}/snapshots.parquet`);
    const { exitCode, stderr } = await lake.run(['repair', '--apply'], { program: next });
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(await readFile(join(lake.folder, folder, 'snapshots.parquet')), content);
  });

  test('the same rows are skipped, though a field that was unknown is a column now', async () => {
    const again = await imports({ named: 'again', content: JSON.stringify(madeRecords(8, 99), null, 1) }, next);
    assert.deepEqual([again.status, again.skipped, again.error], ['skipped', true, null]);
  });

  test('later seconds follow the newer contract beside them', async () => {
    const result = await imports({ named: 'day', content: madeRecords(20) }, next);
    assert.deepEqual([result.status, result.records_processed, result.error], ['completed', 12, null]);
    const found = await fileAt(result.parquet_files.find((path) => path.includes('snapshots')) ?? '');
    assert.equal(found.version, '3');
    assert.deepEqual(
      found.rows.map((row) => row['added']),
      madeRecords(20)
        .slice(8)
        .map((one) => one['added']),
    );
    assert.deepEqual((await verified(next)).problems, []);
    const sums = await asked('SELECT count(*) AS rows, count(added) AS added, sum(added) AS sum FROM snapshots');
    assert.deepEqual(sums, [{ rows: 20, added: 12, sum: 168 }]);
    assert.deepEqual(await asked('SELECT count(*) AS rows, count(weight) AS weights FROM strikes'), [
      { rows: 100, weights: 50 },
    ]);
  });

  test('another value is a conflict wherever the file has the column', async () => {
    const changed = (second: number, field: string) => {
      const made = madeRecords(20);
      made[second] = { ...made[second], [field]: 1000 };
      return imports({ named: `changed-${second}-${field}`, content: made }, next);
    };
    for (const [second, field] of [
      [3, 'zero_gamma'],
      [12, 'zero_gamma'],
      [12, 'added'],
    ] as const) {
      const { error } = await changed(second, field);
      assert.equal(error?.code, 'ROWS_CONFLICT');
      assert.match(error.message, new RegExp(field));
    }
    assert.equal((await changed(3, 'added')).status, 'skipped');
  });

  test('the older release says that a file is newer, and changes nothing', async () => {
    const report = await verified();
    assert.deepEqual([report.ok, report.problems], [true, []]);
    assert.deepEqual(new Set(report.notes.map(({ code }) => code)), new Set(['CONTRACT_NEWER']));
    assert.equal(report.notes.length, 2);
    const before = await lake.tree('parquet');
    const { error } = await imports({ named: 'older', content: madeRecords(30, 99) });
    assert.equal(error?.code, 'CONTRACT_NEWER');
    assert.match(error.message, /follows contract version 3, known are 1, 2$/);
    const compacted = await lake.run(['compact', folder, '--reason', 'test', '--json']);
    assert.match(compacted.stdout, /CONTRACT_NEWER/);
    assert.deepEqual(await lake.tree('parquet'), before);
    assert.equal((await lake.query('SELECT count(*) AS rows FROM snapshots'))[0]?.['rows'], 20);
  });

  test('merged they follow the newer one, and can be made again', async () => {
    const { exitCode, stderr } = await lake.run(['compact', folder, '--reason', 'test'], { program: next });
    assert.equal(exitCode, 0, stderr);
    const { version, rows } = await fileAt(`${folder}/snapshots.parquet`);
    assert.equal(version, '3');
    const expected = madeRecords(20).map((one, at) => [one['spot'], at < 8 ? null : one['added']]);
    assert.deepEqual(
      rows.map((row) => [row['spot'], row['added']]),
      expected,
    );
    assert.deepEqual((await verified(next)).problems, []);
    const content = await damage(`${folder}/strikes.parquet`);
    assert.equal((await lake.run(['repair', '--apply'], { program: next })).exitCode, 0);
    assert.deepEqual(await readFile(join(lake.folder, folder, 'strikes.parquet')), content);
  });

  test('a correction gives every row the columns of its source', async () => {
    const [job] = await lake
      .jobs(['--status', 'completed', '--limit', '1000'])
      .then((jobs) => jobs.filter((one) => one.kind === 'import').slice(-1));
    const path = await source({ named: 'right', content: madeRecords(20, 0) });
    const { exitCode, stderr } = await lake.run(['correct', job?.id ?? '', path, '--reason', 'test'], {
      program: next,
    });
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(await asked('SELECT count(added) AS added FROM snapshots'), [{ added: 20 }]);
    assert.deepEqual(await asked('SELECT count(weight) AS weights FROM strikes'), [{ weights: 100 }]);
    assert.deepEqual((await verified(next)).problems, []);
  });

  test('files of the older contract alone are merged as what they are', async () => {
    const spy = (count: number) => madeRecords(count, 99).map((one) => Object.assign(one, { ticker: 'SPY' }));
    for (const count of [5, 10]) {
      const path = await put(lake.desk, `spy-${count}/2025-10-22_SPY_classic_gex_zero.json`, spy(count));
      assert.equal(only(await lake.import([path])).status, 'completed');
    }
    const target = folder.replace('SPX', 'SPY');
    assert.equal((await lake.run(['compact', target, '--reason', 'test'], { program: next })).exitCode, 0);
    const { version, rows } = await fileAt(`${target}/snapshots.parquet`);
    assert.deepEqual([version, rows.length, 'added' in (rows[0] ?? {})], ['2', 10, false]);
    assert.deepEqual((await verified(next)).problems, []);
  });
});
