import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { GexlakeError } from '../../src/core/errors.ts';
import {
  inMemory,
  jsonLines,
  parquetColumns,
  parquetFacts,
  parquetRows,
  withDatabase,
  type Database,
  type Row,
} from '../../src/db/db.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { runOn } from '../support/duckdb.ts';

const root = await mkdtemp(join(tmpdir(), 'gexlake-scan-'));
after(() => rm(root, { recursive: true }));
const options = { clock: systemClock, commandOf: () => null };

/** Names that mean something to DuckDB, or to somebody else who reads paths. */
const names = [
  'lake[1]',
  'lake[',
  'lake]',
  '[a-z]',
  '[!a]',
  '[^a]',
  '[]]',
  '[[]',
  '[]',
  '[*]',
  '[1][2]',
  '*',
  '**',
  'a*b',
  '?',
  'q?',
  'a[b*c]d?',
  '{a,b}',
  '{x',
  "it's",
  '"dq"',
  'back\\slash',
  '\\',
  'a\\',
  'a\\*b',
  'a\\[1]',
  '\\[',
  '\\\\?',
  '[\\]',
  'a]\\[b',
  '~',
  '~root',
  '-x',
  '.hidden',
  '..x',
  'spot=5',
  'ticker=NDX',
  'x=9/y=z',
  'session_date=2026-01-05',
  's3:/bucket',
  'http:',
  'file:',
  'a%20b',
  '$HOME',
  'a#b',
  'a&b;c',
  'with space',
  'line\nend',
  'tab\t',
  'spät',
  'spa\u0308t',
  '日本\\*',
  '😀?',
];
/** What patterns among these find besides. */
const others = [
  'lake1',
  'axb',
  'qx',
  'a1',
  'b',
  'x',
  '12',
  'axxb',
  'a[*b',
  'a]*b',
  'aé*b',
  'a\u0001*b',
  'ax*b',
  'a\u007f*b',
  '日本x*',
];

before(async () => {
  const one = join(root, 'one.parquet');
  const other = join(root, 'other.parquet');
  await runOn(
    ':memory:',
    `COPY (SELECT 1 AS x, 'one' AS ticker) TO '${one}' (FORMAT parquet, KV_METADATA {'key': 'one'})`,
  );
  await runOn(
    ':memory:',
    `COPY (SELECT 2 AS x, 'other' AS ticker) TO '${other}' (FORMAT parquet, KV_METADATA {'key': 'other'})`,
  );
  for (const [from, folders] of [
    [other, others],
    [one, names],
  ] as const) {
    for (const name of folders) {
      await mkdir(dirname(pathIn(name)), { recursive: true });
      await copyFile(from, pathIn(name));
      await writeFile(`${pathIn(name)}.ndjson`, JSON.stringify({ x: from === one ? 1 : 2 }));
    }
  }
});

function pathIn(name: string): string {
  return join(root, name, '.work/file.parquet');
}

async function ask(sql: string): Promise<Row[]> {
  return withDatabase(inMemory, options, (database) => database.all(sql));
}

suite('a path is one file', () => {
  test('every way to read one reads this one', async () => {
    await withDatabase(inMemory, options, async (database) => {
      for (const name of names) await readEachWay(database, name);
    });
  });

  test('in a list, each file is itself, and comes back by its name', async () => {
    const paths = [...names, ...others].map(pathIn);
    const rows = await ask(`SELECT filename, x FROM ${parquetRows(paths, { filename: true, rowNumber: true })}`);
    const found = new Map(rows.map(({ filename, x }) => [filename, x]));
    assert.deepEqual(new Set(found.keys()), new Set(paths));
    for (const name of names) assert.equal(found.get(pathIn(name)), 1, name);
    for (const name of others) assert.equal(found.get(pathIn(name)), 2, name);
  });

  test('through links, too', async () => {
    await symlink(join(root, 'lake[1]'), join(root, 'link[1]'));
    assert.deepEqual(await ask(`SELECT x FROM ${parquetRows([pathIn('link[1]')])}`), [{ x: 1 }]);
  });

  test('a view in a database file keeps to it', async () => {
    const database = join(root, 'views.db');
    const columns = [{ name: 'x', type: 'INTEGER' }];
    await runOn(
      database,
      `CREATE VIEW v AS SELECT * FROM ${parquetColumns([pathIn('a\\*b'), pathIn('spot=5')], columns)}`,
    );
    await runOn(database, `CREATE VIEW w AS SELECT * FROM ${parquetRows([pathIn('lake[1]')])}`);
    assert.deepEqual(await runOn(database, 'SELECT * FROM v'), [{ x: 1 }, { x: 1 }]);
    assert.deepEqual(await runOn(database, 'SELECT * FROM w'), [{ x: 1, ticker: 'one' }]);
  });

  test('one that is missing is named as it was given', async () => {
    const path = join(root, "it's", 'a\\[1]', 'none.parquet');
    await assert.rejects(ask(`SELECT * FROM ${parquetRows([path])}`), (error) => {
      assert.ok(error instanceof GexlakeError);
      assert.equal(error.code, 'FILE_SYSTEM');
      assert.ok(error.message.startsWith(`cannot read ${path}: `), error.message);
      assert.ok(!error.message.includes('[[]'), error.message);
      return true;
    });
  });

  test('a relative one is a defect of ours', () => {
    for (const path of ['x.parquet', '-x/y.parquet', '~/y.parquet', 's3://bucket/x.parquet'])
      assert.throws(() => parquetRows([path]), /a relative path for DuckDB/);
  });
});

async function readEachWay(database: Database, name: string): Promise<void> {
  const path = pathIn(name);
  const one = async (sql: string) => database.first(sql);
  assert.deepEqual(await one(`SELECT * FROM ${parquetRows([path])}`), { x: 1, ticker: 'one' }, name);
  assert.deepEqual(
    await one(`SELECT * FROM ${parquetRows([path], { filename: true, rowNumber: true })}`),
    { x: 1, ticker: 'one', filename: path, file_row_number: 0n },
    name,
  );
  const columns = [
    { name: 'ticker', type: 'VARCHAR' },
    { name: 'spot', type: 'DOUBLE' },
  ];
  assert.deepEqual(await one(`SELECT * FROM ${parquetColumns([path], columns)}`), { ticker: 'one', spot: null }, name);
  const value = `SELECT decode(value) AS value FROM ${parquetFacts('parquet_kv_metadata', [path])} WHERE decode(key) = 'key'`;
  assert.deepEqual(await one(value), { value: 'one' }, name);
  for (const kind of ['parquet_metadata', 'parquet_file_metadata', 'parquet_schema'] as const)
    assert.deepEqual(
      await database.all(`SELECT DISTINCT file_name FROM ${parquetFacts(kind, [path])}`),
      [{ file_name: path }],
      name,
    );
  assert.deepEqual(
    await database.all(`SELECT * FROM ${jsonLines(`${path}.ndjson`, { x: 'BIGINT' })}`),
    [{ x: 1n }],
    name,
  );
}

suite('files of different columns', () => {
  test('are read together, with null for what one has not', async () => {
    const paths = [join(root, 'old.parquet'), join(root, 'new.parquet')];
    await runOn(':memory:', `COPY (SELECT 1.5 AS a) TO '${paths[0]}'`);
    await runOn(':memory:', `COPY (SELECT 2.5 AS a, 'x' AS b) TO '${paths[1]}'`);
    for (const order of [paths, paths.toReversed()]) {
      assert.deepEqual(await ask(`SELECT b FROM ${parquetRows(order)} ORDER BY a`), [{ b: null }, { b: 'x' }]);
      const columns = [{ name: 'b', type: 'VARCHAR' }];
      assert.deepEqual(await ask(`SELECT b FROM ${parquetColumns(order, columns)} ORDER BY b`), [
        { b: 'x' },
        { b: null },
      ]);
    }
  });
});
