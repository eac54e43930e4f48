import { basename, join } from 'node:path';
import type { DataFolder } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';
import { withDatabase } from '../db/db.ts';
import {
  exists,
  giveMode,
  linkNew,
  makeFolder,
  modeOf,
  moveNew,
  replaceFile,
  sizeOf,
  syncFolder,
} from '../platform/files.ts';
import { sightOf } from '../pipeline/pipeline.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';

/** A finished private file that is to be a database of the data folder, by its name there. */
export type NewDatabase = { readonly name: string; readonly privatePath: string };

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
    if (isUnusable(error)) return [];
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

/** The size of a database with what belongs to it, in bytes. */
export async function sizeWithJournal(path: string): Promise<number> {
  const journal = `${path}.wal`;
  return (await sizeOf(path)) + ((await exists(journal)) ? await sizeOf(journal) : 0);
}

/**
 * Puts databases in the place of those that are there. The old one is linked into `aside` first, its journal moved there, and the new
 * one takes the name in one rename: at no moment is there no log. Where the old one can be opened it is held meanwhile, so that
 * nobody writes into it. Killed in between, doing it again goes on with the next database.
 */
export async function putInPlace(
  context: GovernContext,
  folder: DataFolder,
  databases: readonly NewDatabase[],
  aside: string,
): Promise<void> {
  for (const database of databases) {
    const current = join(folder.root, database.name);
    if (!(await exists(current))) {
      await giveMode('restore:copy', database.privatePath, context.log_mode);
      await replaceFile('restore:replace', database.privatePath, current);
    } else await holdingIfUsable(context, current, () => replace(database, current, aside));
    await syncFolder('restore:sync-folder', folder.root);
  }
}

async function replace({ privatePath }: NewDatabase, current: string, aside: string): Promise<void> {
  const kept = join(aside, basename(current));
  await makeFolder('restore:folder', aside);
  await giveMode('restore:copy', privatePath, await modeOf(current));
  // A crash from here to the rename leaves the old database in place, with a second name.
  await linkNew('restore:aside', current, kept);
  // The new one must not meet the journal of the old one.
  if (await exists(`${current}.wal`)) await moveNew('restore:aside', `${current}.wal`, `${kept}.wal`);
  await syncFolder('restore:sync-folder', aside);
  await replaceFile('restore:replace', privatePath, current);
}

/** Holds a database read-only, which keeps every writer out, where it can be opened at all. @throws LOCK_BUSY */
async function holdingIfUsable(context: GovernContext, path: string, act: () => Promise<void>): Promise<void> {
  let opened = false;
  try {
    await withDatabase(path, { ...context.engine, readOnly: true }, async () => {
      opened = true;
      await act();
    });
  } catch (error) {
    if (opened || !isUnusable(error)) throw error;
    await act();
  }
}
