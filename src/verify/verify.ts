import { toGexlakeError, type GexlakeError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { noteOf, problem, type Note, type Problem } from '../core/problem.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';
import { modelessNote, openModes, type GovernContext } from '../maintenance/maintenance.ts';
import { Heartbeats } from '../pipeline/pipeline.ts';
import { listFolders } from '../platform/listing.ts';
import type { LogFacts } from './checks/facts.ts';
import { journalNotes, journalProblems, problemOfJournal } from './checks/journal.ts';
import { waitingJobs } from './checks/jobs.ts';
import { checkKeptRechecks } from './checks/rechecks.ts';
import { isLeftByOthers, listKept, notesOn } from './checks/unexplained.ts';
import { findProblems, readLog, type Search } from './find-problems.ts';
import type { Reading } from './reading.ts';
import { withSnapshot } from './restore-hint.ts';
import type { Checked } from './run-checks.ts';

export { factsOfLog, type LogFacts } from './checks/facts.ts';
export { journalNotes, journalProblems } from './checks/journal.ts';
export { asPublished } from './checks/expected-files.ts';
export { lookAt, unreadable } from './checks/look.ts';
export { setAsideOf } from './checks/quarantine.ts';
export { listOurs, unexplainedFiles } from './checks/unexplained.ts';
export { readLog } from './find-problems.ts';
export { lookUntilSure } from './look-again.ts';
export { parseSample, type Reading } from './reading.ts';
export type { IsAsked } from './run-checks.ts';

export type VerifyReport = {
  readonly ok: boolean;
  readonly checked: Checked;
  /** Which part of the files was read byte by byte: `1/1` is all of them. */
  readonly read: string;
  readonly problems: readonly Problem[];
  readonly notes: readonly Note[];
};

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

/** What verifying finds without reading the files: by their directory entries, their footers and the log. */
export type BriefReport = Pick<VerifyReport, 'checked' | 'problems'> & {
  /** Files of other programs and of killed processes, relative to the data folder. */
  readonly strays: readonly string[];
};

/**
 * Verifies what `scope` asks about, and reads no file byte by byte. It does not wait to see whether a process elsewhere lives: a job
 * that somebody has begun counts as running.
 * @throws DATABASE_NEWER, LOCK_BUSY, DATABASE_DAMAGED, or what the disk says
 */
export async function verifyBriefly(context: GovernContext, scope: Search['scope']): Promise<BriefReport> {
  const log = await readLog(context);
  if (log === null) return { ...(await verifyWithoutLog(context)), strays: [] };
  const found = await findProblems(context, log, { reading: { kind: 'none' }, scope, isAbandoned: () => false });
  const problems = await withSnapshot(context, found.problems);
  return { checked: found.checked, problems, strays: found.strange.strays };
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
    const ofJournal = problemOfJournal(context.folder, thrown);
    if (ofJournal !== null) return withoutLog([ofJournal], []);
    const error = toGexlakeError(thrown);
    if (!isDamage(error)) throw error;
    return withoutLog([problem('LOG_DAMAGED', { path: 'gex_history.db' }, error.message)], []);
  }
  if (log === null) return verifyWithoutLog(context);
  const isAbandoned = (job: Job) => heartbeats.isAbandoned(job);
  const found = await findProblems(context, log, { reading, scope: () => () => true, isAbandoned });
  const { checked, read, facts } = found;
  const kept = reading.kind === 'deep' ? await checkKeptRechecks(context) : [];
  const problems = [...(await journalProblems(context)), ...found.problems, ...kept];
  return {
    ok: problems.length === 0,
    checked,
    read,
    problems,
    notes: [
      ...waitingJobs(facts, context.clock.now_ms()),
      ...found.notes,
      ...(await journalNotes(context)),
      ...(await workLeft(context, facts)),
      ...notesOn(found.strange),
      ...(found.modeless ? modelessNote(context.folder.root) : await openModes(context)),
    ],
  };
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

/** A folder without a log is new, or has lost it. */
async function verifyWithoutLog({ folder, store }: GovernContext): Promise<VerifyReport> {
  const first = (await listKept(store)).find((path) => !isLeftByOthers(path));
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
