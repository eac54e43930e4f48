import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GexlakeError } from '../../src/core/errors.ts';
import { inMemory, withDatabase, type Database } from '../../src/db/db.ts';
import { systemClock } from '../../src/platform/clock.ts';

async function failure(act: (database: Database) => Promise<unknown>, more = {}): Promise<GexlakeError> {
  try {
    await withDatabase(inMemory, { ...options, ...more }, act);
  } catch (error) {
    if (error instanceof GexlakeError) return error;
    throw error;
  }
  return assert.fail('nothing failed');
}

const options = { clock: systemClock, commandOf: () => null, threads: 1 };

test('what the engine says and nobody has foreseen is told as its words', async () => {
  const error = await failure((database) => database.all('SELECT * FROM import_jobs'));
  assert.equal(error.code, 'DATABASE_UNEXPECTED');
  assert.match(error.message, /import_jobs does not exist/);
});

test('memory that runs out is told as that', async () => {
  const sql = 'SELECT list(x ORDER BY x) FROM range(100_000_000) AS numbers(x)';
  const error = await failure((database) => database.all(sql), { memory_mb: 64, spill_bytes: 0 });
  assert.equal(error.code, 'RESOURCES_EXHAUSTED', error.message);
  assert.match(error.hint ?? '', /GEXLAKE_MEMORY_MB/);
});

test('a defect on the way to the engine is told as one, never as damage', async () => {
  const broken = undefined as unknown as string;
  const error = await failure((database) => database.all(broken));
  assert.equal(error.code, 'INTERNAL');
});
