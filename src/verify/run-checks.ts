import { join } from 'node:path';
import { inMemory, withDatabase, type Database } from '../db/db.ts';
import { withTemporaryFolder } from '../platform/folders.ts';
import { checkContent, together, type Content } from './checks/content.ts';
import type { LogFacts } from './checks/facts.ts';
import { checkFileRows, checkJobBlock, checkJobRows, checkJobSession, checkPublished } from './checks/file-rows.ts';
import { checkJob, checkLost } from './checks/jobs.ts';
import { keptFiles, type KeptFile, type PublishedFile } from './checks/expected-files.ts';
import type { Opening } from './checks/opening.ts';
import { checkBytes, lookAt, type Looked } from './checks/look.ts';
import type { Note, Problem } from '../core/problem.ts';
import { checkQuarantine } from './checks/quarantine.ts';
import { checkTogether } from './checks/together.ts';
import { adoptions, revenant, unexplained, unexplainedFiles, type Unexplained } from './checks/unexplained.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { keepsModes } from '../maintenance/maintenance.ts';
import { isInPart, partOf, type Part, type Reading } from './reading.ts';

/** How much was looked at. Bytes count what was read and hashed; rows those of live files. */
export type Checked = {
  readonly jobs: number;
  readonly live_files: number;
  readonly superseded_files: number;
  readonly staged_sources: number;
  readonly archived_sources: number;
  readonly quarantine_files: number;
  readonly rows: number;
  readonly files_read: number;
  readonly bytes_read: number;
  readonly files_not_read: number;
  readonly bytes_not_read: number;
};

/** What one look has found. */
export type LookedAtAll = {
  readonly problems: readonly Problem[];
  readonly notes: readonly Note[];
  readonly checked: Checked;
  readonly read: string;
  /** Whether the disk keeps no modes, so that nothing is said of them file by file. */
  readonly modeless: boolean;
  readonly strange: Unexplained;
};

/** Whether a finding or a file is asked about, by what it is of. */
export type IsAsked = (subject: { readonly path: string | null; readonly jobId: string | null }) => boolean;

type Look = {
  readonly reading: Reading;
  readonly isAsked: IsAsked;
  /** Whether the disk keeps no modes; null where that is to be found out. */
  readonly modeless: boolean | null;
};

/** One look at all that is asked about. */
export async function lookAtAll(
  context: GovernContext,
  facts: LogFacts,
  { reading, isAsked, modeless: known }: Look,
): Promise<LookedAtAll> {
  const problems: Problem[] = checkLog(facts);
  // A row that cannot be says nothing about its file.
  const wrong = wrongRows(problems);
  const isWrong = (path: string) => wrong.has(path);
  const asked = keptFiles(facts, isWrong).filter(isAsked);
  const looked: Looked[] = [];
  for (const file of asked) looked.push(await lookAt(context.store, file));
  const modeless = known ?? (await isModeless(context.folder.root, looked));
  const ofModes = looked.flatMap(({ modeProblem }) => modeProblem ?? []);
  problems.push(...looked.flatMap((look) => look.problems), ...(modeless ? [] : ofModes));
  const whole = looked.filter(({ isWhole }) => isWhole);
  const total_bytes = whole.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  const budget_bytes = context.limits.verify_bytes;
  const part = partOf(reading, { total_bytes, budget_bytes, now_ms: context.clock.now_ms() });
  const inPart = whole.filter(({ file }) => isInPart(file.path, part));
  const damaged = await readAll(context, inPart);
  problems.push(...damaged.values().flatMap((found) => found));
  const sound = whole.map(({ file }) => file).filter(({ path }) => !damaged.has(path));
  const content = await checkParquet(context, facts, { files: sound.filter(isPublished), part, wrong });
  problems.push(...content.problems);
  const strange = await unexplainedFiles(context, facts);
  for (const path of strange.files)
    if (!isWrong(path) && isAsked({ path, jobId: null }))
      problems.push((await revenant(context.store, path, facts)) ?? (await unexplained(context.store, path)));
  problems.push(...checkJobsOfFiles(facts, problems));
  const bytes = inPart.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  return {
    problems: adoptions(strange.adoptable, problems)
      .filter(({ path, job_id }) => isAsked({ path, jobId: job_id }))
      .sort(inOrder),
    notes: content.notes,
    checked: {
      ...countKinds(facts, asked),
      files_read: inPart.length,
      bytes_read: bytes,
      files_not_read: whole.length - inPart.length,
      bytes_not_read: total_bytes - bytes,
    },
    read: `${part.part}/${part.of}`,
    modeless,
    strange,
  };
}

/** Whether the disk keeps no modes. It is tried only where no kept file at all has the one that it was given. */
async function isModeless(root: string, looked: readonly Looked[]): Promise<boolean> {
  const found = looked.filter(({ isWhole }) => isWhole);
  const isSuspect = found.length > 0 && found.every(({ modeProblem }) => modeProblem !== null);
  return isSuspect && !(await keepsModes(root));
}

/** What is wrong inside the log, and between its tables. */
function checkLog(facts: LogFacts): Problem[] {
  const jobs = [...facts.jobs.values()];
  return [
    ...checkLost(facts),
    ...jobs.flatMap((job) => checkJob(facts, job)),
    ...checkFileRows(facts),
    ...jobs.flatMap((job) => checkPublished(job, facts)),
  ];
}

/** The paths of rows which cannot be, and of those that have been removed. */
function wrongRows(found: readonly Problem[]): ReadonlySet<string> {
  const rows = found.filter(({ code }) => code === 'FILE_ROW' || code === 'FILE_NOT_LOGGED');
  return new Set(rows.flatMap(({ path }) => path ?? []));
}

/** What jobs say of the sum of their files; only where nothing is known to be wrong with the job or these. */
function checkJobsOfFiles(facts: LogFacts, found: readonly Problem[]): Problem[] {
  const blamed = new Set(found.map(({ job_id }) => job_id));
  const jobs = [...facts.jobs.values()].filter(({ job }) => !blamed.has(job.id));
  return [checkJobBlock, checkJobRows, checkJobSession].flatMap((check) => jobs.flatMap((job) => check(job, facts)));
}

/** Reads files byte by byte; gives the problems of those that are not what they were. */
async function readAll(context: GovernContext, looked: readonly Looked[]): Promise<Map<string, readonly Problem[]>> {
  const { folder, onProgress } = context;
  const total = looked.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  const damaged = new Map<string, readonly Problem[]>();
  let done = 0;
  for (const { file, size_bytes } of looked) {
    onProgress('reading', done, total);
    const path = join(folder.root, file.path);
    const found = await checkBytes(path, file);
    const content = file.kind === 'quarantine' && found.length === 0 ? await checkQuarantine(path, file) : found;
    if (content.length > 0) damaged.set(file.path, content);
    done += size_bytes;
  }
  onProgress('reading', done, total);
  return damaged;
}

function isPublished(file: KeptFile): file is PublishedFile {
  return file.published !== undefined;
}

/** The files that are opened, the part of them whose rows are read, and the paths of rows of the log that are wrong. */
type Parquet = {
  readonly files: readonly PublishedFile[];
  readonly part: Part;
  readonly wrong: ReadonlySet<string>;
};

async function checkParquet(
  context: GovernContext,
  facts: LogFacts,
  { files, part, wrong: rows }: Parquet,
): Promise<Content> {
  if (files.length === 0) return { problems: [], notes: [] };
  // What does not fit into memory must not go into the data folder, which may be read-only, nor into the current one.
  const check = async (database: Database) => {
    const opening: Opening = { database, store: context.store, facts };
    const read = files.filter(({ path }) => isInPart(path, part));
    const rest = files.filter(({ path }) => !isInPart(path, part));
    const { problems, notes } = together([
      await checkContent(opening, read, true),
      await checkContent(opening, rest, false),
    ]);
    if (part.part === 0) return { problems, notes };
    const wrong = new Set(problems.map(({ path }) => path));
    const live = files.filter((file) => file.kind === 'live' && !wrong.has(file.path));
    return { problems: [...problems, ...(await checkTogether(opening, live, rows))], notes };
  };
  return withTemporaryFolder('gexlake-verify-', (folder) =>
    // Without a folder, nothing is put aside.
    withDatabase(inMemory, { ...context.engine, spillFolder: folder === null ? '' : join(folder, 'spill') }, check),
  );
}

function countKinds(
  facts: LogFacts,
  files: readonly KeptFile[],
): Omit<Checked, 'files_read' | 'bytes_read' | 'files_not_read' | 'bytes_not_read'> {
  const count = (kind: KeptFile['kind']) => files.filter((file) => file.kind === kind).length;
  const live = files.filter((file) => file.kind === 'live');
  return {
    jobs: facts.jobs.size,
    live_files: count('live'),
    superseded_files: count('superseded'),
    staged_sources: count('source'),
    archived_sources: count('archived'),
    quarantine_files: count('quarantine'),
    rows: live.reduce((sum, { published }) => sum + (published?.row_count ?? 0), 0),
  };
}

/** By path, then by code, so that equal folders give equal reports. */
function inOrder(left: Problem, right: Problem): number {
  const [one, other] = [left, right].map(({ path, code, job_id }) => `${path ?? ''} ${job_id ?? ''} ${code}`);
  return (one ?? '') < (other ?? '') ? -1 : 1;
}
