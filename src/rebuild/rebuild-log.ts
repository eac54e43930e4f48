import { basename, dirname, join } from 'node:path';
import { asidePath, keptFolders, snapshotName } from '../core/kept-places.ts';
import { relativeTo, type DataFolder } from '../core/data-folder.ts';
import { makePlan, type Plan } from '../core/plan.ts';
import { inFolder, parseStoredPath, type StoredPath } from '../core/stored-path.ts';
import { writeLog, type LogSnapshot } from '../joblog/joblog.ts';
import { exists } from '../platform/files.ts';
import { sizeOfFolder } from '../platform/listing.ts';
import { syncWritten } from '../platform/work-files.ts';
import { localFile } from '../store/store.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { withPrivateFolder } from '../maintenance/maintenance.ts';
import { isOfJournal, isUnusable, putInPlace, refuseWhileRunning } from '../backup/backup.ts';
import { keepAsideAction, saveIfUsable, type RestoreAction, type RestoreReport } from '../backup/backup.ts';
import { runPlan, type Ask } from '../maintenance/maintenance.ts';
import { listOurs } from '../verify/verify.ts';
import { beyondLog } from './beyond-log.ts';
import { deriveJobs } from './derive-jobs.ts';
import type { DerivedJob } from './derived-job.ts';
import type { Found } from './found.ts';
import { scanParquet } from './scan-parquet.ts';
import { scanSources } from './scan-sources.ts';
import { describe, toRows } from './to-rows.ts';

/**
 * Plans or makes the job log anew from nothing but the Parquet files, the sources and what was set aside. Every file is read. Where
 * the log that is there explains all of them already, there is nothing to do.
 * @throws LOCK_BUSY where the log is in use or a job runs
 */
export async function rebuildLog(context: GovernContext, ask: Ask): Promise<RestoreReport> {
  await refuseWhileRunning(context);
  const { folder, log } = context;
  // Where there is a database, a new journal can be begun from it, and nothing has to be guessed.
  if (!(await exists(folder.history)) && (await isDamaged(log.whole.journal))) return guessLog(context, ask);
  return (await log.whole.journal.isThere()) ? remakeLog(context, ask) : guessLog(context, ask);
}

/** Whether a journal is there of which no log can be made. One that may not be read is none: that is told. */
async function isDamaged(journal: GovernContext['log']['whole']['journal']): Promise<boolean> {
  try {
    if (await journal.isThere()) await journal.readWhole();
    return false;
  } catch (error) {
    if (isOfJournal(error)) return true;
    throw error;
  }
}

/**
 * Makes the log again from its journal: nothing of it is guessed. Where its rows are those of the journal, it takes in what it does not
 * know of the files that are there, as a log that was begun when the one before was lost.
 */
async function remakeLog(context: GovernContext, ask: Ask): Promise<RestoreReport> {
  const { folder, log } = context;
  const { size } = await log.whole.journal.position();
  const actions = await remakeActions(context, size);
  if (actions.length === 0) return takeIn(context, ask);
  let aside: string | null = null;
  const report = await runPlan(makePlan(actions), ask, async () => {
    const path = await log.whole.remake();
    aside = path === null ? null : relativeTo(folder, dirname(path));
    await log.whole.note('restore', context.actor);
  });
  const notes = [`the log is made from the ${size} entries of its journal, and nothing is guessed`];
  return { ...report, aside, notes: [...notes, ...(await lostNotes(context, size))] };
}

async function lostNotes({ log }: GovernContext, size: number): Promise<string[]> {
  const kept = await log.whole.tree.kept();
  if (kept === null || kept.size <= size) return [];
  return [
    `its checkpoint says that there were ${kept.size}: what the last ${kept.size - size} have changed is not known any more, and \`gexlake log restart\` begins a new journal`,
  ];
}

/** Lets a log take in published files that it does not know, and what is known of their jobs; what it has stays as it is. */
async function takeIn(context: GovernContext, ask: Ask): Promise<RestoreReport> {
  const { folder, log, clock, actor } = context;
  const snapshot = await log.whole.snapshot();
  const scanned = (await hasUnknown(context, snapshot))
    ? await beyondLog(context, await scan(context), snapshot)
    : null;
  const derived = scanned === null || scanned.found.parquet.length === 0 ? [] : deriveJobs(scanned.found);
  const report = await runPlan(makePlan(derived.map((job) => rebuildAction(job, folder))), ask, async () => {
    if (derived.length === 0) return;
    await saveIfUsable(context, 'before the log takes in files that it does not know');
    await log.whole.takeIn(toRows(derived, { root: folder.root, now_ms: clock.now_ms(), actor }), actor);
  });
  const { size } = await log.whole.journal.position();
  const own = derived.length === 0 ? ['every row of the log is as its journal says'] : notesOf(derived);
  const notes = [...own, ...(await lostNotes(context, size)), ...(scanned?.notes ?? [])];
  return { ...report, aside: null, notes };
}

/** Whether there is a published file of which the log knows nothing. Reads names alone. */
async function hasUnknown({ store }: GovernContext, { files }: LogSnapshot): Promise<boolean> {
  const known = new Set<string>(files.map(({ path }) => path));
  return (await listOurs(store, keptFolders.parquet)).some((path) => !known.has(path));
}

async function remakeActions({ folder, log }: GovernContext, size: number): Promise<RestoreAction[]> {
  const isThere = await exists(folder.history);
  const differences = await log.whole.compare().catch((error: unknown) => {
    if (isUnusable(error)) return null;
    throw error;
  });
  if (isThere && differences?.length === 0) return [];
  const path = basename(folder.history);
  const actions: RestoreAction[] = isThere ? [await keepAsideAction(folder.history, path)] : [];
  const rows = differences === null ? '' : `, with ${differences.length} rows that were edited`;
  const reason = `from the ${size} entries of the journal${rows}`;
  return [...actions, { action: 'rebuild', path, bytes: 0, reversible: true, reason }];
}

/** Makes the log of a folder that has no journal from what its files say. */
async function guessLog(context: GovernContext, ask: Ask): Promise<RestoreReport> {
  const { clock } = context;
  const found = await scan(context);
  const derived = (await isExplained(context, found)) ? [] : deriveJobs(found);
  const plan = await planRebuild(context, derived);
  const aside = asidePath(snapshotName(clock.now_ms()));
  const report = await runPlan(plan, ask, () => applyRebuild(context, derived, aside));
  const keptAside = ask.apply && plan.actions.some(({ action }) => action === 'keep aside');
  return { ...report, aside: keptAside ? aside : null, notes: [...found.notes, ...notesOf(derived)] };
}

async function scan(context: GovernContext): Promise<Found> {
  const notes: string[] = [];
  const onNote = (note: string) => notes.push(note);
  const parquet = await scanParquet(context, onNote);
  return { parquet, ...(await scanSources(context, onNote)), notes };
}

/** Whether the log that is there knows every file as it is. */
async function isExplained({ log }: GovernContext, found: Found): Promise<boolean> {
  const known = await log.whole.knownFiles().catch((error: unknown) => {
    if (isUnusable(error) || isOfJournal(error)) return null;
    throw error;
  });
  if (known === null) return false;
  const explained = new Set(known.map(({ path, checksum }) => `${path} ${checksum}`));
  const parquet = found.parquet.map(({ path, checksum }) => `${path} ${checksum}`);
  const sources = found.sources.map(({ path, packed_checksum }) => `${path} ${packed_checksum}`);
  return [...parquet, ...sources].every((file) => explained.has(file));
}

async function planRebuild({ folder }: GovernContext, derived: readonly DerivedJob[]): Promise<Plan<RestoreAction>> {
  if (derived.length === 0) return makePlan([]);
  const actions: RestoreAction[] = [];
  if (await exists(folder.history)) actions.push(await keepAsideAction(folder.history, basename(folder.history)));
  if (await exists(folder.journal)) {
    const bytes = await sizeOfFolder(folder.journal);
    const reason = 'what is left of the journal goes to backups/aside-…';
    actions.push({ action: 'keep aside', path: keptFolders.journal, bytes, reversible: true, reason });
  }
  for (const job of derived) actions.push(rebuildAction(job, folder));
  return makePlan(actions);
}

function rebuildAction(job: DerivedJob, { history }: DataFolder): RestoreAction {
  const source = job.staged ?? job.archived;
  const path = source?.path ?? job.files[0]?.path ?? basename(history);
  const bytes = source?.size_bytes ?? job.files.reduce((sum, file) => sum + file.size_bytes, 0);
  const rows = job.files.reduce((sum, file) => sum + file.row_count, 0);
  const who = job.id === null ? 'a job with a new id' : `job ${job.id}`;
  const reason = `${who}: ${job.status} ${job.kind}, ${describe(job)}`;
  return { action: 'rebuild', path, bytes, rows, reversible: true, reason };
}

async function applyRebuild(context: GovernContext, derived: readonly DerivedJob[], aside: StoredPath): Promise<void> {
  if (derived.length === 0) return;
  const { folder, clock, actor } = context;
  await saveIfUsable(context, 'before the log is rebuilt');
  await withPrivateFolder(context, async (privateFolder) => {
    const path = join(privateFolder, basename(folder.history));
    const rows = toRows(derived, { root: folder.root, now_ms: clock.now_ms(), actor });
    await writeLog(path, context.engine, rows);
    await syncWritten('restore:sync', path);
    const { store } = context;
    // A crash right here leaves neither log nor journal, as where both were lost.
    if ((await store.stat(keptFolders.journal)) !== null)
      await store.move(keptFolders.journal, inFolder(aside, keptFolders.journal), { purpose: 'restore' });
    await putInPlace(
      context,
      [{ path: parseStoredPath(basename(path)), local: await localFile(path), journal: null }],
      aside,
    );
  });
}

function notesOf(derived: readonly DerivedJob[]): string[] {
  if (derived.length === 0) return ['the log explains every file that is here'];
  const notes = [
    'not known any more: who imported what and why, what was purged, the URLs, and jobs that left no file (skipped, cancelled, pending)',
  ];
  const unpublished = derived.filter((job) => job.status === 'failed').length;
  if (unpublished > 0)
    notes.push(
      `${unpublished} sources have no rows in any file: gexlake jobs retry --failed, then gexlake run imports them`,
    );
  return notes;
}
