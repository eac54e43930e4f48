import assert from 'node:assert/strict';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import type { ImportResult, Job, JobEvent } from '../../src/core/job.ts';
import { pretendToHaveLinked } from '../support/crashed.ts';
import { runOn } from '../support/duckdb.ts';
import { errorOf, makeLake, only, type Lake, type Ran } from '../support/gexlake.ts';
import { name, put, records } from '../support/records.ts';
import { startOrigin } from '../support/origin.ts';

const origin = await startOrigin();
after(() => origin.close());
const env = { GEXLAKE_SOURCE_ALLOW: origin.origin };
const folder = 'parquet/gex/2025/10/SPX/gex_zero';

const resultsOf = ({ stdout }: Ran) => JSON.parse(stdout) as ImportResult[];

/** The process that runs a job, as the log names it. */
async function ownerOf(lake: Lake, jobId: string): Promise<number> {
  const { owner } = await lake.json<Job>(['jobs', 'show', jobId]);
  return Number(owner?.split(':')[1]);
}

suite('an importer that dies', () => {
  test('fails its job with the reason; the parent goes on with the next source', async (context) => {
    const lake = await makeLake(context);
    origin.serve(`/stuck/${name}`, { body: JSON.stringify(records(40)), stallAfter: 900 });
    const next = await put(lake.desk, name, records(40, 1000));
    const running = lake.start(['import', origin.url(`/stuck/${name}?sig=S`), next, '--json'], { env });
    await running.says(/"step":"download"/);
    const [job] = await lake.jobs();
    process.kill(await ownerOf(lake, job?.id ?? ''), 'SIGKILL');
    const ended = await running.ended;
    assert.equal(ended.exitCode, 4);
    const [killed, other] = resultsOf(ended);
    assert.deepEqual([killed?.job_id, killed?.status, killed?.error?.code], [job?.id, 'failed', 'IMPORTER_DIED']);
    assert.match(killed?.error?.message ?? '', /was ended by SIGKILL/);
    assert.equal(other?.status, 'completed');
    assert.deepEqual(await lake.files('.work'), []);
    const { last_error } = await lake.json<Job>(['jobs', 'show', job?.id ?? '']);
    assert.equal(last_error, 'IMPORTER_DIED: the importer process was ended by SIGKILL');
  });

  test('is not what one is whose parent dies: it finishes its job', async (context) => {
    const lake = await makeLake(context);
    origin.serve(`/orphan/${name}`, { body: JSON.stringify(records(40)), etag: '"1"', ranges: true, stallAfter: 900 });
    const limits = { GEXLAKE_LIMITS: '{"stall_timeout_ms":1000,"retry_base_ms":1}' };
    const sources = [origin.url(`/orphan/${name}`), await put(lake.desk, name, records(40, 1000))];
    const running = lake.start(['import', ...sources], { env: { ...env, ...limits } });
    await running.says(/"step":"download"/);
    running.child.kill('SIGKILL');
    // Standard error is the importer's too, so it is open until that has ended.
    await running.ended;
    const jobs = await lake.jobs();
    assert.deepEqual(
      jobs.map(({ status, records_processed }) => [status, records_processed]),
      [['completed', 40]],
    );
  });

  test('ends within the limit where its parent dies and its download says nothing more', async (context) => {
    const lake = await makeLake(context);
    origin.serve(`/silent/${name}`, { body: JSON.stringify(records(40)), stallAfter: 900 });
    const limits = { GEXLAKE_LIMITS: '{"orphan_ms":300}' };
    const running = lake.start(['import', origin.url(`/silent/${name}`)], { env: { ...env, ...limits } });
    await running.says(/"step":"download"/);
    running.child.kill('SIGKILL');
    await running.ended;
    const found = await lake.spawn(['run', '--json'], { env });
    assert.match(found.stderr, /was left by an importer that is gone; it is pending again/);
    assert.equal(only(resultsOf(found)).status, 'completed');
  });

  test('ends at once where its parent is dead and it gets a SIGTERM', async (context) => {
    const lake = await makeLake(context);
    origin.serve(`/term/${name}`, { body: JSON.stringify(records(40)), stallAfter: 900 });
    const running = lake.start(['import', origin.url(`/term/${name}`)], { env });
    await running.says(/"step":"download"/);
    const [job] = await lake.jobs();
    const importer = await ownerOf(lake, job?.id ?? '');
    running.child.kill('SIGKILL');
    await once(running.child, 'exit');
    process.kill(importer, 'SIGTERM');
    await running.ended;
    const { status, last_error } = await lake.json<Job>(['jobs', 'show', job?.id ?? '']);
    assert.equal(status, 'failed');
    assert.match(last_error ?? '', /^INTERRUPTED/);
    assert.deepEqual(await lake.files('.work'), []);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`finishes its job at the first ${signal} that it gets itself; another one does the rest`, async (context) => {
      const lake = await makeLake(context);
      const released = Promise.withResolvers<void>();
      const served = { body: JSON.stringify(records(40)), stallAfter: 900, stallUntil: released.promise };
      origin.serve(`/first/${name}`, served);
      const sources = [
        origin.url(`/first/${name}`),
        await put(lake.desk, name.replace('22', '23'), records(40, 86_400)),
      ];
      const running = lake.start(['import', ...sources, '--json'], { env });
      await running.says(/"step":"download"/);
      const [job] = await lake.jobs();
      process.kill(await ownerOf(lake, job?.id ?? ''), signal);
      released.resolve();
      const ended = await running.ended;
      assert.deepEqual(
        resultsOf(ended).map(({ status }) => status),
        ['completed', 'completed'],
      );
      const owners = await lake.query('SELECT DISTINCT owner FROM import_jobs');
      assert.equal(owners.length, 2);
      assert.equal(ended.exitCode, 0);
    });
  }

  test('ends its job at the second signal', async (context) => {
    const lake = await makeLake(context);
    origin.serve(`/second/${name}`, { body: JSON.stringify(records(40)), stallAfter: 900 });
    const sources = [
      origin.url(`/second/${name}`),
      await put(lake.desk, name.replace('22', '23'), records(40, 86_400)),
    ];
    const running = lake.start(['import', ...sources, '--json'], { env });
    await running.says(/"step":"download"/);
    const [job] = await lake.jobs();
    const importer = await ownerOf(lake, job?.id ?? '');
    // Two kinds, because two of one kind that come at once are one.
    process.kill(importer, 'SIGTERM');
    process.kill(importer, 'SIGINT');
    const [first, second] = resultsOf(await running.ended);
    assert.deepEqual([first?.status, first?.error?.code], ['failed', 'INTERRUPTED']);
    assert.equal(second?.status, 'completed');
  });

  test('together with its parent is found by the next start', async (context) => {
    const lake = await makeLake(context);
    origin.serve(`/both/${name}`, { body: JSON.stringify(records(40)), stallAfter: 900 });
    const running = lake.start(['import', origin.url(`/both/${name}`)], { env });
    await running.says(/"step":"download"/);
    const [job] = await lake.jobs();
    running.child.kill('SIGKILL');
    process.kill(await ownerOf(lake, job?.id ?? ''), 'SIGKILL');
    await running.ended;
    const retried = await lake.spawn(['jobs', 'retry', job?.id ?? '', '--json']);
    assert.equal(errorOf(retried).code, 'JOB_STATE');
    assert.match(errorOf(retried).hint ?? '', /the next import or run finds out/);
    const found = await lake.spawn(['run', '--json'], { env });
    assert.match(found.stderr, new RegExp(`job ${job?.id} was left by an importer that is gone; it is pending again`));
    assert.equal(only(JSON.parse(found.stdout) as ImportResult[]).status, 'completed');
    const { attempts } = await lake.json<Job>(['jobs', 'show', job?.id ?? '']);
    assert.equal(attempts, 2);
  });

  test('after linking and before committing leaves nothing visible once its death is known', async (context) => {
    const lake = await makeLake(context);
    const done = only(await lake.import([await put(lake.desk, name, records(40))]));
    const dead = only(await lake.json<Job[]>(['enqueue', join(lake.desk, 'night', name)]));
    await pretendToHaveLinked(lake, dead.id, done);
    const gone = `${hostname()}:999999999:1`;
    const history = join(lake.folder, 'gex_history.db');
    await runOn(history, `UPDATE import_jobs SET status = 'started', owner = '${gone}' WHERE id = '${dead.id}'`);
    assert.equal((await lake.files(folder)).length, 4);
    // A file under an intended name that does not hold what was intended is somebody else's.
    const foreign = `${folder}/snapshots_${dead.id}.parquet`;
    await put(lake.folder, foreign, 'mine');
    const night = await put(join(lake.desk, 'night'), name, records(70));
    const result = only(await lake.import([night]));
    assert.deepEqual([result.status, result.records_processed], ['completed', 30]);
    const { status, events } = await lake.json<Job & { events: JobEvent[] }>(['jobs', 'show', dead.id]);
    assert.equal(status, 'pending');
    assert.deepEqual(
      events.slice(-3).map(({ event }) => event),
      ['taken over', 'taken back', 'recovered'],
    );
    const files = await lake.files(folder);
    assert.ok(!files.includes(`strikes_${dead.id}.parquet`));
    assert.ok(files.includes(`snapshots_${dead.id}.parquet`));
    const [row] = await lake.query('SELECT count(*) AS records FROM snapshots');
    assert.deepEqual(row, { records: 70 });
  });

  test('whose changes cannot be taken back fails its job, whose intent stands, and holds up nobody else', async (context) => {
    const lake = await makeLake(context);
    const source = await put(lake.desk, name, records(40));
    await lake.spawn(['import', source], { env: { GEXLAKE_FAULT: 'killall@publish:link#2' } });
    const dead = only(await lake.jobs());
    await lake.spawn(['enqueue', await put(lake.desk, name.replace('SPX', 'NDX'), [])]);
    const other = await lake.spawn(['run', '--json'], { env: { GEXLAKE_FAULT: 'EACCES@publish:undo#1' } });
    assert.deepEqual(
      resultsOf(other).map(({ error }) => error?.code),
      ['INPUT_NO_RECORDS'],
    );
    const { status, last_error } = await lake.json<Job>(['jobs', 'show', dead.id]);
    assert.equal(status, 'failed');
    assert.match(
      last_error ?? '',
      /^FOLDER_NOT_WRITABLE: left by an importer that is gone, and could not be taken back/,
    );
    assert.equal((await lake.files('parquet')).length, 1);
    await lake.spawn(['jobs', 'retry', dead.id]);
    assert.equal(only(resultsOf(await lake.spawn(['run', '--json']))).status, 'completed');
    assert.equal((await lake.spawn(['verify'])).exitCode, 0);
  });
});
