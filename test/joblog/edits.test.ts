import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite } from 'node:test';
import { logTables } from '../../src/core/log-tables.ts';
import type { LogTable } from '../../src/core/columns.ts';
import { openJobLog, type RowDifference } from '../../src/joblog/joblog.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { readDatabase, runOn } from '../support/duckdb.ts';
import { copyOf, prepare, verify } from '../support/every-command.ts';
import { lastFirst, only, type Lake } from '../support/gexlake.ts';
import { long, oneOf, test } from '../support/shares.ts';

/* Edits by hand: whatever is changed in the log of a folder that has seen every command, its journal names the row and the column. */

const owner = lastFirst({ after });
let lake: Lake;
let [history, whole] = ['', ''];

before(async () => {
  lake = await copyOf((await prepare(owner)).lake);
  // What the other commands of a run do not write.
  await lake.run(['prune', '--apply']);
  history = join(lake.folder, 'gex_history.db');
  whole = join(lake.desk, 'whole.db');
  await copyFile(history, whole);
});

/** What the journal says after an edit, which is undone then. */
async function edited(sql: string): Promise<readonly RowDifference[]> {
  await runOn(history, sql);
  try {
    const log = openJobLog(history, { clock: systemClock, commandOf: () => null });
    return (await log.whole.compare()) ?? assert.fail('there is nothing to compare with');
  } finally {
    await copyFile(whole, history);
  }
}

/** Another value of a column than the one that it has, as SQL; null where the table allows none. */
function otherValue(table: LogTable, name: string, type: string): string | null {
  const choices = chosen[`${table.name}.${name}`];
  if (choices === null) return null;
  if (choices !== undefined) return `CASE WHEN ${name} = '${choices[0]}' THEN '${choices[1]}' ELSE '${choices[0]}' END`;
  switch (type) {
    case 'VARCHAR':
      return `coalesce(${name}, '') || 'x'`;
    case 'BOOLEAN':
      return `NOT ${name}`;
    case 'TIMESTAMP':
      return `coalesce(${name}, TIMESTAMP '2025-01-01') + INTERVAL 1 MICROSECOND`;
    case 'DATE':
      return `coalesce(${name}, DATE '2025-01-01') + 1`;
    case 'DATE[]':
      return `list_append(${name}, DATE '2025-01-01')`;
    default:
      return `coalesce(${name}, 0) + 1000000`;
  }
}

/** Columns that a table checks, each with two values that it allows; null where it allows one. */
const chosen: Readonly<Record<string, readonly [string, string] | null>> = {
  'import_jobs.status': ['failed', 'cancelled'],
  'import_jobs.kind': ['import', 'rewrite'],
  'parquet_files.state': ['live', 'superseded'],
  'archived_sources.state': ['archived', 'removed'],
  'job_requests.origin': null,
  'quality.basis': ['source', 'files'],
  'quality.condition': ['available', 'degraded'],
  'vendor_calls.answer': ['given', 'absent'],
  'duties.name': null,
  'notices.kind': ['day_lost', 'disk_low'],
};

const columns = logTables.flatMap((table) =>
  Object.entries(table.columns)
    .filter(([name]) => name !== 'heartbeat_at')
    .map(([name, { type }]) => ({ table, name, type })),
);

suite('an edit by hand', { concurrency: 1 }, () => {
  long('is not reported where there was none', async () => {
    assert.deepEqual(await edited('SELECT 1'), []);
    assert.deepEqual((await verify(lake)).problems, []);
  });

  for (const [at, { table, name, type }] of columns.entries()) {
    const value = otherValue(table, name, type);
    if (value === null) continue;
    oneOf(40, at)(`of ${table.name}.${name} is named with its row`, async () => {
      const rows = await readDatabase(whole, `SELECT rowid FROM ${table.name} LIMIT 1`);
      if (rows.length === 0) return;
      const found = await edited(
        `UPDATE ${table.name} SET ${name} = ${value} WHERE rowid = ${Number(only(rows)['rowid'])}`,
      );
      if (table.key.includes(name)) assert.deepEqual(found.map(({ kind }) => kind).sort(), ['missing', 'unknown']);
      else
        assert.deepEqual(
          found.map((one) => [one.kind, one.table, one.columns]),
          [['changed', table.name, [name]]],
        );
      for (const { key } of found) for (const part of table.key) assert.ok(key.includes(`${part} `), key);
    });
  }

  for (const table of logTables)
    (table.name === 'parquet_files' ? test : long)(
      `rows of ${table.name} that were deleted, added or doubled are named`,
      async () => {
        const rows = await readDatabase(whole, `SELECT rowid FROM ${table.name} LIMIT 1`);
        if (rows.length === 0) return;
        const where = `WHERE rowid = ${Number(only(rows)['rowid'])}`;
        const kinds = async (sql: string) => (await edited(sql)).map((one) => `${one.kind} ${one.table}`);
        assert.deepEqual(await kinds(`DELETE FROM ${table.name} ${where}`), [`missing ${table.name}`]);
        assert.deepEqual(await kinds(`INSERT INTO ${table.name} SELECT * FROM ${table.name} ${where}`), [
          `unknown ${table.name}`,
        ]);
      },
    );

  long('is a problem of verify with its row, and is undone by the journal, which keeps the edited log', async () => {
    const copy = await copyOf(lake);
    const path = join(copy.folder, 'gex_history.db');
    await runOn(path, "UPDATE import_jobs SET reason = 'another one' WHERE kind = 'correction'");
    const { problems } = await verify(copy);
    assert.ok(problems.length > 0);
    for (const { code, message } of problems) {
      assert.equal(code, 'LOG_ROW_CHANGED');
      assert.match(message, /the row of import_jobs with id [0-9a-f]{32} is not what the journal says: reason/);
    }
    const ran = await copy.run(['restore', '--rebuild-log', '--apply', '--json']);
    assert.equal(ran.exitCode, 0, ran.stderr);
    assert.deepEqual((await verify(copy)).problems, []);
    const kept = (await copy.files('backups')).filter((file) => /^aside-.*gex_history\.db$/.test(file));
    assert.equal(kept.length, 1);
  });
});
