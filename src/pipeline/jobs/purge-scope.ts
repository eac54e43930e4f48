import { formatCanonicalFolder, parseCanonicalPath } from '../../core/canonical-path.ts';
import { GexlakeError } from '../../core/errors.ts';
import type { Job, ParquetFile } from '../../core/job.ts';
import type { PurgeTarget } from '../../core/job-target.ts';
import type { LogSnapshot } from '../../joblog/joblog.ts';
import { carryingFiles } from './purge-carriers.ts';
import { blockOf, hasBrought, sessionsOf, type Block } from './purge-block.ts';

/*
 * What a purge is about, by the log alone. Sources go with all that they hold; files go whole where all of their sessions do, and are
 * written anew without those where not. An older version of a file that holds any of it goes whole.
 */

/** A live file that keeps other sessions than those that go. */
export type SharedFile = { readonly file: ParquetFile; readonly without: readonly string[] };

/** Something that may hold the same seconds and is not touched. */
export type Stays = { readonly job_id: string; readonly reason: string };

export type PurgeScope = {
  /** The jobs whose sources and quarantined records go. */
  readonly jobs: readonly Job[];
  readonly sessionDates: readonly string[];
  readonly whole: readonly ParquetFile[];
  readonly shared: readonly SharedFile[];
  readonly superseded: readonly ParquetFile[];
  readonly stays: readonly Stays[];
};

const over = new Set<Job['status']>(['completed', 'failed', 'cancelled']);

/** @throws JOB_STATE, NOT_PURGEABLE */
export function purgeScope(log: LogSnapshot, target: PurgeTarget): PurgeScope {
  const block = blockOf(log, target);
  const jobs = target.job_id === undefined ? jobsOfSessions(block, target) : jobsOfJob(block, target.job_id);
  const ids = new Set(jobs.map(({ id }) => id));
  const sessions = new Set(jobs.flatMap((job) => sessionsOf(block, job)).filter((date) => isInRange(date, target)));
  mustNotBeStaged(block, sessions);
  const shared = sharedSessions(block, { ids, sessions });
  const sole = sessions.difference(shared);
  const carrying = carryingFiles(block, ids);
  const found = block.files.map((file) => ({ file, dates: goingOf(file, { sessions, sole, carrying }) }));
  const going = found.filter(({ dates }) => dates.length > 0);
  for (const { file } of going) mustBeSettled(file);
  const live = going.filter(({ file }) => file.state === 'live');
  return {
    jobs,
    sessionDates: [...sessions].sort(),
    whole: live.filter(isWhole).map(({ file }) => file),
    shared: live.filter((one) => !isWhole(one)).map(({ file, dates }) => ({ file, without: dates })),
    superseded: going.filter(({ file }) => file.state === 'superseded').map(({ file }) => file),
    stays: staying(log, block, { jobs, sessions, shared }),
  };
}

/** A job, and those that have brought the same bytes to the same block. */
function jobsOfJob(block: Block, id: string): Job[] {
  const job = block.log.jobs.find((one) => one.id === id);
  if (job === undefined) throw new Error(`job ${id} is not in the log`);
  if (job.kind === 'rewrite' || !over.has(job.status) || !hasBrought(block, job)) throw nothingBrought(job);
  mustBeItsOwn(block, job);
  const same = block.jobs.filter(
    (one) => one.checksum !== null && one.checksum === job.checksum && over.has(one.status),
  );
  return [job, ...same.filter((one) => one.id !== id && hasBrought(block, one))];
}

/** A correction of several sessions has left others in its files, and nothing tells which. @throws NOT_PURGEABLE */
function mustBeItsOwn({ files }: Block, job: Job): void {
  if (job.kind !== 'correction' || job.session_date !== null || job.status !== 'completed') return;
  const own = files.filter(({ job_id, dataset }) => job_id === job.id && dataset === 'snapshots');
  if (own.reduce((sum, file) => sum + file.row_count, 0) === job.records_processed) return;
  throw new GexlakeError('NOT_PURGEABLE', `files of job ${job.id} also hold rows of other jobs, which it found there`, {
    details: { jobId: job.id },
    hint: 'Purge the sessions whole: --ticker, --endpoint, --from and --to.',
  });
}

/** All jobs that have brought rows of some sessions, or kept a source of them. */
function jobsOfSessions(block: Block, target: PurgeTarget): Job[] {
  const found = block.jobs.filter((job) => {
    const isOfThem = sessionsOf(block, job).some((date) => isInRange(date, target));
    return over.has(job.status) && hasBrought(block, job) && isOfThem;
  });
  for (const job of found) {
    const others = sessionsOf(block, job)
      .filter((date) => !isInRange(date, target))
      .sort();
    if (others.length > 0) throw holdsOthers(job, others);
  }
  return found;
}

function isInRange(date: string, { from = '', to = '9999-12-31' }: PurgeTarget): boolean {
  return date >= from && date <= to;
}

/** Sessions of which jobs that stay have rows, too. */
function sharedSessions(
  block: Block,
  { ids, sessions }: { readonly ids: ReadonlySet<string>; readonly sessions: ReadonlySet<string> },
): Set<string> {
  const published = new Set(block.files.map(({ job_id }) => job_id));
  const others = block.jobs.filter((job) => job.status === 'completed' && !ids.has(job.id) && published.has(job.id));
  return new Set(others.flatMap((job) => sessionsOf(block, job))).intersection(sessions);
}

type Going = {
  readonly sessions: ReadonlySet<string>;
  /** Sessions of which only what goes has rows. */
  readonly sole: ReadonlySet<string>;
  readonly carrying: ReturnType<typeof carryingFiles>;
};

/**
 * The sessions whose rows go from a file. Where another job has rows of the same session, only the files of the job itself tell whose
 * is whose; a live file into which both were merged cannot be told apart.
 * @throws NOT_PURGEABLE
 */
function goingOf(file: ParquetFile, { sessions, sole, carrying }: Going): string[] {
  const own = carrying.get(file);
  const dates = file.session_dates.filter((date) => sessions.has(date));
  if (own === 'own') return dates;
  const merged = own === undefined ? [] : dates.filter((date) => !sole.has(date));
  if (merged.length > 0 && file.state === 'live') throw mergedWithOthers(file, merged);
  return merged.length > 0 ? dates : dates.filter((date) => sole.has(date));
}

function isWhole({ file, dates }: { readonly file: ParquetFile; readonly dates: readonly string[] }): boolean {
  return file.session_dates.every((date) => dates.includes(date));
}

/** What may hold the same and stays, for whoever has to see to it that nothing is left. */
function staying(
  log: LogSnapshot,
  block: Block,
  { jobs, sessions, shared }: Pick<PurgeScope, 'jobs'> & Record<'sessions' | 'shared', ReadonlySet<string>>,
): Stays[] {
  const ids = new Set(jobs.map(({ id }) => id));
  const checksums = new Set(jobs.flatMap(({ checksum }) => checksum ?? []));
  const found: Stays[] = [];
  for (const job of log.jobs) {
    if (ids.has(job.id) || job.kind === 'rewrite' || !hasBrought(block, job)) continue;
    const of = sessionsOf(block, job);
    if (job.checksum !== null && checksums.has(job.checksum) && over.has(job.status))
      found.push({ job_id: job.id, reason: `has the same bytes, as ${job.ticker} ${job.endpoint}` });
    else if (block.jobs.includes(job) && of.some((date) => shared.has(date)))
      found.push({
        job_id: job.id,
        reason: `has brought other rows of the same session; its source may hold these, too`,
      });
    else if (block.jobs.includes(job) && job.status === 'failed' && of.length === 0 && sessions.size > 0)
      found.push({ job_id: job.id, reason: 'has failed, and its source may hold these sessions' });
  }
  return found;
}

function mustNotBeStaged(block: Block, sessions: ReadonlySet<string>): void {
  const staged = block.jobs.find(
    ({ status, session_date }) => status === 'staged' && (session_date === null || sessions.has(session_date)),
  );
  if (staged === undefined) return;
  throw new GexlakeError('JOB_STATE', `job ${staged.id} is staged and may hold these rows in gex_data.db`, {
    details: { jobId: staged.id },
    hint: `Cancel it first: gexlake jobs cancel ${staged.id}`,
  });
}

function mustBeSettled({ path, superseded_by, state }: ParquetFile): void {
  if (state !== 'live' || superseded_by === null) return;
  throw new GexlakeError('LOCK_BUSY', `job ${superseded_by} is about to replace ${path}`, {
    details: { jobId: superseded_by },
    hint: `Wait for it. If it has failed, retry it first: gexlake jobs show ${superseded_by}`,
  });
}

function nothingBrought(job: Job): GexlakeError {
  const isRewrite = job.kind === 'rewrite';
  const why = isRewrite ? 'is a rewrite: it has brought no rows' : `is ${job.status} and keeps nothing`;
  return new GexlakeError('JOB_STATE', `job ${job.id} ${why} to purge`, {
    details: { jobId: job.id },
    hint: isRewrite
      ? 'Name the job that brought the rows, or the sessions: --ticker, --endpoint, --from and --to.'
      : 'A job that waits or runs ends first; a staged one is cancelled first.',
  });
}

function holdsOthers(job: Job, others: readonly string[]): GexlakeError {
  const span = others.length > 1 ? `${others[0]} … ${others.at(-1)}` : others[0];
  return new GexlakeError('NOT_PURGEABLE', `the source of job ${job.id} also holds ${span}, which stays`, {
    details: { jobId: job.id },
    hint: `A source goes whole or not at all. Take these sessions in by --from and --to, or purge the job: gexlake purge ${job.id}`,
  });
}

function mergedWithOthers(file: ParquetFile, dates: readonly string[]): GexlakeError {
  const problem = `${file.path} of job ${file.job_id} holds rows of ${dates.join(', ')} of other jobs, too, and does not tell them apart`;
  const folder = parseCanonicalPath(file.path);
  const where = folder === null ? '' : ` in ${formatCanonicalFolder(folder)}`;
  return new GexlakeError('NOT_PURGEABLE', problem, {
    details: { path: file.path, jobId: file.job_id },
    hint: `Undo what merged them${where} first (gexlake restore-file ${file.path} --reason '…'), or purge these sessions whole: --ticker ${file.ticker} --endpoint ${file.endpoint} --from ${dates[0]} --to ${dates.at(-1)}`,
  });
}
