import assert from 'node:assert/strict';
import { parseStoredPath } from '../../../src/core/stored-path.ts';
import { only } from '../../support/gexlake.ts';
import { begin, publish, request, type Demands } from './made.ts';

/** What every `SourceArchive` does. */
export const sources: Demands = {
  'the sources of completed jobs are known, oldest staging first': async (log) => {
    const [first, second] = [await publish(log, 'a'), await publish(log, 'b')];
    await begin(log);
    const { sources: kept, archived } = await log.sources.kept();
    assert.deepEqual(
      kept.map(({ job_id }) => job_id),
      [first.id, second.id],
    );
    assert.deepEqual([kept[0]?.records_read, kept[0]?.records_quarantined, archived], [4, 1, []]);
    const received = (await log.jobs.story(first.id)).events.find(({ event }) => event === 'received');
    assert.equal(kept[0]?.staged_at, received?.occurred_at);
    assert.deepEqual(await log.sources.awaited(), [request('/a').url]);
  },

  'a source is archived once, and leaves the archive once': async (log) => {
    const job = await publish(log, 'a');
    const source = {
      job_id: job.id,
      staged_path: parseStoredPath(`source/${job.id}/x`),
      archive_path: parseStoredPath('archive/x.zst'),
      checksum: 'source of a',
      size_bytes: 2 ** 40,
      archived_checksum: 'packed',
      archived_size_bytes: 5,
    };
    const row = await log.sources.recordArchived(source, 'tester');
    assert.deepEqual(await log.sources.recordArchived({ ...source, archived_checksum: 'other' }, 'tester'), row);
    assert.deepEqual(await log.sources.findArchived('source of a', ''), row);
    assert.deepEqual(await log.sources.findArchived(null, source.staged_path), row);
    assert.equal(await log.sources.findArchived('none', source.staged_path), null);
    await log.sources.recordRemoved(job.id, 'tester', 'old');
    await log.sources.recordRemoved(job.id, 'tester', 'old');
    assert.equal(await log.sources.findArchived('source of a', ''), null);
    assert.equal(only((await log.sources.kept()).archived).state, 'removed');
    const { events } = await log.jobs.story(job.id);
    assert.deepEqual(
      events.slice(-2).map(({ event }) => event),
      ['archived', 'source removed'],
    );
  },

  'a task is begun once in its time': async (log) => {
    assert.equal(await log.sources.beginTask('prune', 3_600_000, 'tester'), true);
    assert.equal(await log.sources.beginTask('prune', 3_600_000, 'tester'), false);
    assert.equal(await log.sources.beginTask('other', 3_600_000, 'tester'), true);
    assert.equal(await log.sources.beginTask('prune', 1, 'tester'), true);
  },
};
