import type { ArchivedSource, Counts, Job, JobEvent, JobStatus, ParquetFile, PurgedFile } from '../../core/job.ts';
import { eventData } from '../../core/job-events.ts';
import type { LogSnapshot } from '../../joblog/joblog.ts';

/**
 * What the log says of one job. The log says most things twice, in the job's row and in its events; where the two differ, the row
 * is reported and the events are believed, so that one changed row is one problem.
 */
export type JobFacts = {
  readonly job: Job;
  /** As the last event of its life has it; the row's where no event says. */
  readonly status: JobStatus;
  /** A process that lives works on it: what it does now shows in the log later. */
  readonly isRunning: boolean;
  /** SHA-256 of the unpacked source, as it was received. */
  readonly checksum: string | null;
  readonly counts: Counts | null;
  /** The paths that it said it publishes, in the attempt that was committed. */
  readonly published: readonly string[];
  /** SHA-256 of its quarantine file; null where the log does not have it. */
  readonly quarantineChecksum: string | null;
};

/** The log, put together for checking. */
export type LogFacts = {
  readonly jobs: ReadonlyMap<string, JobFacts>;
  /** Ids of jobs that rows and events speak of and that have no row themselves. */
  readonly lost: ReadonlySet<string>;
  readonly files: readonly ParquetFile[];
  /** The same by the job that published them; ask `filesOf`. */
  readonly filesByJob: ReadonlyMap<string, readonly ParquetFile[]>;
  /** Where the sources of jobs have gone that have left `source/`, by the job's id. */
  readonly archived: ReadonlyMap<string, ArchivedSource>;
  /** Checksums of all sources that the log knows, those of lost jobs among them. */
  readonly sources: ReadonlySet<string>;
  /** What was purged, by where it lay. */
  readonly purged: ReadonlyMap<string, PurgedFile>;
};

export function factsOfLog(log: LogSnapshot, isAbandoned: (job: Job) => boolean): LogFacts {
  const eventsByJob = Map.groupBy(log.events, (event) => event.job_id);
  const jobs = new Map(log.jobs.map((job) => [job.id, factsOfJob(job, eventsByJob.get(job.id) ?? [], isAbandoned)]));
  const named = [...eventsByJob.keys(), ...log.files.flatMap((file) => [file.job_id, file.superseded_by ?? ''])];
  const received = log.events.map(receivedChecksum);
  const known = [...received, ...log.jobs.map((job) => job.checksum)].filter((checksum) => checksum !== null);
  return {
    jobs,
    lost: new Set(named.filter((id) => id !== '' && !jobs.has(id))),
    files: log.files,
    filesByJob: Map.groupBy(log.files, (file) => file.job_id),
    archived: new Map(log.archived.map((source) => [source.job_id, source])),
    sources: new Set(known),
    purged: new Map(log.purged.map((file) => [file.path, file])),
  };
}

/** The rows of the files that a job has published, live or not. */
export function filesOf({ filesByJob }: LogFacts, job: Job): readonly ParquetFile[] {
  return filesByJob.get(job.id) ?? [];
}

function factsOfJob(job: Job, events: readonly JobEvent[], isAbandoned: (job: Job) => boolean): JobFacts {
  const status = lastOf(events, statusAfter) ?? job.status;
  // A job that was skipped may have been found equal to another one by other bytes than an earlier attempt has received.
  const received = job.status === 'skipped' ? null : lastOf(events, receivedChecksum);
  return {
    job,
    status,
    isRunning: status === 'started' && job.owner !== null && !isAbandoned(job),
    checksum: received ?? job.checksum,
    counts:
      (status === 'completed' ? lastOf(events, (event) => eventData(event, 'completed')?.counts ?? null) : null) ??
      countsOf(job),
    published: status === 'completed' ? pathsPublished(events) : [],
    quarantineChecksum: lastOf(events, (event) => eventData(event, 'quarantined')?.checksum ?? null),
  };
}

/** What the last event that says something about a thing says. */
function lastOf<T>(events: readonly JobEvent[], read: (event: JobEvent) => T | null): T | null {
  for (const event of events.toReversed()) {
    const found = read(event);
    if (found !== null) return found;
  }
  return null;
}

const statusOfEvent: Readonly<Record<string, JobStatus>> = {
  created: 'pending',
  started: 'started',
  'taken over': 'started',
  completed: 'completed',
  skipped: 'skipped',
  staged: 'staged',
  failed: 'failed',
  retried: 'pending',
  cancelled: 'cancelled',
};

function statusAfter(event: JobEvent): JobStatus | null {
  if (eventData(event, 'recovered')?.status === 'pending') return 'pending';
  return statusOfEvent[event.event] ?? null;
}

function receivedChecksum(event: JobEvent): string | null {
  return eventData(event, 'received')?.checksum ?? null;
}

/** The paths that the last attempt has announced; archived ones go and are not among them. */
function pathsPublished(events: readonly JobEvent[]): string[] {
  const begun = events.findLastIndex(({ event }) => event === 'started');
  const announced = events
    .slice(begun + 1)
    .map((event) => eventData(event, 'publishing') ?? eventData(event, 'replacing'));
  return announced.flatMap((said) => said?.paths ?? []);
}

/** The counts of a job's row; null where an attempt has not come so far. */
export function countsOf(job: Job): Counts | null {
  const { records_read, records_processed, records_duplicate, records_quarantined } = job;
  const all = [records_read, records_processed, records_duplicate, records_quarantined];
  // A log that was rebuilt does not know how many records were read.
  if (all.every((count) => count === null) || (records_read === null && records_duplicate === null)) return null;
  return {
    records_read: records_read ?? 0,
    records_processed: records_processed ?? 0,
    records_duplicate: records_duplicate ?? 0,
    records_quarantined: records_quarantined ?? 0,
  };
}

/** Whether a job that has not committed is about to make a file live or to replace it: either state of it is right then. */
export function isChanging(file: ParquetFile): boolean {
  if (file.state === 'publishing') return true;
  return file.state === 'live' && file.superseded_by !== null;
}
