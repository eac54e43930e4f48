import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { App } from '../../src/app/app.ts';
import type { GexlakeError } from '../../src/core/errors.ts';
import { appOn } from '../support/built-program.ts';
import { dayImported } from '../support/day-imported.ts';
import { name } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

const { lake } = await dayImported({ after });
const live = join(lake.folder, 'parquet/gex/2025/10/SPX/gex_zero/strikes.parquet');
const fresh = join(lake.desk, 'written');
let app: App;

before(async () => {
  app = await appOn(lake.folder);
});

long('no statement writes, replaces or loads anything, and what is live stays as it is', async () => {
  const before = await lake.tree('');
  for (const path of [fresh, live]) {
    for (const sql of [
      `EXPLAIN (ANALYZE /* ) SELECT $$ */ ) COPY (SELECT 42) TO '${path}' -- $$`,
      `EXPLAIN ANALYZE COPY (SELECT 42) TO '${path}'`,
      `COPY strikes TO '${path}' (FORMAT parquet)`,
      `FROM query('COPY (SELECT 42) TO ''${path}''')`,
      `FROM enable_logging(storage_path = '${path}')`,
      `FROM enable_profiling(format = 'json', save_location = '${path}.json')`,
      `ATTACH '${path}' AS other`,
    ]) {
      await assert.rejects(app.query(sql, 10), isRefusal, sql);
    }
  }
  assert.deepEqual(await lake.tree(''), before);
  assert.deepEqual(await readdir(lake.desk), [name]);
});

test('a query reads nothing of this machine but the lake, and says how it could', async () => {
  for (const path of [join(lake.folder, 'gex_history.db'), join(lake.desk, name), '/etc/passwd']) {
    await assert.rejects(app.query(`FROM read_text('${path}')`, 10), (error) => {
      assert.ok(isRefusal(error));
      assert.match(error.message, /file system operations are disabled/);
      assert.match(error.hint ?? '', /--read/);
      return true;
    });
  }
});

test('the published files themselves can be read, too', async () => {
  const { rows } = await app.query(`SELECT count(*) FROM read_parquet('${live}')`, 10);
  assert.deepEqual(rows, [[100]]);
});

test('what does not fit into memory goes into a private folder that is gone afterwards', async () => {
  const { rows } = await app.query("SELECT current_setting('temp_directory')", 1);
  const folder = String(rows[0]?.[0]);
  assert.ok(folder.startsWith(join(tmpdir(), 'gexlake-query-')), folder);
  assert.ok(!existsSync(folder));
});

test('what fails among the later rows is no end of the result', async () => {
  const failing = async (sql: string, message: RegExp) => {
    await assert.rejects(app.query(sql, 1_000_000), (error) => isRefusal(error) && message.test(error.message), sql);
  };
  await failing("SELECT CASE WHEN range = 250000 THEN error('late') ELSE 1 END FROM range(300000)", /late/);
  await failing(
    "SELECT CASE WHEN range = 250000 THEN 'x' ELSE '1' END::INTEGER FROM range(300000)",
    /Could not convert/,
  );
});

function isRefusal(error: unknown): error is GexlakeError {
  return error instanceof Error && (error as GexlakeError).code === 'QUERY_FAILED';
}
