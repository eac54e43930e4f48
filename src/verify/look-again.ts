import type { Clock } from '../core/clock.ts';
import type { Job, ParquetFile } from '../core/job.ts';
import { isIn, keptFolders } from '../core/kept-places.ts';
import type { Problem } from '../core/problem.ts';
import { sightOf } from '../pipeline/pipeline.ts';
import { isChanging } from './checks/facts.ts';

/** How often the folder is looked at, at most, while jobs change it. */
const looks = 5;
const pause_ms = 300;

/** For how long, all in all, a job is waited for that is between its intent and its commit, and how often the log is read meanwhile. */
const settle_ms = 5_000;
const settleLook_ms = 100;

/** What a reading of the log says of jobs and files, as far as it knows them; null where the log is gone. */
type Reading = { readonly jobs: readonly Job[]; readonly files: readonly ParquetFile[] } | null;

type Seen = { readonly problems: readonly Problem[] };

export type Looking<L extends Reading, S extends Seen> = {
  readonly readLog: () => Promise<L>;
  /** Looks at everything where `before` is null, else again at what was wrong by then. */
  readonly look: (log: L, before: S | null) => Promise<S>;
  /** Whether nothing has happened to the files between two readings of the log. */
  readonly isSame: (left: L, right: L) => boolean;
};

/**
 * Looks at the folder by the log as it was read. Jobs may be at work meanwhile, so where something is wrong it looks again by a
 * newer reading, and again as long as the log changes: only what is still wrong then counts.
 */
export async function lookUntilSure<L extends Reading, S extends Seen>(
  clock: Clock,
  log: L,
  { readLog, look, isSame }: Looking<L, S>,
): Promise<S> {
  let seen = await look(log, null);
  let patience_ms = settle_ms;
  let before = log;
  for (let count = 1; count < looks && seen.problems.length > 0; count++) {
    if (mayChange(before, seen.problems)) await clock.sleep(pause_ms);
    let now = await readLog();
    for (; isBeforeCommit(now) && patience_ms > 0; patience_ms -= settleLook_ms) {
      await clock.sleep(settleLook_ms);
      now = await readLog();
    }
    seen = await look(now, seen);
    if (isSame(before, now)) break;
    before = now;
  }
  return seen;
}

/** Whether a job or a pass of retention may be between a file and its row. */
function mayChange(log: Reading, problems: readonly Problem[]): boolean {
  return log?.jobs.some(({ status }) => status === 'started') === true || problems.some(isOnItsWay);
}

/** A packed source has its name for a moment before the log knows it. */
function isOnItsWay({ code, path }: Problem): boolean {
  return code === 'FILE_UNEXPLAINED' && path !== null && isIn(keptFolders.archivedSources, path);
}

/** Whether a job is between its intent and its commit, when files and log may differ. One whose process is gone stays there. */
function isBeforeCommit(log: Reading): boolean {
  if (log === null) return false;
  const changing = log.files.filter(isChanging);
  const by = new Set(changing.map((file) => (file.state === 'publishing' ? file.job_id : file.superseded_by)));
  return log.jobs.some((job) => by.has(job.id) && job.status === 'started' && sightOf(job) !== 'gone');
}
