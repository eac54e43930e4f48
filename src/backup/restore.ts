import { basename, dirname, join } from 'node:path';
import { dataFolder, type DataFolder } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';
import { maintenanceRuns, restorations } from '../core/log-tables.ts';
import { asidePath, snapshotName } from '../core/kept-places.ts';
import { makePlan, type Plan, type PlannedAction } from '../core/plan.ts';
import { parseStoredPath, type StoredPath } from '../core/stored-path.ts';
import { engineVersion, fingerprintTables, withDatabase, type TablePrint } from '../db/db.ts';
import { noteRestoration, requireJournalOf } from '../joblog/joblog.ts';
import { exists } from '../platform/files.ts';
import { sizeOfFolder } from '../platform/listing.ts';
import { syncWritten } from '../platform/work-files.ts';
import { makeDataFolder } from '../platform/folders.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { checkedManifest, type Manifest, type SavedDatabase } from './manifest.ts';
import { withPrivateFolder } from '../maintenance/maintenance.ts';
import { isUnusable, putInPlace, refuseWhileRunning, sizeWithWal, type NewDatabase } from './put-in-place.ts';
import { localFile, openLocalStore, type LocalFile } from '../store/store.ts';
import { runPlan, type Ask, type PlanReport } from '../maintenance/maintenance.ts';
import { copyFrom } from './copy-file.ts';
import { chooseJournal, isOfJournal, type JournalOfRestored } from './restored-journal.ts';
import { copyJournal } from './saved-journal.ts';
import { makeSnapshot } from './snapshot.ts';

export type RestoreAction = PlannedAction & { readonly action: 'keep aside' | 'restore' | 'rebuild' };

export type RestoreReport = PlanReport<RestoreAction> & {
  /** Where what was there before is now, relative to the data folder; null where nothing was, or nothing was done. */
  readonly aside: string | null;
  /** What a person should know. */
  readonly notes: readonly string[];
};

/**
 * Plans or does the restoration of a snapshot, over the databases of the data folder or into another one. The snapshot is compared with
 * its sums, opened and compared table by table before anything is touched.
 * @throws SNAPSHOT_DAMAGED, LOCK_BUSY where a database is in use or a job runs, FILE_EXISTS where the other folder is not fresh
 */
export async function restoreSnapshot(
  context: GovernContext,
  ask: Ask,
  { snapshotFolder, into }: { readonly snapshotFolder: string; readonly into: string | null },
): Promise<RestoreReport> {
  const target = into === null ? context.folder : dataFolder(into);
  const store = into === null ? context.store : openLocalStore(target.root);
  const manifest = await checkedManifest(snapshotFolder);
  await compareWithManifest(context, snapshotFolder, manifest);
  if (into === null) await refuseWhileRunning(context);
  const journal = await chooseJournal(target, snapshotFolder);
  const due = await differing(context, target, { manifest, journal });
  if (into !== null) await mustBeFresh(target, due);
  const aside = asidePath(snapshotName(context.clock.now_ms()));
  const plan = await planRestore(target, { due, into, manifest, journal });
  const report = await runPlan(plan, ask, async () => {
    if (due.length === 0) {
      // One that was killed has put the snapshot in place, and has not brought it to its end.
      if (into === null && journal === 'present') await context.log.whole.prepare();
      return;
    }
    if (into === null) await saveIfUsable(context, `before restoring ${snapshotFolder}`);
    const saved_at = manifest.made_at;
    await applyRestore({ ...context, folder: target, store }, { snapshotFolder, saved_at, due, aside, journal });
    // What the snapshot's log lacks is in the journal, which brings it to its end, and notes what was done.
    if (journal === 'present') await context.log.whole.note('restore', context.actor);
  });
  const keptAside = ask.apply && plan.actions.some(({ action }) => action === 'keep aside');
  return { ...report, aside: keptAside ? aside : null, notes: notesOf(manifest, plan, { into, journal }) };
}

/** Opens the saved databases and compares them with what the manifest says of them. */
async function compareWithManifest(context: GovernContext, folder: string, manifest: Manifest): Promise<void> {
  for (const { file, tables } of manifest.databases) {
    await withDatabase(join(folder, file), { ...context.engine, readOnly: true }, async (database) => {
      const isSameEngine = (await engineVersion(database)) === manifest.duckdb;
      const found = await fingerprintTables(database);
      if (comparable(found, isSameEngine) === comparable(tables, isSameEngine)) return;
      throw new GexlakeError('SNAPSHOT_DAMAGED', `${folder} has a ${file} that does not hold what was saved`, {
        details: { path: folder },
        hint: 'Nothing was changed. Take another snapshot from backups/.',
      });
    });
  }
}

/** What hashes of rows are depends on the version of DuckDB; how many rows there are does not. */
function comparable(tables: readonly TablePrint[], isSameEngine: boolean): string {
  return JSON.stringify(isSameEngine ? tables : tables.map(({ name, kind, rows }) => [name, kind, rows]));
}

/** The saved databases that the target does not hold as they are; the log, too, where its journal is put back with it. */
async function differing(
  context: GovernContext,
  target: DataFolder,
  { manifest, journal }: { readonly manifest: Manifest; readonly journal: JournalOfRestored },
): Promise<SavedDatabase[]> {
  const due: SavedDatabase[] = [];
  for (const saved of manifest.databases) {
    const isWithJournal = journal === 'saved' && saved.file === basename(target.history);
    if (isWithJournal || !(await holdsTheSame(context, join(target.root, saved.file), saved))) due.push(saved);
  }
  return due;
}

async function holdsTheSame(context: GovernContext, path: string, saved: SavedDatabase): Promise<boolean> {
  if (!(await exists(path))) return false;
  try {
    return await withDatabase(path, { ...context.engine, readOnly: true }, async (database) => {
      return withoutOwn(await fingerprintTables(database)) === withoutOwn(saved.tables);
    });
  } catch (error) {
    if (isUnusable(error)) return false;
    throw error;
  }
}

/** That it was restored, and how far its journal goes since, is all in which a restored log differs from its snapshot. */
function withoutOwn(tables: readonly TablePrint[]): string {
  const own = new Set<string>([restorations.name, maintenanceRuns.name, 'journal_position']);
  return JSON.stringify(tables.filter(({ name }) => !own.has(name)));
}

async function mustBeFresh(target: DataFolder, due: readonly SavedDatabase[]): Promise<void> {
  if (due.length === 0) return;
  for (const file of [...due.map((database) => database.file), basename(target.journal)]) {
    const path = join(target.root, file);
    if (!(await exists(path))) continue;
    throw new GexlakeError('FILE_EXISTS', `cannot restore into ${target.root}: it has a ${file} already`, {
      details: { path },
      hint: 'Give a folder without databases, or leave out --into to restore over those of the data folder, which are kept aside.',
    });
  }
}

/** What is to be restored, and where to. */
type Planned = {
  readonly due: readonly SavedDatabase[];
  readonly into: string | null;
  readonly manifest: Manifest;
  readonly journal: JournalOfRestored;
};

async function planRestore(
  target: DataFolder,
  { due, into, manifest, journal }: Planned,
): Promise<Plan<RestoreAction>> {
  const actions: RestoreAction[] = [];
  for (const { file, size_bytes } of due) {
    const current = join(target.root, file);
    const path = into === null ? file : current;
    if (await exists(current)) actions.push(await keepAsideAction(current, path));
    const reason = 'from the snapshot, which is as it was saved';
    actions.push({ action: 'restore', path, bytes: size_bytes, reversible: true, reason });
  }
  if (journal !== 'saved') return makePlan(actions);
  const path = into === null ? basename(target.journal) : target.journal;
  const kept = 'what is left of the journal goes to backups/aside-…';
  if (await exists(target.journal))
    actions.push({
      action: 'keep aside',
      path,
      bytes: await sizeOfFolder(target.journal),
      reversible: true,
      reason: kept,
    });
  const bytes = (manifest.journal ?? []).reduce((sum, file) => sum + file.size_bytes, 0);
  actions.push({ action: 'restore', path, bytes, reversible: true, reason: 'the journal of the snapshot' });
  return makePlan(actions);
}

export async function keepAsideAction(current: string, path: string): Promise<RestoreAction> {
  const reason = 'the one that is there now goes to backups/aside-…';
  return { action: 'keep aside', path, bytes: await sizeWithWal(current), reversible: true, reason };
}

/** The snapshot that is restored, and when it was taken. */
type Restored = { readonly snapshotFolder: string; readonly saved_at: string };

/** Lets a private copy of the log say that it was restored, and its journal, where that is beside it. */
async function noteInCopy(context: GovernContext, path: string, { snapshotFolder, saved_at }: Restored): Promise<void> {
  const now = new Date(context.clock.now_ms()).toISOString();
  // A clock that went back since the snapshot makes no time known that is not.
  const restored_at = now < saved_at ? saved_at : now;
  await noteRestoration(path, context.engine, {
    restored_at,
    saved_at,
    snapshot: snapshotFolder,
    actor: context.actor,
  });
}

async function syncedFile(path: string): Promise<LocalFile> {
  await syncWritten('restore:sync', path);
  return localFile(path);
}

/** The saved databases that are due, the snapshot that they are from and when it was taken, and where those go that are there. */
type Restoring = Restored & {
  readonly due: readonly SavedDatabase[];
  readonly aside: StoredPath;
  readonly journal: JournalOfRestored;
};

/** Puts the saved databases into the data folder of the context. */
async function applyRestore(context: GovernContext, restoring: Restoring): Promise<void> {
  const { snapshotFolder, due, aside } = restoring;
  await makeDataFolder('restore:folder', context.folder.root);
  await withPrivateFolder(context, async (privateFolder) => {
    const databases: NewDatabase[] = [];
    for (const { file, checksum } of due) {
      const path = join(privateFolder, file);
      const copied = await copyFrom(join(snapshotFolder, file), path);
      if (copied.checksum !== checksum) throw changedMeanwhile(snapshotFolder, file);
      const isLog = file === basename(context.folder.history);
      databases.push(
        isLog
          ? await asRestored(context, path, restoring)
          : { path: parseStoredPath(file), local: { path, ...copied }, journal: null },
      );
    }
    await putInPlace(context, databases, aside);
  });
}

/** Makes a private copy of the saved log ready to be the log of the data folder, with the journal that it goes on with. */
async function asRestored(context: GovernContext, path: string, restoring: Restoring): Promise<NewDatabase> {
  const { folder, engine } = context;
  const { snapshotFolder, journal } = restoring;
  const file = parseStoredPath(basename(path));
  if (journal === 'saved') {
    const copy = join(dirname(path), basename(folder.journal));
    await copyJournal(join(snapshotFolder, basename(folder.journal)), copy, { growing: 0o600 });
    await noteInCopy(context, path, restoring);
    return { path: file, local: await syncedFile(path), journal: copy };
  }
  const shownAs = join(snapshotFolder, basename(path));
  if (journal === 'present') await requireJournalOf({ path, shownAs }, folder.journal, engine);
  else await noteInCopy(context, path, restoring);
  return { path: file, local: await syncedFile(path), journal: null };
}

/** A snapshot of what is about to be replaced, where that can still be opened; it is kept aside either way. */
export async function saveIfUsable(context: GovernContext, reason: string): Promise<void> {
  try {
    await makeSnapshot(context, reason, { lenient: true });
  } catch (error) {
    if (!isUnusable(error) && !isOfJournal(error)) throw error;
  }
}

function changedMeanwhile(folder: string, file: string): GexlakeError {
  return new GexlakeError('SNAPSHOT_DAMAGED', `${folder} has a ${file} that changed while it was read`, {
    details: { path: folder },
    hint: 'Nothing was changed. Check the disk that the snapshot lies on.',
  });
}

function notesOf(
  manifest: Manifest,
  plan: Plan,
  { into, journal }: { readonly into: string | null; readonly journal: JournalOfRestored },
): string[] {
  const notes = manifest.left_out.map(({ file, reason }) => `the snapshot is without ${file}: ${reason}`);
  if (plan.actions.length === 0) return [...notes, 'the databases hold what the snapshot holds already'];
  notes.push(
    journal === 'present'
      ? `what happened after ${manifest.made_at} is in the log again, by its journal`
      : `what was published after ${manifest.made_at} is not in this log: gexlake verify names it, gexlake repair and gexlake prune take it in; what was purged after it is to be purged again first`,
  );
  if (into !== null)
    notes.push(
      `databases and their journal only: copy parquet/, source/, archive/, quarantine/ and pins/ into ${into} as they are, keeping their times and modes, then \`gexlake verify --data-dir ${into}\``,
    );
  return notes;
}
