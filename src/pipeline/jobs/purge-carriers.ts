import { dirname } from 'node:path';
import type { Job, ParquetFile } from '../../core/job.ts';
import type { Block } from './purge-block.ts';

/** How a file holds rows of some jobs: it is theirs, byte for byte, or another job has put them into it beside others. */
export type Carrying = 'own' | 'merged';

/**
 * The files, live or not, that hold rows of jobs: those that they made, equal ones that were put back, and what a compaction, a
 * correction of other sessions or another purge has written of these.
 */
export function carryingFiles({ files, log }: Block, ids: ReadonlySet<string>): ReadonlyMap<ParquetFile, Carrying> {
  const jobs = new Map(log.jobs.map((job) => [job.id, job]));
  const own = new Set(files.filter(({ job_id }) => ids.has(job_id)).map(({ checksum }) => checksum));
  const found = new Map<ParquetFile, Carrying>(
    files.filter(({ checksum }) => own.has(checksum)).map((file) => [file, 'own']),
  );
  for (let next = [...found.keys()]; next.length > 0;) {
    const written = next.flatMap((file) => files.filter((made) => isWrittenOf(jobs, made, file)));
    const sums = new Set(written.map(({ checksum }) => checksum));
    next = files.filter((file) => sums.has(file.checksum) && !found.has(file));
    for (const file of next) found.set(file, 'merged');
  }
  return found;
}

/** Whether a file was written with rows of another one, in whose place it came. */
function isWrittenOf(jobs: ReadonlyMap<string, Job>, made: ParquetFile, old: ParquetFile): boolean {
  if (made.job_id !== old.superseded_by || made.dataset !== old.dataset) return false;
  const job = jobs.get(made.job_id);
  if (job?.target?.kind === 'compaction') return dirname(made.path) === dirname(old.path);
  const keepsOthers = job?.kind === 'correction' || job?.target?.kind === 'purge';
  return keepsOthers && made.path === old.path && old.session_dates.some((date) => staysIn(job, made, date));
}

/** A correction of one session has replaced all rows of that one. */
function staysIn({ kind, session_date }: Job, made: ParquetFile, date: string): boolean {
  return made.session_dates.includes(date) && !(kind === 'correction' && session_date === date);
}
