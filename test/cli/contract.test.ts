import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeLake, only, errorOf } from '../support/gexlake.ts';
import { name, put, records } from '../support/records.ts';

// What --json prints is a contract: keys, their order and their kinds. A change here is a change for every caller.

const resultKeys = [
  'job_id',
  'status',
  'skipped',
  'skipped_as',
  'ticker',
  'endpoint',
  'session_dates',
  'records_read',
  'records_processed',
  'records_duplicate',
  'records_quarantined',
  'strike_rows',
  'staged_path',
  'staging_table',
  'parquet_files',
  'error',
  'warnings',
  'notes',
];
const jobKeys = [
  'id',
  'url',
  'checksum',
  'ticker',
  'status',
  'records_processed',
  'last_error',
  'created_at',
  'updated_at',
  'kind',
  'endpoint',
  'session_date',
  'staged_path',
  'attempts',
  'owner',
  'heartbeat_at',
  'skipped',
  'skipped_as',
  'records_read',
  'records_duplicate',
  'records_quarantined',
  'corrects_job_id',
  'reason',
  'actor',
  'started_at',
  'finished_at',
  'publish',
  'target',
  'error',
  'origin',
];
const fileKeys = [
  'job_id',
  'path',
  'dataset',
  'ticker',
  'endpoint',
  'session_dates',
  'row_count',
  'size_bytes',
  'checksum',
  'first_timestamp',
  'last_timestamp',
  'state',
  'superseded_by',
  'archive_path',
  'created_at',
  'contract_version',
  'writer',
  'content_hash',
  'committed_at',
  'superseded_at',
];

const lake = await makeLake({ after });
const source = await put(lake.desk, name, records(20));
const completed = only(await lake.import([source]));
const skipped = only(await lake.import([source]));
const failed = only(await lake.import([await put(join(lake.desk, 'empty'), name, '')]));
const staged = only(await lake.import([await put(join(lake.desk, 'more'), name, records(20, 50)), '--no-publish']));

test('import: the same keys, in the same order, whatever became of the job', () => {
  for (const result of [completed, skipped, failed, staged]) assert.deepEqual(Object.keys(result), resultKeys);
  assert.deepEqual(
    [completed, skipped, failed, staged].map(({ status }) => status),
    ['completed', 'skipped', 'failed', 'staged'],
  );
});

test('import: the values of a completed job', () => {
  const { job_id, ...rest } = completed;
  assert.match(job_id, /^[0-9a-f]{12}7[0-9a-f]{19}$/);
  assert.deepEqual(rest, {
    status: 'completed',
    skipped: false,
    skipped_as: null,
    ticker: 'SPX',
    endpoint: 'gex_zero',
    session_dates: ['2025-10-22'],
    records_read: 20,
    records_processed: 20,
    records_duplicate: 0,
    records_quarantined: 0,
    strike_rows: 100,
    staged_path: `source/gexbot/${name}`,
    staging_table: null,
    parquet_files: [
      'parquet/gex/2025/10/SPX/gex_zero/snapshots.parquet',
      'parquet/gex/2025/10/SPX/gex_zero/strikes.parquet',
    ],
    error: null,
    warnings: [],
    notes: [],
  });
});

test('import: the values of a failed job', () => {
  assert.deepEqual(Object.keys(failed.error ?? {}), ['code', 'message', 'hint']);
  assert.deepEqual([failed.staged_path, failed.parquet_files, failed.records_read], [null, [], 0]);
});

test('jobs and jobs show: rows of the log, newest first', async () => {
  const jobs = await lake.jobs();
  assert.deepEqual(
    jobs.map(({ id }) => id),
    [staged, failed, skipped, completed].map(({ job_id }) => job_id),
  );
  for (const job of jobs) assert.deepEqual(Object.keys(job), jobKeys);
  type Story = Record<'events' | 'files', Record<string, unknown>[]>;
  const story = await lake.json<Story>(['jobs', 'show', completed.job_id]);
  assert.deepEqual(Object.keys(story), [...jobKeys, 'events', 'files', 'receipts', 'block']);
  for (const event of story.events)
    assert.deepEqual(Object.keys(event), ['job_id', 'occurred_at', 'actor', 'event', 'detail', 'number', 'data']);
  assert.deepEqual(
    story.events.map(({ event }) => event),
    ['created', 'started', 'received', 'publishing', 'completed'],
  );
  for (const file of story.files) assert.deepEqual(Object.keys(file), fileKeys);
  assert.deepEqual(
    story.files.map(({ path, state, row_count }) => [path, state, row_count]),
    [
      [completed.parquet_files[0], 'live', 20],
      [completed.parquet_files[1], 'live', 100],
    ],
  );
});

test('times are ISO 8601 in UTC', async () => {
  for (const job of await lake.jobs()) assert.match(job.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('every line on standard error is JSON, and the last one is the error', async () => {
  const fine = await lake.run(['import', source, '--json']);
  const events = fine.stderr
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly event: string }).event);
  assert.deepEqual(
    events.filter((event) => event !== 'progress'),
    ['job', 'result'],
  );
  for (const args of [['jobs', 'show', 'ffff'], ['jobs', '--limit', 'many'], ['import'], ['nonsense']]) {
    const ran = await lake.run([...args, '--json']);
    assert.equal(ran.stdout, '');
    assert.deepEqual(Object.keys(errorOf(ran)), ['code', 'message', 'hint'], args.join(' '));
    for (const line of ran.stderr.trim().split('\n')) JSON.parse(line);
  }
});
