import type { ParquetFile } from '../../core/job.ts';
import { quarantinePath } from '../../core/kept-places.ts';
import type { StoredPath } from '../../core/stored-path.ts';
import { isChanging, type JobFacts, type LogFacts } from './facts.ts';

/** A file that the log says is kept unchanged, and what it must be. */
export type KeptFile = {
  readonly kind: 'live' | 'superseded' | 'source' | 'archived' | 'quarantine';
  /** Where it lies, relative to the data folder. */
  readonly path: StoredPath;
  readonly jobId: string;
  /** SHA-256 of its bytes; null where the log does not have it. */
  readonly checksum: string | null;
  readonly size_bytes: number | null;
  /** Whether it must be there. The source of a job that has not ended may still be on its way. */
  readonly required: boolean;
  /** Its row in parquet_files. */
  readonly published?: ParquetFile;
  /** How many records a quarantine file must have. */
  readonly records?: number;
};

/** A kept file with its row in the log. */
export type PublishedFile = KeptFile & { readonly published: ParquetFile };

/** All files that the log explains and that nothing is changing at this moment; not those of rows that are wrong, nor purged ones. */
export function keptFiles(facts: LogFacts, isWrong: (path: string) => boolean): KeptFile[] {
  const jobs = [...facts.jobs.values()];
  const published = publishedFiles(facts.files.filter(({ path }) => !isWrong(path)));
  const all = [...published, ...jobs.flatMap((job) => sourceOf(job, facts)), ...jobs.flatMap(quarantineOf)];
  return all.filter(({ path }) => !facts.purged.has(path));
}

function publishedFiles(files: readonly ParquetFile[]): KeptFile[] {
  const changing = new Set(files.filter(isChanging).map((file) => file.path));
  return files.flatMap((file) => {
    const path = file.state === 'superseded' ? file.archive_path : file.path;
    if (path === null || file.state === 'publishing' || (file.state === 'live' && changing.has(path))) return [];
    return [file.state === 'live' ? asPublished(file) : { ...asPublished(file), kind: 'superseded', path }];
  });
}

/** A row of parquet_files as the file that lies, or will lie, at its path. */
export function asPublished(file: ParquetFile): PublishedFile {
  const { path, job_id: jobId, checksum, size_bytes } = file;
  return { kind: 'live', path, jobId, checksum, size_bytes, required: true, published: file };
}

/** The source of a job, as it was staged or where it has gone since. The staged one may be there a moment longer. */
function sourceOf({ job, status, checksum, isRunning }: JobFacts, { archived }: LogFacts): KeptFile[] {
  if (job.staged_path === null || status === 'started' || isRunning) return [];
  const gone = archived.get(job.id);
  if (gone !== undefined) {
    const { archive_path: path, archived_checksum, archived_size_bytes: size_bytes, state } = gone;
    const required = state === 'archived';
    return [{ kind: 'archived', path, jobId: job.id, checksum: archived_checksum, size_bytes, required }];
  }
  const required = status === 'completed' || status === 'staged';
  return [{ kind: 'source', path: job.staged_path, jobId: job.id, checksum, size_bytes: null, required }];
}

/** The records that a job has set aside. A job that has not ended well may have left some, too. */
export function quarantineOf({ job, status, counts, quarantineChecksum }: JobFacts): KeptFile[] {
  const records = counts?.records_quarantined ?? 0;
  if ((status !== 'completed' && status !== 'staged') || records === 0) return [];
  const path = quarantinePath(job.id);
  return [
    {
      kind: 'quarantine',
      path,
      jobId: job.id,
      checksum: quarantineChecksum,
      size_bytes: null,
      required: true,
      records,
    },
  ];
}
