import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ImportResult, Job } from '../../src/core/job.ts';
import { editLog } from '../support/duckdb.ts';
import { makeLake, only } from '../support/gexlake.ts';
import { name, put, records } from '../support/records.ts';

test('a job that came over HTTP reads no local file, whatever its URL says', async (context) => {
  const lake = await makeLake(context);
  const job = only(await lake.json<Job[]>(['enqueue', await put(lake.desk, name, records(5))]));
  await editLog(join(lake.folder, 'gex_history.db'), `UPDATE import_jobs SET origin = 'http' WHERE id = '${job.id}'`);
  const result = only(await lake.json<ImportResult[]>(['run']));
  assert.deepEqual([result.status, result.error?.code], ['failed', 'SOURCE_NOT_ALLOWED']);
  assert.deepEqual(await lake.files('parquet'), []);
});

test('the other fields of a request are shown by query without the secrets of URLs', async (context) => {
  const lake = await makeLake(context);
  const job = only(await lake.json<Job[]>(['enqueue', await put(lake.desk, name, records(5))]));
  const fields = '{"page":"https://ana:pw@gexbot.com/x?key=SECRET&b=1","other":"http://h/y#SECRET","n":1}';
  await editLog(
    join(lake.folder, 'gex_history.db'),
    `INSERT INTO job_requests VALUES ('${job.id}', 'http', 'key', '${fields}', now()::TIMESTAMP)`,
  );
  const [row] = await lake.query('SELECT fields FROM job_requests');
  assert.equal(row?.['fields'], '{"page":"https://…@gexbot.com/x?…","other":"http://h/y?…","n":1}');
});
