import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { App, QueryRequest } from '../../src/app/app.ts';
import type { GexlakeError } from '../../src/core/errors.ts';
import { runOn } from '../support/duckdb.ts';
import { appOn } from '../support/built-program.ts';
import { dayImported } from '../support/day-imported.ts';
import { cannotMount, makeSmallDisk } from '../support/small-disk.ts';
import { long, test } from '../support/shares.ts';

const { lake } = await dayImported({ after });
let app: App;
let out: string;

before(async () => {
  app = await appOn(lake.folder);
  out = join(lake.desk, 'out');
  await mkdir(out);
});

function asking(sql: string, rest: Partial<QueryRequest> = {}): QueryRequest {
  const signal = new AbortController().signal;
  const nobody = () => undefined;
  return { sql, limit: null, alsoRead: [], asOf: [], signal, onProgress: nobody, onAsOf: nobody, ...rest };
}

async function fails(request: QueryRequest, path: string, code: string): Promise<GexlakeError> {
  const before = await readdir(out);
  const thrown = await app.queryToFile(request, path).then(
    () => assert.fail(`${path} was written`),
    (error: unknown) => error as GexlakeError,
  );
  assert.equal(thrown.code, code, thrown.message);
  assert.deepEqual(await readdir(out), before);
  return thrown;
}

const ladder = 'SELECT timestamp, ticker, strike, gex_vol, priors FROM strikes ORDER BY timestamp, strike DESC';

test('rows are kept as the name says, the same in each form, in their order', async () => {
  const { rows } = await app.query(ladder, 1_000);
  for (const [form, reader] of [
    ['csv', 'read_csv'],
    ['CSV', 'read_csv'],
    ['json', 'read_json'],
    ['jsonl', 'read_ndjson'],
    ['ndjson', 'read_ndjson'],
    ['parquet', 'read_parquet'],
  ] as const) {
    const path = join(out, `ladder.${form}`);
    const kept = await app.queryToFile(asking(`${ladder}; -- the end`), path);
    assert.deepEqual(kept, { path, rows: 100, bytes: (await stat(path)).size, hasMore: false });
    const found = await runOn(
      ':memory:',
      `SELECT strike::DOUBLE AS strike, gex_vol::DOUBLE AS gex_vol, ticker FROM ${reader}('${path}')`,
    );
    assert.deepEqual(
      found.map((row) => [row['strike'], row['gex_vol'], row['ticker']]),
      rows.map(([, ticker, strike, gex_vol]) => [strike, gex_vol, ticker]),
      form,
    );
  }
  assert.equal((await readdir(out)).length, 6);
  assert.equal((JSON.parse(await readFile(join(out, 'ladder.json'), 'utf8')) as unknown[]).length, 100);
});

long('Parquet keeps types and digits that its writer would change', async () => {
  const path = join(out, 'types.parquet');
  const columns = [
    '9007199254740993::HUGEINT AS huge, [9007199254740993::HUGEINT] AS huges, {\'a "b"\': 9007199254740993::UHUGEINT} AS struct',
    "INTERVAL '-1 day 0.000001 seconds' AS span, '12:00:00+02'::TIMETZ AS zoned, 1.5::DECIMAL(38, 10) AS decimal",
    "TIMESTAMP_MS '2025-01-01 00:00:00.123' AS ms, TIMESTAMPTZ '2025-01-01 00:00:00+05' AS moment, 1 AS same, 2 AS same",
  ];
  await app.queryToFile(asking(`SELECT ${columns.join(', ')}`), path);
  const [row] = await runOn(':memory:', `SELECT COLUMNS(*)::VARCHAR FROM read_parquet('${path}')`);
  assert.deepEqual(row, {
    huge: '9007199254740993',
    huges: '[9007199254740993]',
    struct: `{'a "b"': 9007199254740993}`,
    span: '-1 day 00:00:00.000001',
    zoned: '12:00:00+02',
    decimal: '1.5000000000',
    ms: '2025-01-01 00:00:00.123',
    moment: row?.['moment'],
    same: '1',
    'same:1': '2',
  });
  const [moment] = await runOn(':memory:', `SELECT epoch(moment)::INTEGER AS s FROM read_parquet('${path}')`);
  assert.deepEqual(moment, { s: Date.UTC(2024, 11, 31, 19) / 1000 });
});

test('no rows are a file of no rows, and a limit holds', async () => {
  for (const [form, text] of [
    ['csv', 'a\n'],
    ['json', '[]\n'],
    ['jsonl', ''],
  ]) {
    const path = join(out, `none.${form}`);
    await app.queryToFile(asking('SELECT 1 AS a WHERE false'), path);
    assert.equal(await readFile(path, 'utf8'), text);
  }
  const none = join(out, 'none.parquet');
  assert.equal((await app.queryToFile(asking('SELECT 1 AS a WHERE false'), none)).rows, 0);
  assert.deepEqual(await runOn(':memory:', `SELECT count(a)::INTEGER AS rows FROM '${none}'`), [{ rows: 0 }]);
  for (const form of ['csv', 'parquet']) {
    const kept = await app.queryToFile(asking('FROM strikes', { limit: 7 }), join(out, `seven.${form}`));
    assert.equal(kept.rows, 7);
  }
});

test('a name that is taken, or a form that is unknown, is refused before anything is asked', async () => {
  const taken = join(out, 'taken.csv');
  await writeFile(taken, 'mine');
  await symlink('/nowhere', join(out, 'dangling.csv'));
  await fails(asking('no SQL'), taken, 'FILE_EXISTS');
  await fails(asking('no SQL'), join(out, 'dangling.csv'), 'FILE_EXISTS');
  await fails(asking('no SQL'), join(out, 'x.xlsx'), 'USAGE');
  await fails(asking('no SQL'), join(out, 'nowhere/x.csv'), 'USAGE');
  assert.equal(await readFile(taken, 'utf8'), 'mine');
});

test('nothing is written into the data folder, by whatever way it is named', async () => {
  const before = await lake.tree('');
  await symlink(lake.folder, join(lake.desk, 'link'));
  await symlink(join(lake.folder, 'parquet/gex'), join(lake.desk, 'deep'));
  for (const path of [
    join(lake.folder, 'x.csv'),
    join(lake.folder, 'parquet/gex/2025/10/SPX/gex_zero/x.parquet'),
    join(lake.folder, 'source/gexbot/x.json'),
    join(lake.desk, 'link/x.csv'),
    `${lake.desk}/link/source/../x.csv`,
    join(lake.desk, 'deep/x.csv'),
    `${lake.desk}/deep/2025/../x.csv`,
    `${lake.folder}/../data/parquet/x.csv`,
  ]) {
    await fails(asking('SELECT 1'), path, 'USAGE');
  }
  assert.deepEqual(await lake.tree(''), before);
});

long('what fails half-way leaves nothing, and what is live stays as it is', async () => {
  const before = await lake.tree('');
  const late = "SELECT CASE WHEN range = 250000 THEN error('late') ELSE range END AS x FROM range(300000)";
  for (const form of ['csv', 'json', 'parquet']) {
    assert.match((await fails(asking(late), join(out, `late.${form}`), 'QUERY_FAILED')).message, /late/);
    await fails(asking("COPY (SELECT 1) TO 'x'"), join(out, `copy.${form}`), 'QUERY_FAILED');
    await fails(asking("SELECT 1) TO 'x.csv'; --"), join(out, `break.${form}`), 'QUERY_FAILED');
  }
  await fails(asking('EXPLAIN SELECT 1'), join(out, 'explain.parquet'), 'QUERY_FAILED');
  assert.deepEqual(await lake.tree(''), before);
});

long('one that is interrupted leaves nothing', async () => {
  for (const form of ['csv', 'parquet']) {
    const abort = new AbortController();
    const onProgress = () => {
      abort.abort();
    };
    await fails(
      asking('SELECT range AS x FROM range(10000000000)', { signal: abort.signal, onProgress }),
      join(out, `long.${form}`),
      'INTERRUPTED',
    );
  }
});

long('a disk that is full is told as that, and leaves nothing', { skip: cannotMount }, async (context) => {
  const disk = makeSmallDisk(context);
  disk.leave({ bytes: 512 * 1024 });
  for (const form of ['csv', 'parquet']) {
    await assert.rejects(
      app.queryToFile(asking('SELECT hash(range) AS x FROM range(1000000)'), join(disk.path, `x.${form}`)),
      (error) => (error as GexlakeError).code === 'DISK_FULL',
      form,
    );
    assert.deepEqual(await readdir(disk.path), []);
  }
});
