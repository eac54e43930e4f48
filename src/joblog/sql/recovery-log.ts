import type { Counts, Job } from '../../core/job.ts';
import { importJobs } from '../../core/log-tables.ts';
import type { RecoveryLog } from '../attempt-log.ts';
import { takenBack } from '../endings.ts';
import type { Holder } from '../notes.ts';
import { complete } from './attempts.ts';
import type { LogChange } from './change.ts';
import { note, noteAll } from './events.ts';
import { forget, intendedOf } from './intents.ts';
import { jobById, jobsWithStatus } from './jobs.ts';
import { assertOwned } from './assert-owned.ts';
import type { Transactions } from './transactions.ts';

export function sqlRecoveryLog({ read, write }: Transactions): RecoveryLog {
  return {
    running: () => read((sql) => jobsWithStatus(sql, 'started'), []),
    takeOver: (owner, holder) =>
      write(async (change) => {
        const held = (await jobsWithStatus(change.sql, 'started')).filter((job) => job.owner === owner);
        for (const job of held) await handOver(change, job, holder, 'which is gone');
        return held;
      }),
    takeOverAsSeen: (seen, holder, why) =>
      write(async (change) => {
        const job = await jobById(change.sql, seen.id);
        if (job === null || !isAsSeen(job, seen)) return false;
        await handOver(change, job, holder, why);
        return true;
      }),
    completeAbandoned: (job, holder) => write((change) => completeAbandoned(change, job, holder)),
    release: (job, holder) =>
      write(async (change) => {
        const own = await assertOwned(change, job, holder);
        const withdrawn = await forget(change, own.job);
        await own.change({ status: 'pending', owner: null, updated_at: change.now, ...noneYet });
        if (withdrawn > 0) await own.note(takenBack(withdrawn, 'of the dead attempt'));
        const detail = `pending again after attempt ${job.attempts}; private files removed`;
        await own.note({ event: 'recovered', detail, data: { status: 'pending' } });
      }),
    noteCleaned: async (cleaned, actor) => {
      if (cleaned.length === 0) return;
      await write(async (change) => {
        await noteAll(
          change,
          cleaned.map(({ job, what }) => ({ job, actor, noted: { event: 'cleaned', detail: what } })),
        );
      });
    },
  };
}

const noneYet = { records_read: null, records_processed: null, records_duplicate: null, records_quarantined: null };

/** Whether nobody has heard of the process since, and it is the same attempt of the same process. */
function isAsSeen(job: Job, seen: Job): boolean {
  const isSameAttempt = job.status === 'started' && job.owner === seen.owner && job.attempts === seen.attempts;
  return isSameAttempt && job.heartbeat_at === seen.heartbeat_at;
}

async function handOver(change: LogChange, job: Job, { owner, actor }: Holder, why: string): Promise<void> {
  const { now } = change;
  await change.update(importJobs, job, { owner, heartbeat_at: now, updated_at: now });
  const from = job.owner ?? '';
  await note(change, job, actor, { event: 'taken over', detail: `from ${from}, ${why}`, data: { owner: from } });
}

async function completeAbandoned(change: LogChange, job: Job, holder: Holder): Promise<void> {
  const counts: Counts = {
    records_read: job.records_read ?? 0,
    records_processed: job.records_processed ?? 0,
    records_duplicate: job.records_duplicate ?? 0,
    records_quarantined: job.records_quarantined ?? 0,
  };
  const { placed, retired } = await intendedOf(change.sql, job);
  // A withdrawal places nothing: it is about the sessions of what goes.
  const touched = placed.length === 0 ? retired : placed;
  const sessionDates = [...new Set(touched.flatMap((file) => file.session_dates))].sort();
  const finished = { counts, sessionDates, stagedPath: job.staged_path };
  const recovered = 'all its files were in place; the commit was finished';
  await complete(change, job, holder, { finished, intended: placed.length, recovered });
}
