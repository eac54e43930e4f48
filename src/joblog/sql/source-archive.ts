import type { ArchivedSource } from '../../core/job.ts';
import { archivedSources, sourceRoots } from '../../core/log-tables.ts';
import type { RecordRoot, SourceArchive } from '../source-archive.ts';
import type { LogChange } from './change.ts';
import { note } from './events.ts';
import { noteRun } from './runs.ts';
import { receiptsOf, rootOf } from './receipts.ts';
import type { Transactions } from './transactions.ts';
import {
  allArchived,
  archivedAs,
  archivedOfJob,
  awaitedSources,
  findArchived,
  jobsFrom,
  keptSources,
  lastRun,
} from './sources.ts';

export function sqlSourceArchive({ read, write }: Transactions): SourceArchive {
  return {
    kept: () =>
      read(async (sql) => ({ sources: await keptSources(sql), archived: await allArchived(sql) }), {
        sources: [],
        archived: [],
      }),
    awaited: () => read(awaitedSources, []),
    jobsFrom: (start) => read((sql) => jobsFrom(sql, start), []),
    findArchived: (checksum, stagedPath) => read((sql) => findArchived(sql, checksum, stagedPath), null),
    receiptsOf: (jobIds) => read((sql) => receiptsOf(sql, jobIds), []),
    rootOf: (checksum) => read((sql) => rootOf(sql, checksum), null),
    recordRoot: (root) => write((change) => noteRoot(change, root)),
    recordArchived: (source, actor, root = null) =>
      write(async (change) => {
        const known = await archivedAs(change.sql, source.job_id, source.archive_path);
        if (known !== null) return known;
        const row: ArchivedSource = { ...source, state: 'archived', archived_at: change.now, removed_at: null };
        await change.insert(archivedSources, [row]);
        if (root !== null) await noteRoot(change, root);
        await note(change, { id: row.job_id }, actor, {
          event: 'archived',
          detail: row.archive_path,
          data: { path: row.archive_path },
        });
        return row;
      }),
    recordRemoved: (jobId, actor, detail) =>
      write(async (change) => {
        const there = await archivedOfJob(change.sql, jobId);
        for (const row of there)
          await change.update(archivedSources, row, { state: 'removed', removed_at: change.now });
        if (there.length > 0) await note(change, { id: jobId }, actor, { event: 'source removed', detail });
      }),
    beginTask: (task, interval_ms, actor) =>
      write(async (change) => {
        const last = await lastRun(change.sql, task);
        const since_ms = last === null ? interval_ms : Date.parse(change.now) - last.getTime();
        if (since_ms >= 0 && since_ms < interval_ms) return false;
        await noteRun(change, task, actor);
        return true;
      }),
  };
}

async function noteRoot(change: LogChange, root: RecordRoot): Promise<void> {
  if ((await rootOf(change.sql, root.checksum)) !== null) return;
  await change.insert(sourceRoots, [{ ...root, noted_at: change.now }]);
}
