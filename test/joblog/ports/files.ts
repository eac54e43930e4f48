import assert from 'node:assert/strict';
import { parseStoredPath } from '../../../src/core/stored-path.ts';
import { only } from '../../support/gexlake.ts';
import { begin, blocks, day, holder, privateFile, publication, publish, request, type Demands } from './made.ts';

const names = (files: readonly { readonly checksum: string }[]) => files.map(({ checksum }) => checksum);

/** What every `FileCatalog` does. */
export const files: Demands = {
  'files are found by block, folder and job; those that are about to be, too': async (log) => {
    const [first, second] = [await publish(log, 'a'), await publish(log, 'b')];
    const third = await begin(log);
    await log.attempts.intend(
      third,
      holder,
      publication([privateFile('snapshots', 'c')], await log.files.ofBlocks(blocks)),
    );
    assert.deepEqual(names(await log.files.live()).sort(), ['a', 'b']);
    assert.deepEqual(names(await log.files.ofBlocks(blocks)), ['a', 'b', 'c']);
    assert.deepEqual(await log.files.ofBlocks({ ...blocks, sessionDates: ['2025-10-23'] }), []);
    assert.deepEqual(await log.files.ofBlocks({ ...blocks, sessionDates: [] }), []);
    const folder = parseStoredPath('parquet/gex/2025/10/SPX/gex_zero');
    assert.deepEqual(names(await log.files.ofFolder(folder)), ['a', 'b', 'c']);
    assert.deepEqual(names(await log.files.ofJobs([second.id, first.id])).sort(), ['a', 'b']);
    assert.deepEqual(await log.files.ofJobs([]), []);
  },

  'a file keeps every value': async (log) => {
    const job = await publish(log, 'a');
    assert.deepEqual(only(await log.files.live()), {
      job_id: job.id,
      path: 'parquet/gex/2025/10/SPX/gex_zero/snapshots.parquet',
      dataset: 'snapshots',
      ticker: 'SPX',
      endpoint: 'gex_zero',
      session_dates: [day],
      row_count: 1,
      size_bytes: 1,
      checksum: 'a',
      first_timestamp: '2025-10-22T13:30:00.000Z',
      last_timestamp: '2025-10-22T13:31:40.000Z',
      state: 'live',
      superseded_by: null,
      archive_path: null,
      created_at: only(await log.files.live()).created_at,
      contract_version: '2',
      writer: '2 zstd-1.5.7',
      content_hash: 'c'.repeat(64),
      committed_at: (await log.jobs.story(job.id)).finished_at,
      superseded_at: null,
    });
  },

  'the rows of a job are found in the compaction that its files went into': async (log) => {
    const job = await publish(log, 'a');
    const { path } = only(await log.files.live());
    const target = { kind: 'compaction', folder: 'f', plan_id: null } as const;
    const merger = await begin(log, holder, { ...request('compact:f'), kind: 'rewrite', target });
    const archivePath = parseStoredPath('archive/a');
    await log.attempts.intendSwap(merger, holder, {
      placed: [{ file: privateFile('snapshots', 'merged'), path }],
      retired: [{ path, checksum: 'a', archivePath }],
      planned: null,
      ...publication([], []),
    });
    const finished = { counts: publication([], []).counts, sessionDates: [day], stagedPath: null };
    await log.attempts.complete(merger, holder, { finished, intended: 1 });
    const { own, merged } = await log.files.carriersOf(job.id);
    assert.deepEqual([names(own), names(merged)], [[], ['merged']]);
    assert.equal((await log.files.supersededAt(path))?.checksum, 'a');
    assert.equal((await log.files.supersededAt(archivePath))?.checksum, 'a');
  },

  'a list is filtered, newest first, and goes on behind the last of a page': async (log) => {
    for (const checksum of ['a', 'b', 'c']) await publish(log, checksum);
    const [newest, ...older] = await log.files.list({ limit: 10 });
    assert.ok(newest !== undefined);
    assert.deepEqual(names([newest, ...older]), ['c', 'b', 'a']);
    const { created_at, path, job_id } = newest;
    assert.deepEqual(names(await log.files.list({ limit: 10, after: { created_at, path, job_id } })), ['b', 'a']);
    assert.equal((await log.files.list({ limit: 2, ticker: 'SPX', from: day, to: day })).length, 2);
    assert.deepEqual(await log.files.list({ limit: 10, from: '2025-10-23' }), []);
    assert.deepEqual(await log.files.list({ limit: 10, to: '2025-10-21' }), []);
    assert.deepEqual(await log.files.list({ limit: 10, dataset: 'strikes' }), []);
    assert.deepEqual(names(await log.files.list({ limit: 10, jobId: job_id, state: 'live' })), ['c']);
  },
};
