import { join } from 'node:path';
import type { StoredPath } from '../core/stored-path.ts';
import type { FileStore, FileToPut, LocalFile } from '../store/store.ts';
import type { CheckedFile } from './checked.ts';

/** A path that gets a file with that SHA-256; `replaces` is the SHA-256 of the one that is there now. */
type Placed = { readonly path: StoredPath; readonly checksum: string; readonly replaces: string | null };

/** The same with the private file. */
export type Placement = Placed & { readonly local: CheckedFile };

/** A live file that goes to `archivePath`. */
export type Retirement = {
  readonly path: StoredPath;
  readonly checksum: string;
  readonly archivePath: StoredPath;
  /** A private file with its bytes, where those under its own name are damaged or gone. */
  readonly from?: LocalFile;
};

/** What one job changes under `parquet/`: recorded as its intent before the first step, and done or undone as a whole. */
export type Swap = { readonly placements: readonly Placement[]; readonly retirements: readonly Retirement[] };

/** A swap as the log has recorded it: enough to find out how far it got and to take it back. */
export type Recorded = { readonly placements: readonly Placed[]; readonly retirements: readonly Retirement[] };

/*
 * Every change of what is visible goes from or into a private folder of the one who makes it. Whoever takes a job over moves that folder
 * away first: a process that was only paused can then change nothing any more.
 */

/**
 * Brings a swap about. What is to go gets its name in the archive first, so nothing is ever only in one place that is about to
 * change; a file that is replaced changes in one rename. Killed at any point, the intent in the log explains what is there.
 */
export async function applySwap(store: FileStore, swap: Swap, workFolder: string): Promise<void> {
  await archiveAll(store, swap.retirements, workFolder);
  await store.put(swap.placements.map(toPut), { purpose: 'publish' });
  const gone = retiredOnly(swap).map(({ path }) => path);
  await store.remove(gone, { purpose: 'publish', workFolder });
}

function toPut({ path, local, replaces }: Placement): FileToPut {
  return { path, local, when: replaces === null ? { ifAbsent: true } : { replaces } };
}

/** A crash behind this leaves second names of live files, which recovery takes away again. */
async function archiveAll(store: FileStore, retirements: readonly Retirement[], workFolder: string): Promise<void> {
  const files: FileToPut[] = [];
  for (const [at, { path, checksum, archivePath, from }] of retirements.entries()) {
    const local = from ?? secondName(workFolder, checksum, at);
    if (from === undefined) await store.get(path, local.path, { purpose: 'archive' });
    files.push({ path: archivePath, local, when: { ifAbsent: true } });
  }
  await store.put(files, { purpose: 'archive' });
}

/** Whether all of a swap is in place: every new file is there with its bytes, and nothing that was to go is left. */
export async function isSwapDone(store: FileStore, swap: Recorded): Promise<boolean> {
  for (const { path, checksum } of swap.placements) if (!(await isAt(store, path, checksum))) return false;
  for (const { path } of retiredOnly(swap)) if ((await store.stat(path)) !== null) return false;
  for (const { archivePath, checksum } of swap.retirements)
    if (!(await isAt(store, archivePath, checksum))) return false;
  return true;
}

/**
 * Takes a swap back, however far it got: what was live is live again under its own name, and what was new is gone. Can be run
 * again after a crash. `workFolder` is a private folder of the one who takes back.
 */
export async function undoSwap(store: FileStore, swap: Recorded, workFolder: string): Promise<void> {
  for (const { path, checksum } of swap.placements) {
    if (!(await isAt(store, path, checksum))) continue;
    const retired = swap.retirements.find((retirement) => retirement.path === path);
    if (retired === undefined) await store.remove([path], { purpose: 'undo', workFolder });
    else await putBack(store, retired, { when: { replaces: checksum }, workFolder });
  }
  for (const retired of retiredOnly(swap))
    if ((await store.stat(retired.path)) === null)
      await putBack(store, retired, { when: { ifAbsent: true }, workFolder });
  for (const { path, checksum, archivePath } of swap.retirements) {
    // Only once the file is back under its own name may its name in the archive go.
    if (await isAt(store, path, checksum)) await store.remove([archivePath], { purpose: 'undo', workFolder });
  }
}

/** Gives an archived file its old path again, by way of a private second name. */
async function putBack(
  store: FileStore,
  { path, checksum, archivePath }: Retirement,
  { when, workFolder }: Pick<FileToPut, 'when'> & { readonly workFolder: string },
): Promise<void> {
  const local = secondName(workFolder, checksum);
  await store.get(archivePath, local.path, { purpose: 'undo' });
  await store.put([{ path, local, when }], { purpose: 'undo' });
}

/** A private name for a kept file, from which it gets its next one. What it holds is looked at where it matters. */
function secondName(workFolder: string, checksum: string, at = 0): LocalFile {
  return { path: join(workFolder, `second-name-${at}.parquet`), size_bytes: null, checksum };
}

/** What goes without anything taking its name. */
function retiredOnly(swap: Recorded): readonly Retirement[] {
  const placed = new Set(swap.placements.map(({ path }) => path));
  return swap.retirements.filter(({ path }) => !placed.has(path));
}

async function isAt(store: FileStore, path: StoredPath, checksum: string): Promise<boolean> {
  return (await store.matches(path, { size_bytes: null, checksum })).kind === 'same';
}
