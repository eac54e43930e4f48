import type { Job } from '../../core/job.ts';
import { parquetFiles } from '../../core/log-tables.ts';
import type { Replacement } from '../attempt-log.ts';
import type { Holder, JobNote } from '../notes.ts';
import { noteOnce } from './events.ts';
import { replaceableFile } from './files.ts';
import { areStill, toIntended } from './intents.ts';
import { mustNotBeOutdated } from './later-changes.ts';
import { intendPurge } from './purges.ts';
import { intendQuality } from './quality.ts';
import { assertOwned } from './assert-owned.ts';
import type { Transactions } from './transactions.ts';

/** Rolls a transaction back that found the world changed. */
const notAsPlanned = new Error('other files are live than those that were planned with');

/**
 * Records what takes the place of what; false where other files are live than those that it was planned with.
 * @throws CHANGED_SINCE where a later change of the same sessions would be undone
 */
export async function intendSwap(
  write: Transactions['write'],
  job: Job,
  holder: Holder,
  { placed, retired, planned, purged = [], counts, quality, notes }: Replacement,
): Promise<boolean> {
  return write(async (change) => {
    const { sql, now } = change;
    const own = await assertOwned(change, job, holder);
    if (planned !== null) {
      await mustNotBeOutdated(sql, job, planned.sessionDates);
      if (!(await areStill(sql, job, planned))) throw notAsPlanned;
    }
    await own.change({ ...counts, heartbeat_at: now, updated_at: now });
    for (const { path, checksum, archivePath } of retired) {
      const live = await replaceableFile(sql, path, checksum);
      if (live === null) throw notAsPlanned;
      await change.update(parquetFiles, live, { superseded_by: job.id, archive_path: archivePath });
    }
    await change.insert(
      parquetFiles,
      placed.map(({ file, path }) => toIntended(job, file, path, now)),
    );
    if (purged.length > 0) await intendPurge(change, job, purged);
    await intendQuality(change, own.job, quality);
    const paths = placed.map(({ path }) => path);
    const announced = paths.length === 0 ? 'nothing' : paths.join(', ');
    const archived = retired.length;
    await own.note({
      event: 'replacing',
      detail: `${announced} (${purged.length > 0 ? 'purging' : 'archiving'} ${archived} files)`,
      data: { paths, archived },
    });
    for (const noted of changesOf(placed, retired)) await own.note(noted);
    for (const noted of notes) await noteOnce(change, job, holder.actor, noted);
    return true;
  }).catch((error: unknown) => {
    if (error === notAsPlanned) return false;
    throw error;
  });
}

/** Each path that changes, with the checksums before and after. */
function changesOf(placed: Replacement['placed'], retired: Replacement['retired']): JobNote[] {
  const before = new Map(retired.map(({ path, checksum }) => [path, checksum]));
  const after = new Map(placed.map(({ path, file }) => [path, file.checksum]));
  return [...new Set([...after.keys(), ...before.keys()])].map((path) => {
    const data = { path, before: before.get(path) ?? null, after: after.get(path) ?? null };
    return { event: 'checksums', detail: describeChange(data), data };
  });
}

function describeChange({
  path,
  before,
  after,
}: {
  path: string;
  before: string | null;
  after: string | null;
}): string {
  if (before === null) return `${path}: new, sha256 ${after}`;
  return after === null ? `${path}: archived, sha256 ${before}` : `${path}: sha256 ${before} becomes ${after}`;
}
