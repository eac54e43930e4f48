import { basename, join } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { snapshotName, snapshotPath } from '../core/kept-places.ts';
import { engineVersion, fingerprintTables, withDatabase, withDatabaseFile, type Database } from '../db/db.ts';
import { exists, openToRead, type FileHandle } from '../platform/files.ts';
import { makeFolder, syncFolder } from '../platform/folders.ts';
import { giveMode, remove } from '../platform/work-files.ts';
import { requireJournalOf, type Upgrade } from '../joblog/joblog.ts';
import { version } from '../platform/version.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { copyFile } from './copy-file.ts';
import { listSnapshots, writeManifest, type Manifest, type SavedDatabase } from './manifest.ts';
import { copyJournal } from './saved-journal.ts';
import { withPrivateFolder } from '../maintenance/maintenance.ts';

/** A made snapshot: its path relative to the data folder, and what it does not hold, in words. */
export type Snapshot = { readonly path: string; readonly leftOut: readonly string[] };

/**
 * Saves both databases and the journal as they are at one moment: under the locks of both each is checkpointed and copied; then the copies
 * are opened and compared table by table. The snapshot appears in `backups/` by one rename, its files read-only. `lenient` leaves the engine's
 * database out where it is busy or damaged, for it holds nothing canonical; `withJournal: false` leaves out a journal that is no use. Null where there is no job log yet.
 */
export async function makeSnapshot(
  context: GovernContext,
  reason: string,
  { lenient, withJournal = true }: { readonly lenient: boolean; readonly withJournal?: boolean },
): Promise<Snapshot | null> {
  const { store, clock, actor, log } = context;
  if (!(await log.whole.isThere())) return null;
  // A snapshot whose journal is broken would be found out when it is needed.
  if (withJournal && (await log.whole.journal.isThere())) await log.whole.tree.readWhole();
  return withPrivateFolder(context, async (privateFolder) => {
    const draft = join(privateFolder, 'snapshot');
    await makeFolder('backup:folder', draft);
    const made_at = clock.now_ms();
    const saved = await saveWhole(context, draft, { lenient, withJournal });
    const duckdb = await compareCopies(context, draft, saved);
    const at = new Date(made_at).toISOString();
    await writeManifest(draft, { format: 1, gexlake: version(), duckdb, made_at: at, actor, reason, ...saved });
    await syncFolder('backup:sync-folder', draft);
    const path = snapshotPath(snapshotName(made_at));
    // A crash before this leaves the private folder only, behind it a whole snapshot.
    await store.putFolder(path, draft, { purpose: 'backup' });
    return { path, leftOut: saved.left_out.map(({ file, reason: why }) => `${file}: ${why}`) };
  }).catch((error: unknown) => tellFull(context.folder.backups, error));
}

/** What was to be saved is no job to be retried, and room is needed where snapshots lie. */
function tellFull(backups: string, error: unknown): never {
  if (!(error instanceof GexlakeError) || error.code !== 'DISK_FULL') throw error;
  throw new GexlakeError(error.code, `no snapshot was made in ${backups}: ${error.message}`, {
    details: { path: backups },
    hint: `Free space on the disk of ${backups}, then try again. Snapshots that are needed no longer may go to another disk.`,
    cause: error,
  });
}

/** Saves both databases before more than 10 jobs are done at once. What is left out is told. */
export async function snapshotBeforeMany(
  context: GovernContext,
  jobs: number,
  onWarning: (message: string) => void,
): Promise<void> {
  if (jobs <= context.limits.mass_import_jobs) return;
  const snapshot = await makeSnapshot(context, `before a mass import of ${jobs} jobs`, { lenient: true });
  for (const what of snapshot?.leftOut ?? []) onWarning(`the snapshot ${snapshot?.path} is without ${what}`);
}

/** Saves both databases before the job log is upgraded, and says so. */
export async function snapshotBeforeUpgrade(
  context: GovernContext,
  { found, newest }: Upgrade,
  onNotice: (message: string) => void,
): Promise<void> {
  const upgrade = `the job log is upgraded from schema version ${found} to ${newest}`;
  const snapshot = await makeSnapshot(context, `before ${upgrade}`, { lenient: true });
  const lacking = snapshot?.leftOut.map((what) => `; without ${what}`) ?? [];
  const saved = `it was saved as ${snapshot?.path}${lacking.join('')}`;
  onNotice(`${upgrade}, which older versions of gexlake refuse; ${saved}`);
}

type How = { readonly lenient: boolean; readonly withJournal: boolean };

type Saved = Required<Pick<Manifest, 'databases' | 'journal' | 'left_out'>>;

/** A log that is gone or damaged is made again from its journal first; a WAL that a crash has left must not get into the copy. */
async function saveWhole(context: GovernContext, draft: string, how: How): Promise<Saved> {
  const { folder, log } = context;
  if (!(await exists(folder.history)) || (await exists(`${folder.history}.wal`))) await log.whole.mend();
  try {
    return await saveBoth(context, draft, how);
  } catch (error) {
    const isDamaged = error instanceof GexlakeError && error.code === 'DATABASE_DAMAGED';
    if (!isDamaged || !(await log.whole.mend())) throw error;
    await remove('backup:folder', draft);
    await makeFolder('backup:folder', draft);
    return saveBoth(context, draft, how);
  }
}

/**
 * The engine's lock is taken first, like an importer does, which holds it while it writes into the log: the other way round the two
 * would wait for each other. Whoever adds to the journal holds the log's lock.
 */
async function saveBoth(context: GovernContext, draft: string, { lenient, withJournal }: How): Promise<Saved> {
  const { engine, history, journal } = context.folder;
  const placeOf = (path: string) => join(draft, basename(path));
  const newest = (await listSnapshots(context.folder.backups)).at(-1);
  const before = newest === undefined ? null : join(context.folder.backups, newest, basename(journal));
  const saveLog = () =>
    holding(context, history, async (database, file) => ({
      log: await save(database, file, placeOf(history)),
      journal: withJournal ? await copyJournal(journal, placeOf(journal), { growing: 0o400, before }) : [],
    }));
  const name = basename(engine);
  const withoutEngine = async (reason: string): Promise<Saved> => {
    const saved = await saveLog();
    return { databases: [saved.log], journal: saved.journal, left_out: [{ file: name, reason }] };
  };
  if (!(await exists(engine))) return withoutEngine('it is not there');
  let opened = false;
  try {
    return await holding(context, engine, async (database, file) => {
      opened = true;
      const saved = await saveLog();
      const databases = [saved.log, await save(database, file, placeOf(engine))];
      return { databases, journal: saved.journal, left_out: [] };
    });
  } catch (error) {
    const isAvoidable =
      error instanceof GexlakeError && ['LOCK_BUSY', 'DATABASE_DAMAGED', 'DATABASE_NEWER'].includes(error.code);
    if (opened || !lenient || !isAvoidable) throw error;
    return withoutEngine(error.message);
  }
}

/** Holds a checkpointed database and a handle of its file, so that nobody else writes it for as long as `act` runs. */
async function holding<T>(
  context: GovernContext,
  path: string,
  act: (database: Database, file: FileHandle) => Promise<T>,
): Promise<T> {
  let file: FileHandle | null = null;
  return withDatabaseFile(path, context.engine, {
    act: async (database) => {
      // Afterwards there is nothing in the .wal that the file has not.
      await database.run('CHECKPOINT');
      file = await openToRead(path);
      return act(database, file);
    },
    afterwards: async () => file?.close(),
  });
}

async function save(database: Database, file: FileHandle, to: string): Promise<SavedDatabase> {
  const tables = await fingerprintTables(database);
  return { file: basename(to), ...(await copyFile(file, to)), tables };
}

/** Opens each copy and compares it with what its original held, and the log's with the journal's; gives the engine's version. */
async function compareCopies(context: GovernContext, draft: string, { databases, journal }: Saved): Promise<string> {
  let duckdb = '';
  for (const { file, tables } of databases) {
    const path = join(draft, file);
    // Who may not read the log may not read its copy either.
    await giveMode('backup:read-only', path, context.log_mode & 0o444);
    await withDatabase(path, { ...context.engine, readOnly: true }, async (database) => {
      duckdb = await engineVersion(database);
      const found = JSON.stringify(await fingerprintTables(database));
      if (found !== JSON.stringify(tables)) throw differs(file);
    });
  }
  const log = join(draft, basename(context.folder.history));
  const shownAs = context.folder.history;
  if (journal.length > 0)
    await requireJournalOf({ path: log, shownAs }, join(draft, basename(context.folder.journal)), context.engine);
  return duckdb;
}

function differs(file: string): GexlakeError {
  return new GexlakeError('EXPORT_MISMATCH', `the copy of ${file} does not hold what ${file} holds`, {
    details: { path: file },
    hint: 'No snapshot was made. Check the disk and memory of this machine, and report it if it happens again.',
  });
}
