import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { GexlakeError } from '../../src/core/errors.ts';
import { readingTableFunctions, actingScalarFunctions } from '../../src/db/reading-functions.ts';
import { closeEngine, inMemory, parquetRows, sqlText, withDatabase, type Database } from '../../src/db/db.ts';
import { judge, prepareReading } from '../../src/db/user-sql.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { curiousStatements, hostileStatements, readingStatements, type Targets } from './hostile-sql.ts';

/*
 * Two things keep a query from writing: the judgement of its SQL, and the closed engine that runs it. Each is tried without the other.
 */

const root = await mkdtemp(join(tmpdir(), 'gexlake-test-'));
after(() => rm(root, { recursive: true, force: true }));
// Nothing of a path is a pattern or needs no quotes.
const folder = join(root, `a=1 [x] "q" it's \\`);
const givenFolder = join(folder, 'given');
const targets: Targets = {
  live: join(folder, 'live.parquet'),
  given: join(givenFolder, 'prices.csv'),
  givenFolder,
  log: join(folder, 'log.db'),
  other: join(folder, 'other.parquet'),
  fresh: join(folder, 'fresh.csv'),
};

async function onEngine(act: (database: Database) => Promise<void>): Promise<void> {
  await withDatabase(inMemory, { clock: systemClock, commandOf: () => null, spillFolder: null }, act);
}

/** An engine like the one that a query gets, still open. */
async function onQueryEngine(act: (database: Database) => Promise<void>): Promise<void> {
  await onEngine(async (database) => {
    await database.run('CREATE TABLE import_jobs (id INTEGER)');
    const view = `SELECT 'SPX' AS ticker, x FROM ${parquetRows([targets.live])}`;
    for (const name of ['strikes', 'snapshots']) await database.run(`CREATE VIEW ${name} AS ${view}`);
    await act(database);
  });
}

async function runJudged({ connection }: Database, sql: string): Promise<unknown> {
  const statement = await prepareReading(connection, await judge(connection, sql));
  return (await statement.runAndReadAll()).getRowsJson();
}

async function bytesBelow(): Promise<Record<string, string>> {
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const sums = files.map(async (file) => {
    const path = join(file.parentPath, file.name);
    const sum = createHash('sha256').update(await readFile(path));
    return [path, sum.digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(sums));
}

before(async () => {
  await mkdir(givenFolder, { recursive: true });
  await onEngine(async (database) => {
    for (const path of [targets.live, targets.other]) {
      await database.run(`COPY (SELECT 1 AS x) TO ${sqlText(path)} (FORMAT parquet)`);
    }
    for (const path of [targets.given, join(folder, 'secret.csv')]) {
      await database.run(`COPY (SELECT 1 AS x) TO ${sqlText(path)} (FORMAT csv)`);
    }
    await database.run(`ATTACH ${sqlText(targets.log)} AS log`);
    await database.run('CREATE TABLE log.import_jobs (url VARCHAR)');
    await database.run('DETACH log');
  });
});

suite('the judgement alone, on an engine that may open anything', () => {
  test('refuses what could write, and runs nothing of it', async () => {
    const before = await bytesBelow();
    const statements = hostileStatements(targets);
    assert.ok(statements.length > 200);
    await onQueryEngine(async (database) => {
      for (const sql of statements) await assert.rejects(runJudged(database, sql), sql);
      const [settings] = await database.all("SELECT current_setting('enable_external_access') AS open");
      assert.deepEqual(settings, { open: true });
      assert.deepEqual(await database.all('SELECT count(*)::INTEGER AS jobs FROM import_jobs'), [{ jobs: 0 }]);
      assert.deepEqual(await database.all('SELECT count(*)::INTEGER AS logged FROM duckdb_logs'), [{ logged: 0 }]);
    });
    assert.deepEqual(await bytesBelow(), before);
  });

  test('runs what only reads', async () => {
    await onQueryEngine(async (database) => {
      for (const sql of readingStatements) await assert.doesNotReject(runJudged(database, sql), sql);
    });
  });

  test('says what is wrong', async () => {
    await onQueryEngine(async (database) => {
      for (const [sql, message] of [
        ["COPY (SELECT 1) TO 'x'", /only statements that read/],
        ['PRAGMA version', /only statements that read/],
        ['FROM enable_logging()', /enable_logging is not called here/],
        ['FROM no_such_function()', /no_such_function is not called here/],
        ["FROM query(lower('SELECT 1'))", /only with a text that is written out/],
        ['SELECT 1; SELECT 2', /expected one SQL statement, found 2/],
        ['PIVOT strikes ON ticker USING count(*)', /expected one SQL statement/],
        ['; --', /there is no SQL statement/],
      ] as const) {
        await assert.rejects(
          runJudged(database, sql),
          (error) => error instanceof GexlakeError && message.test(error.message),
          sql,
        );
      }
    });
  });
});

suite('the closed engine alone, with SQL that nobody has judged', () => {
  const closed = async (act: (database: Database) => Promise<void>) =>
    onQueryEngine(async (database) => {
      await closeEngine(database, { files: [targets.live], folders: [targets.givenFolder] });
      await act(database);
    });

  test('opens nothing that it was not given', async () => {
    const before = await bytesBelow();
    await closed(async ({ connection }) => {
      for (const sql of curiousStatements(targets)) await assert.rejects(connection.runAndReadAll(sql), sql);
      for (const path of [targets.fresh, targets.other, targets.log, join(root, 'x.parquet')]) {
        for (const sql of [
          `COPY (SELECT 1) TO ${sqlText(path)}`,
          `ATTACH ${sqlText(path)} AS x`,
          `LOAD ${sqlText(path)}`,
        ])
          await assert.rejects(connection.run(sql), sql);
      }
    });
    assert.deepEqual(await bytesBelow(), before);
    assert.ok(!existsSync(targets.fresh));
  });

  test('cannot be opened again', async () => {
    await closed(async ({ connection }) => {
      for (const sql of [
        'SET enable_external_access = true',
        'SET GLOBAL allowed_paths = []',
        "SET allowed_directories = ['/']",
        'SET lock_configuration = false',
        'RESET enable_external_access',
        "SET temp_directory = '/tmp'",
        'SET autoload_known_extensions = true',
        "SET GLOBAL TimeZone = 'Asia/Tokyo'",
      ])
        await assert.rejects(connection.run(sql), sql);
    });
  });

  test('reads what it was given, whatever the paths have in them', async () => {
    await closed(async (database) => {
      assert.deepEqual(await database.all('SELECT x FROM strikes'), [{ x: 1 }]);
      assert.deepEqual(await database.all(`FROM read_csv(${sqlText(targets.given)}, hive_partitioning = false)`), [
        { x: 1n },
      ]);
    });
  });
});

test('every function of this engine has been looked at', async () => {
  await onEngine(async (database) => {
    const names = async (where: string) => {
      const rows = await database.all(
        `SELECT DISTINCT function_name FROM duckdb_functions() WHERE ${where} ORDER BY 1`,
      );
      return rows.map((row) => row['function_name'] as string);
    };
    const tables = await names("function_type IN ('table', 'table_macro')");
    const known = new Set(tables);
    assert.deepEqual(
      [...readingTableFunctions].filter((name) => !known.has(name)),
      [],
    );
    assert.deepEqual(
      tables.filter((name) => !readingTableFunctions.has(name)),
      [
        'arrow_scan',
        'arrow_scan_dumb',
        'check_peg_parser',
        'checkpoint',
        'disable_logging',
        'disable_peg_parser',
        'disable_profiling',
        'duckdb_log_contexts',
        'duckdb_logs',
        'duckdb_logs_parsed',
        'duckdb_secret_types',
        'duckdb_secrets',
        'enable_logging',
        'enable_peg_parser',
        'enable_profiling',
        'force_checkpoint',
        'json_execute_serialized_sql',
        'read_duckdb',
        'seq_scan',
        'truncate_duckdb_logs',
        'which_secret',
      ],
    );
    const values = (await names("function_type = 'scalar' AND has_side_effects")).filter(
      (name) => !actingScalarFunctions.has(name),
    );
    assert.deepEqual(values, [
      'current_connection_id',
      'current_query',
      'current_query_id',
      'current_transaction_id',
      'error',
      'gen_random_uuid',
      'random',
      'setseed',
      'sleep_ms',
      'stats',
      'uuid',
      'uuidv4',
      'uuidv7',
    ]);
  });
});
