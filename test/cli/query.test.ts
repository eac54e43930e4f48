import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';
import { dayImported } from '../support/day-imported.ts';
import { only, errorOf, makeLake } from '../support/gexlake.ts';
import { put, sampleDay } from '../support/records.ts';
import { long, oneOf, test } from '../support/shares.ts';

const { lake, made: gex } = await dayImported({ after });
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
  assert.equal((await lake.run(['query', 'SELECT 1', '--csv', '--json'])).exitCode, 2);
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
  assert.deepEqual(rows, [{ id: gex.job_id, row_count: 100 }]);
});

long('the log’s tables are there however they are named', async () => {
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

for (const [trial, zones] of [
  [test, ['America/New_York']],
  [long, ['Asia/Kolkata', 'Pacific/Apia']],
] as const)
  trial(`times are UTC in every form, in every zone, however deep they lie: ${zones.join()}`, async () => {
    const open = "TIMESTAMPTZ '2025-10-22 09:30:00-04'";
    const columns = [
      `${open} AS plain, [${open}] AS list, {'a': ${open}} AS struct, MAP {${open}: ${open}} AS map`,
      `union_value(a := ${open}) AS either, ${open}::VARCHAR AS text, strftime(${open}, '%H:%M') AS clock, ${open}::DATE AS day`,
      "current_setting('TimeZone') AS zone, now()::VARCHAR LIKE '%+00' AS now, date_trunc('day', now())::DATE = current_date AS today",
      "'2025-10-22 13:30:00'::TIMESTAMPTZ = min(timestamp) AS cast FROM snapshots WHERE endpoint = 'gex_zero'",
    ];
    const utc = '2025-10-22 13:30:00+00';
    for (const TZ of zones) {
      const [row] = await lake.spawnJson<unknown[]>(['query', `SELECT ${columns.join(', ')}`], { env: { TZ } });
      assert.deepEqual(row, {
        plain: utc,
        list: [utc],
        struct: { a: utc },
        map: [{ key: utc, value: utc }],
        either: { tag: 'a', value: utc },
        text: utc,
        clock: '13:30',
        day: '2025-10-22',
        zone: 'UTC',
        now: true,
        today: true,
        cast: true,
      });
    }
    const env = { TZ: zones[0] };
    const table = await lake.spawn(['query', `SELECT ${open} AS first`], { env });
    assert.equal(table.stdout, `first\n${utc}\n`);
    const csv = await lake.spawn(['query', `SELECT ${open} AS first, [${open}] AS list`, '--csv'], { env });
    assert.equal(csv.stdout, `first,list\n${utc},"[""${utc}""]"\n`);
  });

test('values are what they were, in JSON and CSV, of every type', async () => {
  const values: readonly (readonly [string, unknown])[] = [
    ['170141183460469231731687303715884105727::HUGEINT', '170141183460469231731687303715884105727'],
    ['123456789012345::BIGINT', 123456789012345],
    ['1.50::DECIMAL(4, 2)', 1.5],
    ['0.1234567890123456::DECIMAL(18, 16)', '0.1234567890123456'],
    ["INTERVAL '1 year 2 days 3.5 seconds'", { months: 12, days: 2, micros: '3500000' }],
    ["'\\xAA\\x00b'::BLOB", '\\xAA\\x00b'],
    ["{'a': 1, 'b': [1.5, NULL]}", { a: 1, b: ['1.5', null] }],
    ["MAP {'k': 1::BIGINT}", [{ key: 'k', value: '1' }]],
    ['[[1], [2, NULL], NULL]', [[1], [2, null], null]],
    ["'nan'::DOUBLE", 'NaN'],
    ["[0.1, 'inf'::DOUBLE]", [0.1, 'Infinity']],
    ['NULL::DOUBLE', null],
    ["TIMESTAMP '2025-01-01 00:00:00.123456'", '2025-01-01 00:00:00.123456'],
    ["'infinity'::TIMESTAMPTZ", 'infinity'],
    ["'12:00:00+02'::TIMETZ", '12:00:00+02'],
    ["'a'::ENUM ('a', 'b')", 'a'],
    ['[1, 2, 3]::INTEGER[3]', [1, 2, 3]],
    ["'x\ny'", 'x\ny'],
  ];
  const sql = `SELECT ${values.map(([expression], at) => `${expression} AS v${at}`).join(', ')}`;
  const expected = Object.fromEntries(values.map(([, value], at) => [`v${at}`, value]));
  assert.deepEqual(only(await lake.query(sql)), expected);
  const csv = await lake.run(['query', `SELECT ${values.at(-1)?.[0]} AS text, NULL AS none`, '--csv']);
  assert.equal(csv.stdout, 'text,none\n"x\ny",\n');
});

test('no rows are an empty array, or the names of the columns; a row of nothing is a line', async () => {
  const none = 'SELECT 1 AS a, 2 AS b WHERE false';
  assert.equal((await lake.run(['query', none, '--json'])).stdout, '[]\n');
  assert.equal((await lake.run(['query', none, '--csv'])).stdout, 'a,b\n');
  assert.equal((await lake.run(['query', none])).stdout, 'a  b\n');
  assert.equal((await lake.run(['query', 'SELECT NULL AS a', '--csv'])).stdout, 'a\n\n');
});

test('files that are named can be read, too, and nothing else', async () => {
  const prices = await put(lake.desk, 'prices.csv', 'second,price\n1,2.5\n');
  await put(lake.desk, 'folder/deep/more.json', [{ second: 1 }]);
  const join = `SELECT price, second FROM 'prices.csv' JOIN read_json('folder/*/more.json') USING (second)`;
  const named = await lake.run(['query', join, '--read', prices, '--read', 'folder', '--csv']);
  assert.equal(named.stdout, 'price,second\n2.5,1\n', named.stderr);
  const unnamed = errorOf(await lake.run(['query', join, '--read', 'folder', '--json']));
  assert.equal(unnamed.code, 'QUERY_FAILED');
  assert.match(unnamed.hint ?? '', /--read/);
});

test('what is no file, or has the secrets of the log in it, cannot be named', async () => {
  await symlink(lake.folder, join(lake.desk, 'elsewhere'));
  await mkdir(join(lake.folder, 'quarantine'), { recursive: true });
  for (const path of [
    'nothing.csv',
    '/dev/null',
    '/',
    '..',
    lake.folder,
    join(lake.folder, 'gex_history.db'),
    join(lake.folder, 'source'),
    'elsewhere',
    'elsewhere/gex_history.db',
  ]) {
    assert.equal(errorOf(await lake.run(['query', 'SELECT 1', '--read', path, '--json'])).code, 'USAGE', path);
  }
  assert.equal((await lake.run(['query', 'SELECT 1', '--read', 'elsewhere/quarantine'])).exitCode, 0);
  for (const path of [join(lake.folder, 'parquet'), join(lake.folder, 'parquet/gex')]) {
    const count = `SELECT count(*) AS rows FROM '${path}/**/strikes.parquet' WHERE endpoint = 'gex_zero'`;
    assert.deepEqual(await lake.json(['query', count, '--read', path]), [{ rows: 100 }], path);
  }
});

test('rows are kept as a file, and what was kept is told', async () => {
  const kept = await lake.json(['query', sql, '--out', 'kept.csv']);
  assert.deepEqual(kept, { path: 'kept.csv', rows: 2, bytes: (await stat(join(lake.desk, 'kept.csv'))).size });
  const told = await lake.run(['query', 'FROM strikes', '--out', 'kept.jsonl', '--limit', '7']);
  await lake.run(['query', sql, '--out', 'kept.parquet']);
  // Like any new file of the user's, however tight the mask is for gexlake's own.
  const ours = (await stat(await put(lake.desk, 'ours.txt', ''))).mode;
  for (const form of ['csv', 'jsonl', 'parquet'])
    assert.equal((await stat(join(lake.desk, `kept.${form}`))).mode, ours);
  assert.equal(told.stdout, '');
  assert.match(told.stderr, /^kept\.jsonl: 7 rows, [\d.]+ k?B\nthere are more rows than 7/);
  for (const wrong of ['kept.csv', 'other.parquet']) {
    const again = await lake.run(['query', 'FROM strikes', '--csv', '--out', wrong]);
    assert.equal(again.exitCode, wrong === 'kept.csv' ? 1 : 2);
    assert.match(again.stderr, wrong === 'kept.csv' ? /FILE_EXISTS/ : /USAGE/);
  }
});

/** Nothing of a query stays in the folder for what is temporary. */
async function runTidily(act: (env: Record<string, string>) => Promise<void>): Promise<void> {
  const TMPDIR = await mkdtemp(join(lake.desk, 'tmp-'));
  await act({ TMPDIR });
  assert.deepEqual(
    (await readdir(TMPDIR)).filter((name) => name.startsWith('gexlake')),
    [],
  );
}

test('a reader that has enough ends the query, quietly', async () => {
  await runTidily(async (env) => {
    const { child, ended, heard } = lake.start(['query', 'FROM range(1000000000)', '--csv'], { env });
    ended.catch(() => undefined);
    child.stdout?.once('data', () => child.stdout?.destroy());
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.doesNotMatch(heard(), /EPIPE|gexlake:/);
  });
});

for (const [trial, doing, sql] of [
  [long, 'still reckons', 'SELECT count(*) FROM range(100000000000) WHERE range % 7 = 3'],
  [test, 'waits for its reader', 'FROM range(1000000000)'],
] as const) {
  trial(`Ctrl-C ends a query that ${doing}`, async () => {
    await runTidily(async (env) => {
      const { child, ended, says, heard } = lake.start(['query', sql, '--json'], { env });
      if (sql.startsWith('FROM')) child.stdout?.pause();
      await says(/running the query/);
      child.kill('SIGINT');
      child.stdout?.resume();
      assert.equal((await ended).exitCode, 130);
      assert.match(heard(), /INTERRUPTED/);
    });
  });
}

test('more rows than the limit are cut off, and that is said', async () => {
  const ran = await lake.run(['query', 'FROM strikes', '--limit', '3', '--json']);
  assert.equal((JSON.parse(ran.stdout) as unknown[]).length, 3);
  assert.match(ran.stderr, /there are more rows than 3/);
  for (const limit of ['all', '0', '100001']) {
    assert.equal((await lake.run(['query', 'FROM strikes', '--limit', limit])).exitCode, 2, limit);
  }
});

const target = join(lake.desk, 'written.csv');
for (const [at, writing] of [
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
].entries()) {
  oneOf(3, at)(`refused: ${writing.replace(target, 'file')}`, async () => {
    const ran = await lake.run(['query', writing, '--json']);
    assert.equal(ran.exitCode, 1);
    assert.equal(errorOf(ran).code, 'QUERY_FAILED');
    assert.equal(ran.stdout, '');
    assert.ok(!existsSync(target));
  });
}

long('what only reads is run', async () => {
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

test('what counted at a time, and what that rests on', async () => {
  const [file] = await lake.query(
    'SELECT committed_at::VARCHAR AS at FROM parquet_files ORDER BY committed_at LIMIT 1',
  );
  const at = `${String(file?.['at']).replace(' ', 'T')}Z`;
  const sql = 'SELECT count(*) AS seconds FROM snapshots UNION ALL SELECT count(*) FROM old.snapshots';
  const { stdout, stderr } = await lake.run([
    'query',
    sql,
    '--json',
    '--as-of',
    at,
    '--as-of',
    'old=2020-01-01T00:00:00Z',
  ]);
  assert.deepEqual(JSON.parse(stdout), [{ seconds: 20 }, { seconds: 0 }]);
  assert.deepEqual(
    stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    [
      { event: 'as_of', name: null, as_of: new Date(at).toISOString(), basis: 'journal', files: 2 },
      { event: 'as_of', name: 'old', as_of: '2020-01-01T00:00:00.000Z', basis: 'events', files: 0 },
    ],
  );
  assert.equal((await lake.run(['query', sql, '--as-of', at])).exitCode, 1, 'there is no such schema');
  const day = await lake.run(['query', 'FROM snapshots', '--as-of', '2025-10-22', '--json']);
  assert.deepEqual([day.exitCode, errorOf(day).code], [2, 'AS_OF_INVALID']);
});
