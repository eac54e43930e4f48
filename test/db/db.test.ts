import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { GexlakeError, type ErrorCode } from '../../src/core/errors.ts';
import { upgradeSchema, missingMigrations, withAttached, withDatabase, inMemory } from '../../src/db/db.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { lockDatabase } from '../support/lock.ts';

const folder = await mkdtemp(join(tmpdir(), 'gexlake-db-'));
after(() => rm(folder, { recursive: true }));
const options = { clock: systemClock, commandOf: () => null };
const fresh = (() => {
  let count = 0;
  return () => join(folder, `${(count += 1)}.db`);
})();

async function fails(code: ErrorCode, act: Promise<unknown>): Promise<void> {
  await assert.rejects(act, (error) => error instanceof GexlakeError && error.code === code);
}

suite('one file, one process', () => {
  test('two users of a file take turns, and no write is lost', async () => {
    const path = fresh();
    await withDatabase(path, options, (database) => database.run('CREATE TABLE seen (number INTEGER)'));
    let inside = 0;
    const write = (number: number) =>
      withDatabase(
        number % 2 === 0 ? path : `${folder}/./${path.slice(folder.length + 1)}`,
        options,
        async (database) => {
          inside += 1;
          assert.equal(inside, 1);
          await database.transaction(() => database.run('INSERT INTO seen VALUES (?)', [number]));
          inside -= 1;
        },
      );
    await Promise.all(Array.from({ length: 10 }, (_, number) => write(number)));
    const rows = await withDatabase(path, options, (database) =>
      database.all('SELECT number FROM seen ORDER BY number'),
    );
    assert.deepEqual(
      rows.map(({ number }) => number),
      Array.from({ length: 10 }, (_, number) => number),
    );
  });

  test('one that fails lets the next one in', async () => {
    const path = fresh();
    const broken = withDatabase(path, options, async () => {
      throw new Error('on purpose');
    });
    const next = withDatabase(path, options, (database) => database.first('SELECT 1 AS one'));
    await assert.rejects(broken, /on purpose/);
    assert.deepEqual(await next, { one: 1 });
  });

  test('a file that is attached takes its turn, too', async () => {
    const path = fresh();
    await withDatabase(path, options, (database) => database.run('CREATE TABLE made AS SELECT 42 AS answer'));
    await withDatabase(inMemory, options, async (database) => {
      const attached = withAttached(database, { path, name: 'other', options }, () =>
        database.first('SELECT answer FROM other.made'),
      );
      const written = withDatabase(path, options, (open) => open.run('UPDATE made SET answer = 43'));
      assert.deepEqual(await attached, { answer: 42 });
      await written;
    });
  });
});

suite('transactions and layouts', () => {
  test('an error undoes all of a transaction', async () => {
    await withDatabase(fresh(), options, async (database) => {
      await database.run('CREATE TABLE seen (number INTEGER)');
      await assert.rejects(
        database.transaction(async () => {
          await database.run('INSERT INTO seen VALUES (1)');
          throw new Error('on purpose');
        }),
      );
      assert.deepEqual(await database.all('SELECT * FROM seen'), []);
    });
  });

  test('migrations run once, each with its number, and a failing one leaves the layout before it', async () => {
    const path = fresh();
    const first = { version: 1, name: 'one', statements: ['CREATE TABLE a (x INTEGER)'] };
    const broken = {
      version: 2,
      name: 'two',
      statements: ['CREATE TABLE b (x INTEGER)', 'CREATE TABLE a (x INTEGER)'],
    };
    const now = '2026-01-05T10:00:00Z';
    await withDatabase(path, options, async (database) => {
      await upgradeSchema(database, [first], now);
      await upgradeSchema(database, [first], now);
      await assert.rejects(upgradeSchema(database, [first, broken], now));
    });
    await withDatabase(path, { ...options, readOnly: true }, async (database) => {
      assert.deepEqual(await database.all('SELECT version FROM schema_migrations'), [{ version: 1 }]);
      assert.deepEqual(await database.all("SELECT table_name FROM duckdb_tables() WHERE table_name = 'b'"), []);
      await fails('DATABASE_NEWER', upgradeSchema(database, [], now));
    });
  });

  test('a new database gets all migrations or none, and only rows that are there get the values of added columns', async () => {
    const path = fresh();
    const now = '2026-01-05T10:00:00Z';
    const made = { version: 1, name: 'one', statements: ['CREATE TABLE a (x INTEGER)', 'CREATE TABLE b (x INTEGER)'] };
    const wrong = { version: 2, name: 'two', statements: ['INSERT INTO a VALUES (7)', 'not SQL'] };
    const adds = ['a', 'b'].map((table) => ({ table, column: 'y', type: 'INTEGER', value: 'x + 1' }));
    const right = { version: 2, name: 'two', statements: ['INSERT INTO a VALUES (7)'], adds };
    await withDatabase(path, options, async (database) => {
      await assert.rejects(upgradeSchema(database, [made, wrong], now));
      assert.deepEqual(await missingMigrations(database, [made, wrong]), [made, wrong]);
      await upgradeSchema(database, [made, right], now);
      assert.deepEqual(await database.all('SELECT version, name FROM schema_migrations ORDER BY version'), [
        { version: 1, name: 'one' },
        { version: 2, name: 'two' },
      ]);
      assert.deepEqual(await database.all('FROM a'), [{ x: 7, y: 8 }]);
      assert.deepEqual(await database.all('FROM b'), []);
    });
  });

  test('a migration that a database has not seen is made up for, wherever its number is', async () => {
    const numbered = [1, 2, 3].map((version) => {
      return { version, name: `${version}`, statements: [`CREATE TABLE t${version} (x INTEGER)`] };
    });
    const now = '2026-01-05T10:00:00Z';
    await withDatabase(fresh(), options, async (database) => {
      await upgradeSchema(
        database,
        numbered.filter(({ version }) => version !== 2),
        now,
      );
      assert.equal((await missingMigrations(database, numbered)).length > 0, true);
      await upgradeSchema(database, numbered, now);
      assert.deepEqual(await missingMigrations(database, numbered), []);
      const tables = await database.all('SELECT count(*)::INTEGER AS tables FROM duckdb_tables()');
      assert.deepEqual(tables, [{ tables: 4 }]);
    });
  });

  test('values are bound, and times are UTC', async () => {
    await withDatabase(inMemory, options, async (database) => {
      const row = await database.first("SELECT ? AS given, ?::TIMESTAMP AS at, current_setting('TimeZone') AS zone", [
        "'; DROP TABLE x",
        '2026-01-05T10:00:00.123Z',
      ]);
      assert.deepEqual(row, { given: "'; DROP TABLE x", at: new Date('2026-01-05T10:00:00.123Z'), zone: 'UTC' });
    });
  });
});

suite('a file that is opened often', () => {
  const often = { ...options, opensOften: true };

  test('is let go each time, whole and without a journal', async () => {
    const path = fresh();
    await withDatabase(path, often, (database) => database.run('CREATE TABLE seen (number INTEGER)'));
    for (const number of [1, 2]) {
      await withDatabase(path, often, (database) => database.run('INSERT INTO seen VALUES (?)', [number]));
      assert.ok(!existsSync(`${path}.wal`));
      // Would not come back with the lock as long as anybody has it.
      await (await lockDatabase(path)).release();
    }
    const read = await withDatabase(path, { ...often, readOnly: true }, async (database) => {
      await assert.rejects(database.run('INSERT INTO seen VALUES (3)'));
      return database.all('SELECT number FROM seen ORDER BY number');
    });
    assert.deepEqual(read, [{ number: 1 }, { number: 2 }]);
  });

  test('one whose lock another process has is waited for, named, and opened once it is free', async () => {
    const path = fresh();
    await withDatabase(path, often, (database) => database.run('CREATE TABLE seen (number INTEGER)'));
    const held = await lockDatabase(path);
    await fails(
      'LOCK_BUSY',
      withDatabase(path, { ...often, lockWait_ms: 50 }, () => Promise.resolve()),
    );
    await held.release();
    await withDatabase(path, often, (database) => database.run('INSERT INTO seen VALUES (1)'));
  });

  test('what fails inside is taken back and lets the next one in', async () => {
    const path = fresh();
    await withDatabase(path, often, (database) => database.run('CREATE TABLE seen (number INTEGER)'));
    const broken = withDatabase(path, often, async (database) => {
      await database.run('BEGIN');
      await database.run('INSERT INTO seen VALUES (1)');
      throw new Error('on purpose');
    });
    await assert.rejects(broken, /on purpose/);
    assert.deepEqual(await withDatabase(path, often, (database) => database.all('SELECT * FROM seen')), []);
  });
});
