import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { snapshotPath } from '../core/kept-places.ts';
import { engineVersion, fingerprintTables, withDatabase, withDatabaseFile, type Database } from '../db/db.ts';
import { exists, openToRead, readInto, type FileHandle } from '../platform/files.ts';
import { makeFolder, syncFolder } from '../platform/folders.ts';
import { giveMode, openPart, syncFile, writeAll } from '../platform/work-files.ts';
import type { Upgrade } from '../joblog/joblog.ts';
import { version } from '../platform/version.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { snapshotName, writeManifest, type Manifest, type SavedDatabase } from './manifest.ts';
import { withPrivateFolder } from '../maintenance/maintenance.ts';

const block_bytes = 1024 ** 2;

/** A made snapshot: its path relative to the data folder, and what it does not hold, in words. */
export type Snapshot = { readonly path: string; readonly leftOut: readonly string[] };

/**
 * Saves both databases as they are at one moment: under the locks of both each is checkpointed and copied; then the copies are opened
 * and compared table by table. The snapshot appears in `backups/` by one rename, its files read-only. `lenient` leaves the engine's
 * database out where it is busy or damaged, for it holds nothing canonical. Null where there is no job log yet.
 */
export async function makeSnapshot(
  context: GovernContext,
  reason: string,
  { lenient }: { readonly lenient: boolean },
): Promise<Snapshot | null> {
  const { store, clock, actor, log } = context;
  if (!(await log.whole.isThere())) return null;
  return withPrivateFolder(context, async (privateFolder) => {
    const draft = join(privateFolder, 'snapshot');
    await makeFolder('backup:folder', draft);
    const made_at = clock.now_ms();
    const saved = await saveBoth(context, draft, lenient);
    const duckdb = await compareCopies(context, draft, saved.databases);
    const at = new Date(made_at).toISOString();
    await writeManifest(draft, { format: 1, gexlake: version(), duckdb, made_at: at, actor, reason, ...saved });
    await syncFolder('backup:sync-folder', draft);
    const path = snapshotPath(snapshotName(made_at));
    // A crash before this leaves the private folder only, behind it a whole snapshot.
    await store.putFolder(path, draft, { purpose: 'backup' });
    return { path, leftOut: saved.left_out.map(({ file, reason: why }) => `${file}: ${why}`) };
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

type Saved = Pick<Manifest, 'databases' | 'left_out'>;

/**
 * The engine's lock is taken first, like an importer does, which holds it while it writes into the log: the other way round the two
 * would wait for each other.
 */
async function saveBoth(context: GovernContext, draft: string, lenient: boolean): Promise<Saved> {
  const { engine, history } = context.folder;
  const placeOf = (path: string) => join(draft, basename(path));
  const saveLog = () => holding(context, history, (database, file) => save(database, file, placeOf(history)));
  const name = basename(engine);
  if (!(await exists(engine)))
    return { databases: [await saveLog()], left_out: [{ file: name, reason: 'is not there' }] };
  let opened = false;
  try {
    return await holding(context, engine, async (database, file) => {
      opened = true;
      const log = await saveLog();
      return { databases: [log, await save(database, file, placeOf(engine))], left_out: [] };
    });
  } catch (error) {
    const isAvoidable =
      error instanceof GexlakeError && ['LOCK_BUSY', 'DATABASE_DAMAGED', 'DATABASE_NEWER'].includes(error.code);
    if (opened || !lenient || !isAvoidable) throw error;
    return { databases: [await saveLog()], left_out: [{ file: name, reason: error.message }] };
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

/** Copies a file into a new one that is durable; gives its size and SHA-256. */
export async function copyFile(
  from: FileHandle,
  to: string,
): Promise<{ readonly size_bytes: number; readonly checksum: string }> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(block_bytes);
  const copy = await openPart('backup:copy', to);
  try {
    let size_bytes = 0;
    for (;;) {
      const length = await readInto(from, block, 0, block_bytes, size_bytes);
      if (length === 0) break;
      hash.update(block.subarray(0, length));
      await writeAll('backup:write', copy, to, block.subarray(0, length));
      size_bytes += length;
    }
    await syncFile('backup:sync', copy, to);
    return { size_bytes, checksum: hash.digest('hex') };
  } finally {
    await copy.close();
  }
}

/** Opens each copy and compares it with what its original held; gives the engine's version. */
async function compareCopies(
  context: GovernContext,
  draft: string,
  databases: readonly SavedDatabase[],
): Promise<string> {
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
  return duckdb;
}

function differs(file: string): GexlakeError {
  return new GexlakeError('EXPORT_MISMATCH', `the copy of ${file} does not hold what ${file} holds`, {
    details: { path: file },
    hint: 'No snapshot was made. Check the disk and memory of this machine, and report it if it happens again.',
  });
}
