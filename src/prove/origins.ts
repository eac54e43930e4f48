import { dirname } from 'node:path/posix';
import type { Job, ParquetFile } from '../core/job.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';

/**
 * The jobs that a row of a file can have come from by its source, the nearest one first: a file's own job, or of a compaction, a
 * withdrawal, a restoration and a reparation the jobs of the files that it was made of. A correction has kept other sessions of what it
 * replaced, so these come behind it.
 */
export function originsOf(log: LogSnapshot, file: ParquetFile, second: number): Job[] {
  const jobs = new Map(log.jobs.map((job) => [job.id, job]));
  const found = new Set<Job>();
  const seen = new Set<ParquetFile>();
  const visit = (one: ParquetFile): void => {
    if (seen.has(one)) return;
    seen.add(one);
    const job = jobs.get(one.job_id);
    if (job === undefined) return;
    if (job.kind !== 'rewrite') found.add(job);
    if (job.kind === 'correction' || job.kind === 'rewrite')
      for (const older of madeOf(log, one)) if (spans(older, second)) visit(older);
  };
  visit(file);
  return [...found];
}

/** The files that a job has replaced by this one, and those of other jobs that have the same bytes. */
function madeOf(log: LogSnapshot, { job_id, dataset, path, checksum }: ParquetFile): ParquetFile[] {
  return log.files.filter((old) => {
    const isReplaced = old.superseded_by === job_id && old.dataset === dataset && dirname(old.path) === dirname(path);
    return isReplaced || (old.checksum === checksum && old.job_id !== job_id);
  });
}

function spans({ first_timestamp, last_timestamp }: ParquetFile, second: number): boolean {
  return Date.parse(first_timestamp) <= second * 1000 && second * 1000 <= Date.parse(last_timestamp);
}
