import { dirname, join } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { hashFile } from '../platform/checksum.ts';
import {
  exists,
  linkNew,
  makeFolder,
  makeReadOnly,
  remove,
  replaceFile,
  syncFolder,
  takeAway,
} from '../platform/files.ts';

/** A private file and the path under the data folder that it gets; `replaces` is the checksum of the file that is there now. */
export type Placement = {
  readonly privatePath: string;
  readonly path: string;
  readonly checksum: string;
  readonly replaces: string | null;
};

/** A live file that goes to `archivePath`, both relative to the data folder. */
export type Retirement = {
  readonly path: string;
  readonly checksum: string;
  readonly archivePath: string;
  /** Absolute path of a private file with its bytes, where those under its own name are damaged or gone. */
  readonly from?: string;
};

/** What one job changes under `parquet/`: recorded as its intent before the first step, and done or undone as a whole. */
export type Swap = { readonly placements: readonly Placement[]; readonly retirements: readonly Retirement[] };

/*
 * Every change of what is visible goes from or into a private folder of the one who makes it, in one link or rename. Whoever takes a
 * job over moves that folder away first: a process that was only paused can then change nothing any more.
 */

/**
 * Brings a swap about. What is to go is linked into `archive/` first, so nothing is ever only in one place that is about to
 * change; a file that is replaced changes in one rename. Killed at any point, the intent in the log explains what is there.
 */
export async function applySwap(dataFolder: string, swap: Swap, workFolder: string): Promise<void> {
  await archiveAll(dataFolder, swap.retirements, workFolder);
  for (const placement of swap.placements) await place(join(dataFolder, placement.path), placement);
  for (const { path } of retiredOnly(swap)) await takeAway('publish:retire', join(dataFolder, path), workFolder);
  for (const folder of foldersOf(dataFolder, swap)) await syncFolder('publish:sync-folder', folder);
}

async function archiveAll(dataFolder: string, retirements: readonly Retirement[], workFolder: string): Promise<void> {
  for (const { path, checksum, archivePath, from = join(dataFolder, path) } of retirements) {
    const target = join(dataFolder, archivePath);
    await makeFolder('archive:folder', dirname(target));
    await byPrivateName('archive:link', from, workFolder, (name) =>
      // A crash behind this leaves a second name of a live file, which recovery takes away again.
      linkUnlessSame('archive:link', name, target, checksum),
    );
  }
  const folders = new Set(retirements.map(({ archivePath }) => dirname(join(dataFolder, archivePath))));
  for (const folder of folders) await syncFolder('archive:sync-folder', folder);
}

async function place(target: string, placement: Placement): Promise<void> {
  await makeFolder('publish:folder', dirname(target));
  await makeReadOnly('publish:read-only', placement.privatePath);
  if (placement.replaces === null) {
    await linkUnlessSame('publish:link', placement.privatePath, target, placement.checksum);
    return;
  }
  const found = await checksumAt(target);
  if (found === placement.checksum) return;
  if (found !== placement.replaces) throw changedBehindUs(target, placement.replaces, found);
  await replaceFile('publish:replace', placement.privatePath, target);
}

/** Links, or finds that an earlier attempt has linked the same bytes under that name already. */
async function linkUnlessSame(
  step: 'archive:link' | 'publish:link',
  from: string,
  to: string,
  checksum: string,
): Promise<void> {
  try {
    await linkNew(step, from, to);
  } catch (error) {
    const taken = error instanceof GexlakeError && error.code === 'FILE_EXISTS';
    if (!taken || (await checksumAt(to)) !== checksum) throw error;
  }
}

/** Whether all of a swap is in place: every new file is there with its bytes, and nothing that was to go is left. */
export async function isSwapDone(dataFolder: string, swap: Swap): Promise<boolean> {
  for (const { path, checksum } of swap.placements) {
    if ((await checksumAt(join(dataFolder, path))) !== checksum) return false;
  }
  for (const { path } of retiredOnly(swap)) if (await exists(join(dataFolder, path))) return false;
  for (const { archivePath, checksum } of swap.retirements) {
    if ((await checksumAt(join(dataFolder, archivePath))) !== checksum) return false;
  }
  return true;
}

/**
 * Takes a swap back, however far it got: what was live is live again under its own name, and what was new is gone. Can be run
 * again after a crash. `workFolder` is a private folder on the same disk, of the one who takes back.
 */
export async function undoSwap(dataFolder: string, swap: Swap, workFolder: string): Promise<void> {
  for (const { path, checksum } of swap.placements) {
    const target = join(dataFolder, path);
    if ((await checksumAt(target)) !== checksum) continue;
    const retired = swap.retirements.find((retirement) => retirement.path === path);
    if (retired === undefined) await takeAway('publish:undo', target, workFolder);
    else await putBack(join(dataFolder, retired.archivePath), target, workFolder);
  }
  for (const { path, archivePath } of retiredOnly(swap)) {
    const target = join(dataFolder, path);
    if (await exists(target)) continue;
    await byPrivateName('publish:undo', join(dataFolder, archivePath), workFolder, (name) =>
      linkNew('publish:undo', name, target),
    );
  }
  for (const folder of foldersOf(dataFolder, swap))
    if (await exists(folder)) await syncFolder('publish:sync-folder', folder);
  for (const { path, checksum, archivePath } of swap.retirements) {
    // Only once the file is back under its own name may its name in the archive go.
    if ((await checksumAt(join(dataFolder, path))) === checksum)
      await takeAway('publish:undo', join(dataFolder, archivePath), workFolder);
  }
}

/** Replaces `target` by the archived file in one rename, by way of a private second name. */
async function putBack(archived: string, target: string, workFolder: string): Promise<void> {
  await byPrivateName('publish:undo', archived, workFolder, (name) => replaceFile('publish:undo', name, target));
}

/** Gives a file a second name in the private folder for as long as `act` makes its next name of that. */
async function byPrivateName(
  step: 'archive:link' | 'publish:undo',
  from: string,
  workFolder: string,
  act: (name: string) => Promise<void>,
): Promise<void> {
  const name = join(workFolder, 'second-name.parquet');
  await remove('clean:remove', name);
  await linkNew(step, from, name);
  await act(name);
  await remove('clean:remove', name);
}

/** What goes without anything taking its name. */
function retiredOnly(swap: Swap): Retirement[] {
  const placed = new Set(swap.placements.map(({ path }) => path));
  return swap.retirements.filter(({ path }) => !placed.has(path));
}

function foldersOf(dataFolder: string, swap: Swap): Set<string> {
  return new Set([...swap.placements, ...swap.retirements].map(({ path }) => dirname(join(dataFolder, path))));
}

async function checksumAt(path: string): Promise<string | null> {
  return (await exists(path)) ? hashFile(path) : null;
}

function changedBehindUs(path: string, expected: string, found: string | null): GexlakeError {
  const state = found === null ? 'is gone' : `has SHA-256 ${found}`;
  return new GexlakeError('FILE_CHANGED', `${path} ${state}, but the log knows it with SHA-256 ${expected}`, {
    details: { path },
    hint: 'Published files are changed by jobs only. Find out who changed it; `gexlake jobs show <job>` names the file and its checksum.',
  });
}
