import { toGexlakeError, type GexlakeError } from '../core/errors.ts';
import { isIn, keptFolders } from '../core/kept-places.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';
import { Heartbeats } from '../pipeline/pipeline.ts';
import { listFolders } from '../platform/listing.ts';
import { factsOfLog, type LogFacts } from './checks/facts.ts';
import { waitingJobs } from './checks/jobs.ts';
import { noteOf, problem, type Note, type Problem } from '../core/problem.ts';
import { isLeftByOthers, listKept, notesOn } from './checks/unexplained.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { modelessNote } from '../maintenance/maintenance.ts';
import { lookAtAll, type Checked } from './run-checks.ts';
import { openModes } from '../maintenance/maintenance.ts';
import type { Reading } from './reading.ts';
import { withSnapshot } from './restore-hint.ts';

export { factsOfLog } from './checks/facts.ts';
export { setAsideOf } from './checks/quarantine.ts';
export { isLeftByOthers, listOurs, unexplainedFiles } from './checks/unexplained.ts';
export { parseSample, type Reading } from './reading.ts';

export type VerifyReport = {
  readonly ok: boolean;
  readonly checked: Checked;
  /** Which part of the files was read byte by byte: `1/1` is all of them. */
  readonly read: string;
  readonly problems: readonly Problem[];
  readonly notes: readonly Note[];
};

/** Looks at the data folder again before a problem counts, so often at most while jobs change it. */
const rounds = 5;
const roundPause_ms = 300;

/** Pauses between two looks at the heartbeat of a process that cannot be seen. */
const watchPause_ms = 1_000;

/**
 * Holds the log, the Parquet files, the staged sources and what was archived or set aside against each other. Changes nothing.
 * Imports may run: what a running job is about to do is explained by its intent, and whatever looks wrong is looked at again with
 * a newer log before it is reported.
 *
 * @throws DATABASE_NEWER, LOCK_BUSY, or what the disk says
 */
export async function verify(context: GovernContext, reading: Reading): Promise<VerifyReport> {
  const report = await lookForProblems(context, reading);
  return { ...report, problems: await withSnapshot(context, report.problems) };
}

/** Whether a log cannot be read for what it is. What the machine lacks, and a defect of ours, say nothing about the log. */
function isDamage({ code }: GexlakeError): boolean {
  return code === 'DATABASE_DAMAGED' || code === 'DATABASE_UNEXPECTED';
}

async function lookForProblems(context: GovernContext, reading: Reading): Promise<VerifyReport> {
  let log: LogSnapshot | null;
  const heartbeats = new Heartbeats(context.clock, context.limits);
  try {
    log = await readWatched(context, heartbeats);
  } catch (thrown) {
    const error = toGexlakeError(thrown);
    if (!isDamage(error)) throw error;
    return withoutLog([problem('LOG_DAMAGED', { path: 'gex_history.db' }, error.message)], []);
  }
  if (log === null) return verifyWithoutLog(context);
  const facts = factsOf(heartbeats, log);
  const first = await lookAtAll(context, facts, reading, () => true);
  const problems = await stillThere({ context, reading, heartbeats }, log, first);
  return {
    ok: problems.length === 0,
    checked: first.checked,
    read: first.read,
    problems,
    notes: [
      ...waitingJobs(facts, context.clock.now_ms()),
      ...first.notes,
      ...(await workLeft(context, facts)),
      ...notesOn(first.strange),
      ...(first.modeless ? modelessNote(context.folder.root) : await openModes(context)),
    ],
  };
}

/** The log as it is now; null where there is none. */
export async function readLog({ log }: GovernContext): Promise<LogSnapshot | null> {
  return (await log.whole.isThere()) ? log.whole.snapshot() : null;
}

/** The log once it is known of each running job whether its process lives: those that cannot be seen are watched for a while. */
async function readWatched(context: GovernContext, heartbeats: Heartbeats): Promise<LogSnapshot | null> {
  for (;;) {
    const log = await readLog(context);
    const running = log?.jobs.filter((job) => job.status === 'started') ?? [];
    const undecided = heartbeats.undecided(running.filter((job) => !heartbeats.isAbandoned(job)));
    if (undecided.length === 0) return log;
    context.onProgress('watching a process that cannot be seen from here', 0, undecided.length);
    await context.clock.sleep(watchPause_ms);
  }
}

function factsOf(heartbeats: Heartbeats, log: LogSnapshot): LogFacts {
  return factsOfLog(log, (job) => heartbeats.isAbandoned(job));
}

/** What one verification goes by. */
type Verification = {
  readonly context: GovernContext;
  readonly reading: Reading;
  readonly heartbeats: Heartbeats;
};

/** Reports only what is still wrong when the log is read again, and again as long as it changes. */
async function stillThere(
  { context, reading, heartbeats }: Verification,
  log: LogSnapshot,
  found: { readonly problems: readonly Problem[]; readonly modeless: boolean },
): Promise<readonly Problem[]> {
  let { problems } = found;
  let before = log;
  for (let round = 1; round < rounds && problems.length > 0; round++) {
    // A job or a pass of retention may be between a file and its row.
    const mayChange = before.jobs.some((job) => job.status === 'started') || problems.some(isOnItsWay);
    if (mayChange) await context.clock.sleep(roundPause_ms);
    const now = await readLog(context);
    if (now === null) return [problem('LOG_MISSING', { path: 'gex_history.db' }, 'gex_history.db is gone')];
    const subjects = new Set(problems.flatMap(({ path, job_id }) => [path, job_id]).filter((name) => name !== null));
    const again = await lookAtAll(
      context,
      factsOf(heartbeats, now),
      reading,
      (name) => subjects.has(name),
      found.modeless,
    );
    const known = new Set(problems.map(keyOf));
    problems = again.problems.filter((one) => known.has(keyOf(one)));
    if (round > 1 || sameLog(before, now)) break;
    before = now;
  }
  return problems;
}

/** A packed source has its name for a moment before the log knows it. */
function isOnItsWay({ code, path }: Problem): boolean {
  return code === 'FILE_UNEXPLAINED' && path !== null && isIn(keptFolders.archivedSources, path);
}

function keyOf({ code, path, job_id }: Problem): string {
  return JSON.stringify([code, path, job_id]);
}

/** Whether nothing but heartbeats has happened. */
function sameLog(left: LogSnapshot, right: LogSnapshot): boolean {
  return left.events.length === right.events.length && JSON.stringify(left.files) === JSON.stringify(right.files);
}

/** A folder without a log is new, or has lost it. */
async function verifyWithoutLog({ folder }: GovernContext): Promise<VerifyReport> {
  const first = (await listKept(folder.root)).find((path) => !isLeftByOthers(path));
  if (first !== undefined) {
    const what = `gex_history.db is missing, and there are files: ${first}`;
    return withoutLog([problem('LOG_MISSING', { path: 'gex_history.db' }, what)], []);
  }
  return withoutLog([], [noteOf('LOG_ABSENT', { path: 'gex_history.db' }, `there is no job log in ${folder.root}`)]);
}

function withoutLog(problems: readonly Problem[], notes: readonly Note[]): VerifyReport {
  const checked: Checked = {
    jobs: 0,
    live_files: 0,
    superseded_files: 0,
    staged_sources: 0,
    archived_sources: 0,
    quarantine_files: 0,
    rows: 0,
    files_read: 0,
    bytes_read: 0,
    files_not_read: 0,
    bytes_not_read: 0,
  };
  return { ok: problems.length === 0, checked, read: '1/1', problems, notes };
}

/** Private folders of jobs that do not run; whoever runs next removes them. */
async function workLeft({ folder }: GovernContext, { jobs }: LogFacts): Promise<Note[]> {
  const names = await listFolders(folder.work);
  const left = names.filter((name) => jobs.get(name)?.status !== 'started');
  return left.map((name) =>
    noteOf('WORK_LEFT', { path: `.work/${name}` }, `.work/${name} was left by a process that is gone`),
  );
}
