import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import type { ImportResult, Job } from '../../src/core/job.ts';
import { errorOf, makeLake, only } from '../support/gexlake.ts';
import { name, put, records, sampleDay } from '../support/records.ts';
import { cannotMount, makeSmallDisk, type SmallDisk } from '../support/small-disk.ts';

/** What could not be written, from the words of the error. */
const places: Readonly<Record<string, RegExp>> = {
  staging: /source\.part|source\/gexbot/,
  loading: /\/load\//,
  engine: /gex_data\.db/,
  log: /gex_history\.db/,
  publishing: /\/parquet\//,
};

function placeOf(message: string): string {
  return Object.keys(places).find((place) => places[place]?.test(message)) ?? message;
}

suite('a full disk', { skip: cannotMount, concurrency: false }, () => {
  const small = cannotMount === false ? makeLakeOnDisk() : null;

  async function makeLakeOnDisk() {
    const disk = makeSmallDisk({ after });
    const lake = await makeLake({ after }, disk.path);
    const desk = (await makeLake({ after })).desk;
    await lake.import([await put(desk, name, records(30))]);
    return { disk, lake, desk };
  }

  /** Imports a session with one room after the other until it fits; gives the places where it did not. */
  async function placesOfFailure(date: string, rooms: readonly Parameters<SmallDisk['leave']>[0][]) {
    const { disk, lake, desk } = (await small) ?? assert.fail();
    const { bytes } = sampleDay({ records: 300, sessionDate: date });
    const source = await put(desk, name.replace('2025-10-22', date), bytes);
    const before = await lake.tree('parquet');
    const found = new Set<string>();
    for (const room of rooms) {
      disk.leave(room);
      const { exitCode, stdout, stderr } = await lake.run(['import', source, '--json']);
      const what = `${JSON.stringify(room)}: ${stdout} ${stderr}`;
      disk.leave({});
      if (exitCode === 0) return found;
      // Where there is no room for the log either, the job stays as it is until the next start takes it back.
      if (stdout === '') {
        assert.match(stderr, /"code":"DISK_FULL".*gex_history\.db/, what);
        assert.deepEqual(await lake.tree('parquet'), before, what);
        continue;
      }
      const result = only(JSON.parse(stdout) as ImportResult[]);
      assert.equal(exitCode, 1, what);
      assert.equal(result.error?.code, 'DISK_FULL', what);
      const [job] = await lake.jobs(['--limit', '1']);
      assert.deepEqual([job?.id, job?.status], [result.job_id, 'failed'], what);
      assert.match(job?.last_error ?? '', /^DISK_FULL: /);
      assert.deepEqual(await lake.tree('parquet'), before, what);
      assert.deepEqual(await lake.files('.work'), [], what);
      found.add(placeOf(result.error.message));
    }
    return found;
  }

  test('by bytes: fails the job while staging; what is published stays, and the private files go', async () => {
    const source_bytes = sampleDay({ records: 300, sessionDate: '2025-10-23' }).bytes.length;
    const more = Array.from({ length: 4 }, (_, at) => ({ bytes: source_bytes + at * 60_000 }));
    const found = await placesOfFailure('2025-10-23', [{ bytes: source_bytes / 2 }, ...more]);
    assert.ok(found.has('staging'), [...found].join(', '));
  });

  test('by files: fails the job while loading and while publishing, too', async () => {
    const rooms = [6, 8, 10, 11, 12].map((files) => ({ files }));
    const found = await placesOfFailure('2025-11-24', rooms);
    for (const place of ['loading', 'publishing']) assert.ok(found.has(place), [...found].join(', '));
  });

  test('when there is room again, the jobs are retried', async () => {
    const { lake } = (await small) ?? assert.fail();
    const retried = await lake.json<Job[]>(['jobs', 'retry', '--failed']);
    assert.ok(retried.length > 5);
    assert.equal((await lake.run(['run'])).exitCode, 0);
    assert.deepEqual(await lake.jobs(['--status', 'failed']), []);
    const [row] = await lake.query('SELECT count(*) AS records, count(DISTINCT session_date) AS days FROM snapshots');
    assert.deepEqual(row, { records: 630, days: 3 });
  });

  test('where not even the log can be written, the next start finds out about the job', async (context) => {
    const disk = makeSmallDisk(context);
    const lake = await makeLake(context, disk.path);
    const source = await put((await makeLake(context)).desk, name, records(30));
    disk.leave({ bytes: 16_000 });
    const ran = await lake.run(['import', source, '--json']);
    assert.equal(ran.exitCode, 1);
    assert.equal(errorOf(ran).code, 'DISK_FULL');
    disk.leave({});
    assert.equal((await lake.run(['import', source])).exitCode, 0);
    for (const { status, last_error } of await lake.jobs(['--status', 'failed'])) {
      assert.match(`${status} ${last_error}`, /^failed IMPORTER_DIED: /);
    }
    assert.deepEqual(await lake.jobs(['--status', 'started']), []);
  });

  test('a log that was begun on a full disk and holds nothing is begun again', async (context) => {
    const disk = makeSmallDisk(context);
    const lake = await makeLake(context, disk.path);
    const source = await put((await makeLake(context)).desk, name, records(30));
    disk.leave({ bytes: 8192 });
    assert.equal(errorOf(await lake.run(['import', source, '--json'])).code, 'DISK_FULL');
    disk.leave({});
    assert.equal((await lake.run(['import', source])).exitCode, 0);
    assert.equal((await lake.jobs()).length, 1);
  });
});
