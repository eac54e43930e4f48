import { dirname, join } from 'node:path';
import { keptFolders } from '../core/kept-places.ts';
import { hashFile } from '../platform/checksum.ts';
import { exists, factsOf, sizeOf } from '../platform/files.ts';
import { makeFolder, syncFolder } from '../platform/folders.ts';
import { listFiles } from '../platform/listing.ts';
import { giveMode, linkPrivate } from '../platform/work-files.ts';
import { copyFrom } from './copy-file.ts';
import type { SavedFile } from './manifest.ts';

/** What lies in a journal's folder and is none of it: databases in the making, and what is made again with each checkpoint. */
const notSaved = /^healing\/|\.p\/|\.part$/;

/** Only its owner looks into a journal. */
const folderMode = 0o700;
const readOnly = 0o400;

/** What is never added to. */
const finished = /^(?:tile|payload)\//;

/**
 * Copies a journal into a folder, as it is: whoever needs it whole keeps others from adding to it meanwhile. Gives the files by their
 * paths in what holds the folder; none where there is no journal. What is added to gets the mode `growing`. What is finished and the
 * journal of an older snapshot, `before`, has as well gets a second name: most of a long journal is neither written nor synced again.
 */
export async function copyJournal(
  from: string,
  to: string,
  { growing, before = null }: { readonly growing: number; readonly before?: string | null },
): Promise<SavedFile[]> {
  if (!(await exists(from))) return [];
  const saved: SavedFile[] = [];
  const names = (await listFiles(from)).filter((name) => !notSaved.test(name)).toSorted();
  if (names.length === 0) return [];
  await makeFolder('backup:folder', to);
  await giveMode('backup:folder', to, folderMode);
  for (const name of names) {
    await makeFolder('backup:folder', dirname(join(to, name)));
    const known =
      before !== null && finished.test(name)
        ? await linkSame(join(from, name), join(before, name), join(to, name))
        : null;
    saved.push({
      file: `${keptFolders.journal}/${name}`,
      ...(known ?? (await copyFrom(join(from, name), join(to, name)))),
    });
    if (known === null) await giveMode('backup:read-only', join(to, name), finished.test(name) ? readOnly : growing);
  }
  for (const folder of new Set(names.map((name) => dirname(join(to, name)))))
    await syncFolder('backup:sync-folder', folder);
  return saved;
}

/** Links a file of an older snapshot where that has the very bytes of a file now; null where it has not, or cannot be linked. */
async function linkSame(from: string, before: string, to: string): Promise<Omit<SavedFile, 'file'> | null> {
  const facts = await factsOf(before);
  const size_bytes = await sizeOf(from);
  if (facts?.isFile !== true || facts.size_bytes !== size_bytes) return null;
  const checksum = await hashFile(from);
  const isSame = (await hashFile(before)) === checksum;
  return isSame && (await linkPrivate('backup:link', before, to)) ? { size_bytes, checksum } : null;
}
