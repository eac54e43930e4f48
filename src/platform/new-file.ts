import { dirname } from 'node:path';
import { syncFolder } from './folders.ts';
import { giveToUser } from './new-files.ts';
import { forNewName } from './new-name.ts';
import { linkNew } from './visible-names.ts';
import { syncWritten } from './work-files.ts';

const taken = {
  cannot: 'cannot write',
  hint: 'gexlake never replaces a file. Take another name, or move the other file away.',
};

/**
 * Makes a file that a user asks for by its name: `fill` writes a private one beside it, which is synced and gets the name by one
 * link, so that nobody ever meets half of it. Never replaces. Whatever fails, nothing is left; after a kill, a hidden part file.
 * @throws FILE_EXISTS, DISK_FULL, FOLDER_NOT_WRITABLE, FILE_SYSTEM
 */
export async function makeNewFile<T>(path: string, fill: (part: string) => Promise<T>): Promise<T> {
  return forNewName(path, taken, async ({ target, part }) => {
    const result = await fill(part);
    giveToUser(part);
    await syncWritten('out:sync', part);
    await linkNew('out:link', part, target);
    // A crash right here leaves the whole file, which may not survive a power cut, and its part under another name.
    await syncFolder('out:sync-folder', dirname(target));
    return result;
  });
}
