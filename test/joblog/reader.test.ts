import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrations } from '../../src/joblog/duckdb/migrations.ts';
import { readDatabase, runOn } from '../support/duckdb.ts';
import { dayImported } from '../support/day-imported.ts';
import { errorOf, makeLake, only } from '../support/gexlake.ts';
import { lockDatabase } from '../support/lock.ts';
import { name, put, records, sampleDay } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

const logQuery = 'SELECT id, url, status, records_processed, created_at FROM import_jobs ORDER BY created_at DESC';

suite('the job log, beside other programs', () => {
  long('can be read by any DuckDB client while a session is imported', async (context) => {
    const { lake } = await dayImported(context);
    const history = join(lake.folder, 'gex_history.db');
    const { bytes, facts } = sampleDay({ ticker: 'NDX', records: 2_000 });
    const source = await put(lake.desk, name.replace('SPX', 'NDX'), bytes);
    const running = lake.start(['import', source, '--json']);
    const statuses: unknown[] = [];
    while (running.child.exitCode === null) {
      const rows = await readDatabase(history, logQuery);
      statuses.push(rows[0]?.['status']);
      assert.ok(rows.length === 1 || rows.length === 2);
      await sleep(60);
    }
    const { exitCode, stdout } = await running.ended;
    assert.equal(exitCode, 0);
    const result = only(JSON.parse(stdout) as Awaited<ReturnType<typeof lake.import>>);
    assert.equal(result.records_processed, facts.records_processed);
    assert.equal(result.strike_rows, facts.strike_rows);
    assert.ok(statuses.length > 3, `${statuses.length} reads`);
    assert.ok(statuses.includes('started'), statuses.join(', '));
    const [row] = await readDatabase(history, logQuery);
    assert.deepEqual([row?.['id'], row?.['status']], [result.job_id, 'completed']);
    assert.ok(row?.['created_at'] instanceof Date);
  });

  long('a lock that stays is reported with its holder', async (context) => {
    const lake = await makeLake(context);
    const source = await put(lake.desk, name, records(20));
    const history = join(lake.folder, 'gex_history.db');
    await lake.run(['enqueue', source]);
    const held = await lockDatabase(history);
    const hasty = { env: { GEXLAKE_LIMITS: '{"lock_wait_ms":100}' } };
    for (const args of [['import', source], ['jobs'], ['query', 'SELECT 1'], ['run']]) {
      const ran = await lake.run([...args, '--json'], hasty);
      assert.equal(ran.exitCode, 5, args[0]);
      const { code, message, hint } = errorOf(ran);
      assert.equal(code, 'LOCK_BUSY');
      assert.ok(message.includes(`gex_history.db is in use by process ${held.pid} (`), message);
      assert.match(message, /lock-holder/);
      assert.match(hint ?? '', /Close that program/);
    }
    await held.release();
  });

  long('a lock that goes is waited for', async (context) => {
    const lake = await makeLake(context);
    const source = await put(lake.desk, name, records(20));
    await lake.run(['enqueue', source]);
    const held = await lockDatabase(join(lake.folder, 'gex_history.db'));
    const patient = lake.start(['import', source, '--json']);
    // The importer is at work, and finds the log locked.
    await new Promise<void>((resolve) => void setTimeout(resolve, 1_000));
    await held.release();
    assert.equal((await patient.ended).exitCode, 0);
  });

  long('an import goes on without gex_data.db while another program has it', async (context) => {
    const lake = await makeLake(context);
    await lake.import([await put(lake.desk, name, records(20))]);
    const held = await lockDatabase(join(lake.folder, 'gex_data.db'));
    const env = { GEXLAKE_LIMITS: '{"lock_wait_ms":100}' };
    const more = await put(join(lake.desk, 'more'), name, records(40));
    assert.equal(only(await lake.import([more], { env })).status, 'completed');
    const most = await put(join(lake.desk, 'most'), name, records(60));
    const kept = only(await lake.import([most, '--no-publish'], { env }));
    assert.equal(kept.error?.code, 'LOCK_BUSY');
    assert.match(kept.error.message, /gex_data\.db is in use by process \d+/);
    await held.release();
    assert.deepEqual(await lake.files('.work'), []);
  });
});

suite('a log that this version cannot use', () => {
  test('of a newer layout is refused and not changed', async (context) => {
    const lake = await makeLake(context);
    const source = await put(lake.desk, name, records(20));
    await lake.run(['enqueue', source]);
    const history = join(lake.folder, 'gex_history.db');
    await runOn(history, "INSERT INTO schema_migrations VALUES (999, 'from the future', now()::TIMESTAMP)");
    const sha = async () =>
      createHash('sha256')
        .update(await readFile(history))
        .digest('hex');
    const before = await sha();
    const files = await lake.files('.');
    for (const args of [['import', source], ['run'], ['jobs'], ['query', 'SELECT 1'], ['enqueue', source]]) {
      const ran = await lake.run([...args, '--json']);
      assert.equal(ran.exitCode, 1, args[0]);
      assert.equal(errorOf(ran).code, 'DATABASE_NEWER');
      assert.match(
        errorOf(ran).message,
        new RegExp(`has schema version 999; this gexlake knows versions up to ${migrations.at(-1)?.version}`),
      );
    }
    assert.equal(await sha(), before);
    assert.deepEqual(await lake.files('.'), files);
  });

  test('that is no database is refused and not changed', async (context) => {
    const lake = await makeLake(context);
    const source = await put(lake.desk, name, records(20));
    await put(lake.folder, 'gex_history.db', 'x'.repeat(50_000));
    const before = await lake.tree('.');
    const ran = await lake.run(['import', source, '--json']);
    assert.deepEqual([ran.exitCode, errorOf(ran).code], [1, 'DATABASE_DAMAGED']);
    assert.deepEqual(await lake.tree('.'), before);
  });

  long('a damaged gex_data.db stops no import: nothing canonical is in it', async (context) => {
    const lake = await makeLake(context);
    await put(lake.folder, 'gex_data.db', 'x'.repeat(50_000));
    const ran = await lake.run(['import', await put(lake.desk, name, records(20)), '--json']);
    assert.equal(ran.exitCode, 0);
    assert.match(ran.stderr, /"event":"warning","message":"gex_data\.db does not show the newest files/);
    assert.deepEqual(await lake.query('SELECT count(*) AS rows FROM strikes'), [{ rows: 100 }]);
  });
});
