import { dirname, join } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { keptFolders } from '../core/kept-places.ts';
import { inFolder, parseStoredPath, type StoredPath } from '../core/stored-path.ts';
import { holdingIfUsable } from '../db/db.ts';
import { exists, identityOf, signatureOf, sizeOf } from '../platform/files.ts';
import { giveMode } from '../platform/work-files.ts';
import { sightOf } from '../pipeline/pipeline.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import type { LocalFile } from '../store/store.ts';
import { isOfJournal } from './restored-journal.ts';

/** A finished private file that is to be a database of the data folder, by its name there. */
export type NewDatabase = {
  readonly path: StoredPath;
  readonly local: LocalFile;
  /** The private folder of the journal that it goes on with; null where that is in place, or there is none. */
  readonly journal: string | null;
};

/** Errors that say that a database cannot be opened for what it is, not for who has it. */
const unusable = new Set<string>(['DATABASE_DAMAGED', 'DATABASE_NEWER', 'DATABASE_UNEXPECTED']);

/** Whether a database cannot be opened for what it is. */
export function isUnusable(error: unknown): boolean {
  return error instanceof GexlakeError && unusable.has(error.code);
}

/**
 * Makes sure that no job is being run, as far as a log that can be opened tells.
 * @throws LOCK_BUSY that names the process
 */
export async function refuseWhileRunning({ log }: GovernContext): Promise<void> {
  const jobs = await log.recovery.running().catch((error: unknown) => {
    if (isUnusable(error) || isOfJournal(error)) return [];
    throw error;
  });
  const job = jobs.find((one) => sightOf(one) !== 'gone');
  if (job === undefined) return;
  throw new GexlakeError(
    'LOCK_BUSY',
    `job ${job.id} is being run by ${job.owner}: the log cannot be replaced under it`,
    {
      details: { jobId: job.id },
      hint: 'Wait until it is done, or interrupt it, and try again. `gexlake run` finds out whether a process elsewhere is gone.',
    },
  );
}

function walOf(path: StoredPath): StoredPath {
  return parseStoredPath(`${path}.wal`);
}

/** The size of a database with what belongs to it, in bytes. */
export async function sizeWithWal(path: string): Promise<number> {
  const wal = `${path}.wal`;
  return (await sizeOf(path)) + ((await exists(wal)) ? await sizeOf(wal) : 0);
}

/**
 * Puts databases in the place of those that are there. The old one gets a name in `aside` first, its WAL is moved there, and the new
 * one takes the name in one rename: at no moment is there no log. Where the old one can be opened it is held meanwhile, so that
 * nobody writes into it. Killed in between, doing it again goes on with the next database.
 */
export async function putInPlace(
  context: GovernContext,
  databases: readonly NewDatabase[],
  aside: StoredPath,
): Promise<void> {
  for (const database of databases) {
    const current = join(context.folder.root, database.path);
    if (await exists(current)) {
      const old = await keepOld(context, database, current);
      await holdingIfUsable(current, context.engine, {
        isUnusable,
        act: () => replace(context, database, { ...old, aside }),
      });
    } else {
      await replaceJournal(context, database, aside);
      await put(context, database, context.log_mode);
    }
  }
}

/** A private second name of a database, or a copy where there are no links, and whether it is still that database. */
type Old = { readonly local: LocalFile; readonly isStill: () => Promise<boolean> };

/** Before the database is held: a copy closes a descriptor of it, and that would let others in. */
async function keepOld({ store }: GovernContext, { path, local }: NewDatabase, current: string): Promise<Old> {
  const kept = { path: join(dirname(local.path), 'aside.db'), size_bytes: null, checksum: '' };
  const seen = await signatureOf([current]);
  await store.get(path, kept.path, { purpose: 'restore' });
  const isSameFile = async () => (await identityOf(kept.path)) === (await identityOf(current));
  return { local: kept, isStill: async () => (await signatureOf([current])) === seen || (await isSameFile()) };
}

async function replace(
  context: GovernContext,
  database: NewDatabase,
  { local: kept, isStill, aside }: Old & { readonly aside: StoredPath },
): Promise<void> {
  const { store } = context;
  const { path } = database;
  if (!(await isStill())) throw writtenMeanwhile(path);
  // A crash from here to the rename leaves the old database in place, with a second name.
  await store.put([{ path: inFolder(aside, path), local: kept, when: { ifAbsent: true } }], { purpose: 'restore' });
  const wal = walOf(path);
  // The new one must not meet the WAL of the old one.
  if ((await store.stat(wal)) !== null) await store.move(wal, inFolder(aside, wal), { purpose: 'restore' });
  await replaceJournal(context, database, aside);
  await put(context, database, (await store.stat(path))?.mode ?? context.log_mode);
}

function writtenMeanwhile(path: StoredPath): GexlakeError {
  return new GexlakeError('LOCK_BUSY', `${path} was written by another process while it was being kept aside`, {
    details: { path },
    hint: 'It was not replaced. Do it again: that goes on with it.',
  });
}

/**
 * A crash between the two renames leaves a log without a journal, which begins a new one from its rows; one behind them a log that is
 * ahead of its journal, which is refused until this is done again.
 */
async function replaceJournal({ store }: GovernContext, { journal }: NewDatabase, aside: StoredPath): Promise<void> {
  if (journal === null) return;
  const path = keptFolders.journal;
  if ((await store.stat(path)) !== null) await store.move(path, inFolder(aside, path), { purpose: 'restore' });
  await store.putFolder(path, journal, { purpose: 'restore' });
}

/** Gives a private file the name of a database, which nobody else has open. */
async function put({ store }: GovernContext, { path, local }: NewDatabase, mode: number): Promise<void> {
  await giveMode('restore:copy', local.path, mode);
  await store.put([{ path, local, when: { held: true } }], { purpose: 'restore' });
}
