import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { errorOf, makeLake, only } from '../support/gexlake.ts';
import { name, put, records, sampleDay } from '../support/made.ts';

const lake = await makeLake({ after });
const [gex] = await lake.import([await put(lake.desk, name, records(20))]);
const greeks = sampleDay({ endpoint: 'state_gamma_one', records: 50 });
await lake.import([await put(lake.desk, '2025-10-22_SPX_state_gamma_one.json', greeks.bytes)]);

const sql =
  "SELECT strike, gex_vol, priors FROM strikes WHERE endpoint = 'gex_zero' ORDER BY timestamp, strike LIMIT 2";

test('a table for people', async () => {
  const { exitCode, stdout, stderr } = await lake.run(['query', sql]);
  assert.equal(exitCode, 0);
  assert.equal(stderr, '');
  assert.equal(
    stdout,
    ['strike  gex_vol  priors', '6690    -5       [-1,-5,-10,0,0]', '6695    -2.5     [-1,-5,-10,0,0]', ''].join('\n'),
  );
});

test('JSON for programs: an array of objects', async () => {
  const rows = await lake.query(sql);
  assert.deepEqual(rows[0], { strike: 6690, gex_vol: -5, priors: [-1, -5, -10, 0, 0] });
});

test('numbers are numbers, as long as no digit is lost', async () => {
  const columns = '42::BIGINT AS whole, 9007199254740993 AS long, 1.25::DECIMAL(4, 2) AS decimal, [7::BIGINT] AS list';
  const row = only(await lake.query(`SELECT ${columns}, -3::HUGEINT AS huge, 'NaN'::DOUBLE AS none`));
  const expected = { whole: 42, long: '9007199254740993', decimal: 1.25, list: ['7'], huge: -3, none: 'NaN' };
  assert.deepEqual(row, expected);
});

test('CSV: quoted where it must be, nothing for null', async () => {
  const { stdout } = await lake.run(['query', `SELECT 'a "b", c' AS text, NULL AS none, 1.5 AS number`, '--csv']);
  assert.equal(stdout, 'text,none,number\n"a ""b"", c",,1.5\n');
});

test('endpoints of different forms are in one view, each with its own columns', async () => {
  const rows = await lake.query(
    'SELECT endpoint, count(gex_vol) AS gex, count(greek) AS greeks FROM strikes GROUP BY 1 ORDER BY 1',
  );
  assert.deepEqual(
    rows.map(({ endpoint, gex, greeks }) => [endpoint, gex === 0, greeks === 0]),
    [
      ['gex_zero', false, true],
      ['state_gamma_one', true, false],
    ],
  );
});

test('the log’s tables can be joined with the rows', async () => {
  const rows = await lake.query(
    `SELECT job.id, file.row_count FROM import_jobs AS job JOIN parquet_files AS file ON file.job_id = job.id
     WHERE job.endpoint = 'gex_zero' AND file.dataset = 'strikes'`,
  );
  assert.deepEqual(rows, [{ id: gex?.job_id, row_count: 100 }]);
});

test('the log’s tables are there however they are named', async () => {
  const jobs = (await lake.query('SELECT count(*) AS jobs FROM import_jobs'))[0];
  assert.notDeepEqual(jobs, { jobs: 0 });
  for (const table of [
    'IMPORT_JOBS',
    '"import_jobs"',
    "query_table('import_' || 'jobs')",
    "query('FROM import' || '_jobs')",
  ])
    assert.deepEqual(await lake.query(`SELECT count(*) AS jobs FROM ${table}`), [jobs], table);
});

test('more rows than the limit are cut off, and that is said', async () => {
  const ran = await lake.run(['query', 'FROM strikes', '--limit', '3', '--json']);
  assert.equal((JSON.parse(ran.stdout) as unknown[]).length, 3);
  assert.match(ran.stderr, /there are more rows than 3/);
  const wrong = await lake.run(['query', 'FROM strikes', '--limit', 'all']);
  assert.equal(wrong.exitCode, 2);
});

const target = join(lake.desk, 'written.csv');
for (const writing of [
  `COPY (SELECT 1) TO '${target}'`,
  `EXPLAIN ANALYZE COPY (SELECT 1) TO '${target}'`,
  `EXPLAIN (ANALYZE) COPY (SELECT 1) TO '${target}'`,
  `/* look */ EXPLAIN ANALYZE COPY (SELECT 1) TO '${target}'`,
  'CREATE TABLE made (x INTEGER)',
  'DROP VIEW strikes',
  'DELETE FROM import_jobs',
  `ATTACH '${join(lake.desk, 'other.db')}' AS other`,
  "SET memory_limit = '1GB'",
  'INSTALL httpfs',
  'SELECT 1; DROP VIEW strikes',
]) {
  test(`refused: ${writing.replace(target, 'file')}`, async () => {
    const ran = await lake.run(['query', writing, '--json']);
    assert.equal(ran.exitCode, 1);
    assert.equal(errorOf(ran).code, 'QUERY_FAILED');
    assert.equal(ran.stdout, '');
    assert.ok(!existsSync(target));
  });
}

test('what only reads is run', async () => {
  for (const reading of [
    'DESCRIBE strikes',
    'SUMMARIZE snapshots',
    'EXPLAIN FROM strikes',
    'EXPLAIN ANALYZE (SELECT 1)',
    'SHOW TABLES',
  ]) {
    assert.equal((await lake.run(['query', reading])).exitCode, 0, reading);
  }
});

test('what is wrong with a statement is told in DuckDB’s words, with the tables there are', async () => {
  for (const [wrong, message] of [
    ['SELECT nothing FROM strikes', /"nothing" not found/],
    ['SELEC 1', /syntax error/],
    ['  ; -- nothing', /there is no SQL statement/],
  ] as const) {
    const { code, message: found, hint } = errorOf(await lake.run(['query', wrong, '--json']));
    assert.equal(code, 'QUERY_FAILED');
    assert.match(found, message);
    assert.match(hint ?? '', /strikes/);
  }
});

test('a fresh folder has the views and tables, empty, and stays untouched', async (context) => {
  const fresh = await makeLake(context);
  const row = only(
    await fresh.query(
      `SELECT (SELECT count(*) FROM strikes) AS strikes, (SELECT count(*) FROM snapshots) AS snapshots,
         (SELECT count(*) FROM import_jobs) AS jobs, (SELECT count(*) FROM job_events) AS events`,
    ),
  );
  assert.deepEqual(row, { strikes: 0, snapshots: 0, jobs: 0, events: 0 });
  assert.ok(!existsSync(fresh.folder));
});
