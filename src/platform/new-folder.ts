import { dirname, join } from 'node:path';
import { makeFolder, syncFolder } from './folders.ts';
import { giveToUser } from './new-files.ts';
import { forNewName } from './new-name.ts';
import { moveNew } from './visible-names.ts';
import { openPart, syncFile, writeAll } from './work-files.ts';

const taken = {
  cannot: 'cannot make',
  hint: 'gexlake never replaces what is there. Take another name, or move the other one away.',
};

/** Writes one file of a new folder. */
export type WriteInto = (name: string, text: string) => Promise<void>;

/**
 * Makes a folder that a user asks for by its name: `fill` writes its files into a private one beside it, which gets the name by one rename
 * when all is there, so that nobody ever meets half of it. Never replaces. Whatever fails, nothing is left; after a kill, a hidden folder until the same name is asked for again.
 * @throws FILE_EXISTS, DISK_FULL, FOLDER_NOT_WRITABLE, FILE_SYSTEM
 */
export async function makeNewFolder<T>(path: string, fill: (write: WriteInto) => Promise<T>): Promise<T> {
  return forNewName(path, taken, async ({ target, part }) => {
    await makeFolder('out:part', part);
    const result = await fill((name, text) => writeInto(join(part, name), text));
    await syncFolder('out:sync-folder', part);
    await moveNew('out:link', part, target);
    await syncFolder('out:sync-folder', dirname(target));
    return result;
  });
}

async function writeInto(path: string, text: string): Promise<void> {
  const file = await openPart('out:part', path, 0o666);
  try {
    await writeAll('out:write', file, path, Buffer.from(text));
    await syncFile('out:sync', file, path);
  } finally {
    await file.close();
  }
  giveToUser(path);
}
