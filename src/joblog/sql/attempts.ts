import { GexlakeError } from '../../core/errors.ts';
import { noCounts, type Job } from '../../core/job.ts';
import { parquetFiles, sourceReceipts } from '../../core/log-tables.ts';
import type { Receipt } from '../../core/journey.ts';
import type { StoredPath } from '../../core/stored-path.ts';
import type { AttemptLog, EqualImport, Finished, Publication, Received } from '../attempt-log.ts';
import { describeCounts, describeElsewhere, describeError, ended, endedJob, endingOf, takenBack } from '../endings.ts';
import type { Holder } from '../notes.ts';
import type { LogChange } from './change.ts';
import { noteOnce } from './events.ts';
import { areStill, commitIntended, forget, intendedOf, planIntents } from './intents.ts';
import { stagedByAnother } from './jobs.ts';
import { intendQuality } from './quality.ts';
import { assertOwned } from './assert-owned.ts';
import { accountedFor, announcedElsewhere, isElsewhere, liveElsewhere } from './same-bytes.ts';
import { commitPurge, mustNotBePurged } from './purges.ts';
import type { Sql } from './session.ts';
import type { Transactions } from './transactions.ts';
import { intendSwap } from './swaps.ts';

export function sqlAttemptLog({ read, write }: Transactions): AttemptLog {
  return {
    received: (job, holder, bytes) => write((change) => received(change, job, holder, bytes)),
    equalElsewhere: (job, checksum) => read((sql) => equalElsewhere(sql, job, checksum), null),
    announcedElsewhere: (job, checksum) => read((sql) => announcedElsewhere(sql, job, checksum), []),
    beat: (job, holder) =>
      write(async (change) => (await assertOwned(change, job, holder)).change({ heartbeat_at: change.now })),
    intend: (job, holder, publication) => write((change) => intend(change, job, holder, publication)),
    intendSwap: (job, holder, replacement) => intendSwap(write, job, holder, replacement),
    intended: (job) => read((sql) => intendedOf(sql, job), { placed: [], retired: [] }),
    complete: (job, holder, { finished, intended }) =>
      write((change) => complete(change, job, holder, { finished, intended, recovered: null })),
    skip: (job, holder, { finished, skipped }) =>
      write(async (change) => {
        const { equal, detail = `all rows are already live, from job ${equal}`, warning = null } = skipped;
        const own = await assertOwned(change, job, holder);
        const ending = { ...ended('skipped'), ...endingOf(finished), skippedAs: equal };
        await own.change(endedJob(own.job, ending, change.now));
        if (warning !== null) await own.note({ event: 'warning', detail: warning });
        await own.note({ event: 'skipped', detail, data: { equal } });
      }),
    stage: (job, holder, { finished, notes, stagingTable }) =>
      write(async (change) => {
        const own = await assertOwned(change, job, holder);
        await own.change(endedJob(own.job, { ...ended('staged'), ...endingOf(finished) }, change.now));
        for (const noted of notes) await own.note(noted);
        await own.note({ event: 'staged', detail: `rows are in ${stagingTable}`, data: { table: stagingTable } });
      }),
    fail: (job, holder, { error, left }) =>
      write(async (change) => {
        const own = await assertOwned(change, job, holder);
        const withdrawn = left.intentStands ? 0 : await forget(change, own.job);
        if (withdrawn > 0) await own.note(takenBack(withdrawn, 'of this attempt'));
        const { stagedPath, keepsSource = true } = left;
        await own.change(endedJob(own.job, { ...ended('failed'), stagedPath, keepsSource, error }, change.now));
        await own.note({ event: 'failed', detail: describeError(error), data: { error } });
      }),
    forgetIntended: (job, holder) =>
      write(async (change) => {
        const own = await assertOwned(change, job, holder);
        await own.change({ heartbeat_at: change.now });
        await own.note(takenBack(await forget(change, own.job), 'that an earlier attempt left'));
      }),
  };
}

async function received(
  change: LogChange,
  job: Job,
  holder: Holder,
  bytes: { readonly checksum: string; readonly paths: readonly StoredPath[]; readonly receipt?: Receipt },
): Promise<Received> {
  const { sql, now } = change;
  const { checksum, paths, receipt } = bytes;
  const own = await assertOwned(change, job, holder);
  if (receipt !== undefined)
    await change.insert(sourceReceipts, [{ job_id: job.id, attempt: own.job.attempts, received_at: now, ...receipt }]);
  const equal = job.kind === 'correction' ? null : await findEqual(sql, job, checksum);
  if (equal === null) {
    await mustNotBePurged(sql, job, checksum);
    const stagedPath = await freePath(sql, job, paths);
    await own.change({ checksum, staged_path: stagedPath, heartbeat_at: now, updated_at: now });
    await own.note({ event: 'received', detail: `sha256 ${checksum}`, data: { checksum } });
    return { kind: 'new', stagedPath };
  }
  const ending = { ...ended('skipped'), checksum, skippedAs: equal.jobId, counts: noCounts };
  await own.change(endedJob(own.job, ending, now));
  if (equal.warning !== null) await own.note({ event: 'warning', detail: equal.warning });
  await own.note({ event: 'skipped', detail: `same bytes as job ${equal.jobId}`, data: { equal: equal.jobId } });
  return equal;
}

async function freePath(sql: Sql, job: Job, paths: readonly StoredPath[]): Promise<StoredPath | null> {
  if (paths.length === 0) return null;
  for (const path of paths) if (!(await stagedByAnother(sql, job.id, path))) return path;
  throw new GexlakeError('FILE_EXISTS', `${paths.join(' and ')} are staged by other jobs already`);
}

async function findEqual(sql: Sql, job: Job, checksum: string): Promise<EqualImport | null> {
  const jobId = await accountedFor(sql, job, checksum);
  return jobId === null ? equalElsewhere(sql, job, checksum) : { kind: 'equal', jobId, warning: null };
}

async function equalElsewhere(sql: Sql, job: Job, checksum: string): Promise<EqualImport | null> {
  const found = await liveElsewhere(sql, job, checksum);
  return found === null ? null : { kind: 'equal', jobId: found.job.id, warning: describeElsewhere(job, found) };
}

async function intend(
  change: LogChange,
  job: Job,
  holder: Holder,
  { files, compared, counts, quality, notes }: Publication,
) {
  const { sql, now } = change;
  const sessionDates = [...new Set(files.flatMap((file) => file.sessionDates))];
  const own = await assertOwned(change, job, holder);
  if (!(await areStill(sql, job, { sessionDates, files: compared })) || (await isElsewhere(sql, own.job))) return null;
  await own.change({ ...counts, heartbeat_at: now, updated_at: now });
  const intended = await planIntents(sql, job, files, now);
  await change.insert(parquetFiles, intended);
  await intendQuality(change, own.job, quality);
  const paths = intended.map((file) => file.path);
  await own.note({ event: 'publishing', detail: paths.join(', '), data: { paths } });
  // Now and not with the commit, which may be left to a process that has not seen the data.
  for (const noted of notes) await noteOnce(change, job, holder.actor, noted);
  return intended;
}

/** The commit point, for who has done the work and for who finishes it (`recovered`: how). */
export async function complete(
  change: LogChange,
  job: Job,
  holder: Holder,
  { finished, intended, recovered }: { finished: Finished; intended: number; recovered: string | null },
): Promise<void> {
  const own = await assertOwned(change, job, holder);
  const { live, superseded } = await commitIntended(change, job);
  if (live !== intended) throw new Error(`${live} of ${intended} intended files are in the log`);
  await commitPurge(change, own.job, holder);
  await own.change(endedJob(own.job, { ...ended('completed'), ...endingOf(finished) }, change.now));
  if (recovered !== null) await own.note({ event: 'recovered', detail: recovered, data: { status: 'completed' } });
  const replaced = superseded === 0 ? '' : `, ${superseded} superseded`;
  const detail = `${live} files live${replaced}, ${describeCounts(finished.counts)}`;
  await own.note({ event: 'completed', detail, data: { live, superseded, counts: finished.counts } });
}
