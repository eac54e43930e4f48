import { basename, dirname, join } from 'node:path';
import { unlessDefect } from '../../core/defects.ts';
import { GexlakeError } from '../../core/errors.ts';
import { toText } from '../../core/row-texts.ts';
import { asidePath, keptFolders, snapshotName } from '../../core/kept-places.ts';
import {
  fingerprintTables,
  holdingIfUsable,
  inMemory,
  sqlName,
  upgradeSchema,
  withDatabase,
  type Database,
  type DatabaseOptions,
} from '../../db/db.ts';
import type { Journal, KeptSecret } from '../../journal/journal.ts';
import { giveToOwnerOf } from '../../platform/append-file.ts';
import { exists, factsOf, modeOf } from '../../platform/files.ts';
import { makeFolder, syncFolder, withTemporaryFolder } from '../../platform/folders.ts';
import { giveMode, moveInto, remove, syncWritten } from '../../platform/work-files.ts';
import { appliedOf, isBegunFrom, setApplied } from './journal-position.ts';
import { requireAllOf } from './lost-journal.ts';
import { migrations } from './migrations.ts';
import { isDamage } from './damaged.ts';
import { keepOwnLinks } from './own-secrets.ts';
import { replayInto, type Replaying } from './replay.ts';

export type Healing = {
  readonly path: string;
  readonly options: DatabaseOptions;
  readonly journal: Journal;
  /** What the user knows the database as, where it is a private copy. */
  readonly shownAs?: string;
  /** Makes it again although nothing is wrong with it that could be seen. */
  readonly always?: boolean;
};

/** What is attached to, under which name, and what is done meanwhile. */
type Attaching = {
  readonly database: Database;
  readonly name: string;
  readonly act: (own: string) => Promise<void>;
  readonly links?: readonly KeptSecret[];
  readonly onHash?: Replaying['onHash'];
};

/**
 * Makes the database of a log again from its journal, and puts the one that is there aside, into `backups/`. One process does it, under
 * a lock of its own; one that comes too late finds it done. Gives where the old one is; null where there was none, or where it was fine
 * after all. Killed in between, the next one does it again.
 */
export async function heal(healing: Healing): Promise<{ readonly aside: string | null } | null> {
  const { path, options, journal, always = false } = healing;
  const work = join(journal.root, 'healing');
  await makeFolder('journal:folder', work);
  await giveToOwnerOf(work, journal.root);
  const lock = join(work, 'lock.db');
  return withDatabase(lock, options, async () => {
    await giveToOwnerOf(lock, journal.root);
    if (!always && (await isWhole(path, options, journal))) return null;
    if (!always) await requireAllOf(journal);
    await journal.settle();
    await keepOwnLinks(healing);
    const folder = join(work, 'new');
    await remove('log:heal', folder);
    await makeFolder('journal:folder', folder);
    const fresh = await makeFresh(healing, folder);
    const replace = () => replaceBy(fresh, path, options.clock.now_ms());
    // Whoever writes into it appends to the journal, and so would whoever has the new one open.
    const held = { ...options, opensOften: false };
    const aside = (await exists(path))
      ? await holdingIfUsable(path, held, { isUnusable: isDamage, act: replace })
      : await replace();
    await remove('log:heal', folder);
    return { aside };
  });
}

async function makeFresh({ path, options, journal }: Healing, folder: string): Promise<string> {
  const fresh = join(folder, 'fresh.db');
  await withDatabase(fresh, { ...options, opensOften: false }, async (database) => {
    await makeTables(database, options);
    await database.transaction(async () =>
      setApplied(database, await replayInto(database, journal, { privateFolder: folder })),
    );
    await database.run('CHECKPOINT');
  });
  if (await exists(path)) await giveMode('log:heal', fresh, await modeOf(path));
  await giveToOwnerOf(fresh, dirname(path));
  await syncWritten('log:heal', fresh);
  return fresh;
}

async function replaceBy(fresh: string, path: string, now_ms: number): Promise<string | null> {
  const aside = await putAside(path, now_ms);
  // A crash right here leaves no database, which the next one makes from the journal.
  await moveInto('log:heal', fresh, path);
  await syncFolder('log:heal', dirname(path));
  return aside;
}

/** Gives a database in memory that has the rows of the journal, for who may not or need not make the log again. */
export async function withReplayed<T>(
  { options, journal }: Healing,
  act: (database: Database) => Promise<T>,
): Promise<T> {
  return withTemporaryFolder('gexlake-log-', async (folder) => {
    if (folder === null) throw noFolder();
    return withDatabase(inMemory, { ...options, opensOften: false }, async (database) => {
      await makeTables(database, options);
      await replayInto(database, journal, { privateFolder: folder });
      return act(database);
    });
  });
}

/**
 * Attaches a database in memory to an open engine that has the rows of the journal, as its current catalog while `act` runs, which is told
 * the catalog that was current before.
 */
export async function attachReplayed(
  { options, journal }: Healing,
  { database, name, act, links = [], onHash }: Attaching,
): Promise<void> {
  await withTemporaryFolder('gexlake-log-', async (folder) => {
    if (folder === null) throw noFolder();
    const own = sqlName(toText((await database.first('SELECT current_database() AS name'))?.['name']));
    await database.run(`ATTACH ':memory:' AS ${name}`);
    await database.run(`USE ${name}`);
    try {
      await makeTables(database, options);
      await replayInto(database, journal, { privateFolder: folder, links, onHash });
      await act(own);
    } finally {
      await database.run(`USE ${own}`);
      await database.run(`DETACH ${name}`);
    }
  });
}

async function makeTables(database: Database, { clock }: DatabaseOptions): Promise<void> {
  await upgradeSchema(database, migrations, new Date(clock.now_ms()).toISOString());
}

function noFolder(): GexlakeError {
  return new GexlakeError(
    'FILE_SYSTEM',
    'there is no folder for temporary files, which reading the job log from its journal needs',
    { hint: 'Set TMPDIR to a folder that this user may write into.' },
  );
}

/** Whether the database is there, can be read to its last block, and has all of the journal. */
async function isWhole(path: string, options: DatabaseOptions, journal: Journal): Promise<boolean> {
  if (!(await exists(path))) return false;
  try {
    return await withDatabase(path, { ...options, readOnly: true }, async (database) => {
      const applied = await appliedOf(database);
      const end = await journal.position();
      if (applied === null || applied.size < end.size || (await isBegunFrom(journal, applied, end))) return false;
      // One that is damaged somewhere else would be met later.
      await fingerprintTables(database);
      return true;
    });
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}

/** The headers of a database, which are on the disk before anything else is in its file or its WAL (DuckDB 1.5.6). */
const headers_bytes = 12_288;

/**
 * Whether a database that cannot be opened was begun and holds nothing yet. What is in a WAL alone nobody was told of: a transaction is
 * acknowledged when the database is closed, and its rows are in the file.
 */
export async function isOnlyBegun({ path, journal }: Healing): Promise<boolean> {
  const found = await factsOf(path);
  if (found === null || found.size_bytes > headers_bytes) return false;
  return (await isWithoutJournal(journal)) && !(await hasPublished(dirname(path)));
}

/** Whether a data folder has what only a log with jobs explains: where it is there, a log that is too short for jobs was cut. */
async function hasPublished(root: string): Promise<boolean> {
  const places = [keptFolders.parquet, keptFolders.archive, keptFolders.sources];
  return (await Promise.all(places.map((place) => exists(join(root, place))))).includes(true);
}

/** Whether there never was a journal, or nothing is left of one. */
export async function isWithoutJournal(journal: Journal): Promise<boolean> {
  return journal.isGone().catch(unlessDefect(false));
}

/** Moves a database and its WAL into a folder of their own; gives where the database is, null where there was none. */
export async function putAside(path: string, now_ms: number): Promise<string | null> {
  // First, and on the disk: the new one must not meet the WAL of the old one.
  const wal = await putWalAside(path, now_ms);
  if (!(await exists(path))) return null;
  const folder = wal === null ? join(dirname(path), asidePath(snapshotName(now_ms))) : dirname(wal);
  await makeFolder('log:heal', folder);
  const aside = join(folder, basename(path));
  await moveInto('log:heal', path, aside);
  await syncFolder('log:heal', folder);
  return aside;
}

/** Moves the WAL of a database into a folder of its own; gives where it is, null where there was none. */
export async function putWalAside(path: string, now_ms: number): Promise<string | null> {
  const wal = `${path}.wal`;
  if (!(await exists(wal))) return null;
  const aside = join(dirname(path), asidePath(snapshotName(now_ms)), basename(wal));
  await makeFolder('log:heal', dirname(aside));
  await moveInto('log:heal', wal, aside);
  await syncFolder('log:heal', dirname(path));
  return aside;
}
